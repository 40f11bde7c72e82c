import type { RunId } from '@gansweep/domain';
import { isTerminal } from '@gansweep/domain';
import type { PageRequest } from '@gansweep/orchestrator';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../problems.ts';
import type { ApiDeps } from './handler.ts';

/** Proxies and browsers close what says nothing. */
const PING_MS = 10_000;
const EVENTS_AT_ONCE = 500;
const LOG_POLL_MS = 500;
const STREAMS_AT_MOST = 200;

interface StreamTools {
  readonly deps: ApiDeps;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

interface Stream {
  readonly closed: Promise<void>;
  isOpen(): boolean;
  send(message: { readonly id?: string; readonly event: string; readonly data: unknown }): void;
  end(): void;
}

/** The live feed: everything after `Last-Event-ID`, or from now on. */
export async function streamEvents({ deps, request, reply }: StreamTools): Promise<void> {
  const { read } = deps.store;
  const header = request.headers['last-event-id'];
  const from = typeof header === 'string' && header !== '' ? header : null;
  // A bad id is refused while the answer can still have a status.
  let last = from ?? (await read.lastEvent());
  await read.eventsAfter(last, 1);
  const stream = openStream({ deps, request, reply });
  let asked = true;
  let wake: () => void = () => {};
  const watch = await read.watchEvents(() => {
    asked = true;
    wake();
  });
  try {
    while (stream.isOpen()) {
      if (!asked) {
        await Promise.race([
          stream.closed,
          new Promise<void>((resolve) => {
            wake = resolve;
          }),
        ]);
        continue;
      }
      asked = false;
      try {
        const rows = await read.eventsAfter(last, EVENTS_AT_ONCE);
        for (const { id, type, payload } of rows) stream.send({ id, event: type, data: payload });
        last = rows.at(-1)?.id ?? last;
        asked ||= rows.length === EVENTS_AT_ONCE;
      } catch {
        // The database is away: the watch asks again when it is back.
      }
    }
  } finally {
    await watch[Symbol.asyncDispose]();
  }
}

/** A run's log lines, those written and those to come, until the run has ended. */
export async function streamLogs(id: RunId, from: PageRequest, tools: StreamTools): Promise<void> {
  const { read } = tools.deps.store;
  const stream = openStream(tools);
  const sent = { epoch: -1, lineNo: -1 };
  while (stream.isOpen()) {
    const over = isTerminal((await read.getRun(id))?.state ?? 'cancelled');
    for (let cursor = from.cursor, more = true; more; ) {
      const page: Awaited<ReturnType<typeof read.logs>> = await read.logs(id, { cursor, limit: 500 });
      for (const line of page.items) {
        if (line.epoch < sent.epoch || (line.epoch === sent.epoch && line.lineNo <= sent.lineNo)) continue;
        sent.epoch = line.epoch;
        sent.lineNo = line.lineNo;
        stream.send({ event: 'line', data: line });
      }
      cursor = page.nextCursor;
      more = cursor !== null;
    }
    if (over) break;
    await Promise.race([stream.closed, new Promise((resolve) => setTimeout(resolve, LOG_POLL_MS))]);
  }
  stream.end();
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
  });
  raw.write(': gansweep\n\n');
  let open = true;
  let close: () => void = () => {};
  const closed = new Promise<void>((resolve) => {
    close = resolve;
  });
  const ping = setInterval(() => raw.write(': ping\n\n'), PING_MS);
  const end = (): void => {
    if (!open) return;
    open = false;
    clearInterval(ping);
    deps.streams.delete(end);
    raw.end();
    close();
  };
  raw.once('close', end);
  deps.streams.add(end);
  return {
    closed,
    isOpen: () => open,
    send: ({ id, event, data }) => {
      if (open) raw.write(`${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    },
    end,
  };
}
