import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { RunId } from '@gansweep/domain';
import { isTerminal } from '@gansweep/domain';
import type { FeedPage, PageRequest } from '@gansweep/orchestrator';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../problems.ts';
import type { ApiDeps } from './handler.ts';

/** Proxies and browsers close what says nothing. */
const PING_MS = 10_000;
const EVENTS_AT_ONCE = 500;
const LINES_AT_ONCE = 500;
const LOG_POLL_MS = 500;
/** How soon to look again for events that an open transaction holds back. */
const HELD_MS = 100;
const STREAMS_AT_MOST = 200;

interface StreamTools {
  readonly deps: ApiDeps;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

interface Stream {
  /** Aborted once the reader has gone or the service closes. */
  readonly over: AbortSignal;
  /** Resolves when the reader has room for more. */
  send(message: { readonly id?: string; readonly event: string; readonly data: unknown }): Promise<void>;
  end(): void;
}

/** The live feed: everything after `Last-Event-ID`, or from now on. */
export async function streamEvents(tools: StreamTools): Promise<void> {
  const { read } = tools.deps.store;
  const header = tools.request.headers['last-event-id'];
  let last = typeof header === 'string' && header !== '' ? header : await read.lastEvent();
  // A bad id, or no database, is told while the answer can still have a status.
  let page: FeedPage | null = await read.eventsAfter(last, EVENTS_AT_ONCE);
  const stream = openStream(tools);
  const bell = createBell();
  stream.over.addEventListener('abort', bell.ring);
  await using _watch = read.watchEvents(bell.ring);
  while (!stream.over.aborted) {
    for (const { id, type, payload } of page?.events ?? []) await stream.send({ id, event: type, data: payload });
    last = page?.events.at(-1)?.id ?? last;
    const soon = page?.next === 'held' ? setTimeout(bell.ring, HELD_MS) : undefined;
    if (page?.next !== 'more') await bell.rung();
    clearTimeout(soon);
    // While the database is away nothing comes; the watch rings again when it is back.
    page = await read.eventsAfter(last, EVENTS_AT_ONCE).catch(() => null);
  }
}

/** A run's log lines, those written and those to come, until the run has ended. */
export async function streamLogs(id: RunId, from: PageRequest, tools: StreamTools): Promise<void> {
  const { read } = tools.deps.store;
  let page = await read.logs(id, { cursor: from.cursor, limit: LINES_AT_ONCE });
  const stream = openStream(tools);
  let { cursor } = from;
  try {
    while (!stream.over.aborted) {
      for (const line of page.items) await stream.send({ event: 'line', data: line });
      cursor = page.endCursor ?? cursor;
      let ended = false;
      if (page.nextCursor === null) {
        const run = await read.getRun(id);
        ended = run === null || isTerminal(run.state);
        if (!ended) await delay(LOG_POLL_MS, undefined, { signal: stream.over }).catch(() => undefined);
      }
      page = await read.logs(id, { cursor, limit: LINES_AT_ONCE });
      // Nothing new after the end was seen: there is nothing to come.
      if (ended && page.items.length === 0) break;
    }
  } catch (error) {
    tools.deps.log.warn({ event: 'stream.failed', runId: id, err: error }, 'a log stream ended early');
  } finally {
    stream.end();
  }
}

interface Bell {
  readonly ring: () => void;
  /** Resolves at once when it was rung since the last time, otherwise with the next ring. */
  rung(): Promise<void>;
}

function createBell(): Bell {
  let wasRung = false;
  let wake: () => void = () => {};
  return {
    ring: () => {
      wasRung = true;
      wake();
    },
    rung: async () => {
      if (!wasRung)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      wasRung = false;
    },
  };
}

function openStream({ deps, reply }: StreamTools): Stream {
  if (deps.streams.size >= STREAMS_AT_MOST) throw new Problem('too-busy', 'too many event streams are open');
  const headers = reply.getHeaders();
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, {
    ...(headers as Record<string, string>),
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    // Ends with the stream, so that nothing waits for a next request when the service closes.
    connection: 'close',
  });
  raw.write(': gansweep\n\n');
  const over = new AbortController();
  const ping = setInterval(() => raw.write(': ping\n\n'), PING_MS);
  const end = (): void => {
    if (over.signal.aborted) return;
    over.abort();
    clearInterval(ping);
    deps.streams.delete(end);
    raw.end();
  };
  raw.once('close', end);
  deps.streams.add(end);
  return {
    over: over.signal,
    send: async ({ id, event, data }) => {
      if (over.signal.aborted) return;
      const text = `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
      if (!raw.write(text)) await once(raw, 'drain', { signal: over.signal }).catch(() => undefined);
    },
    end,
  };
}
