import type { FeedEvent } from '@gansweep/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openService, type Service, smallSpec } from './open-service.ts';

let service: Service;
beforeAll(async () => {
  service = await openService();
});
afterAll(() => service[Symbol.asyncDispose]() as Promise<void>);

const submit = (name: string) =>
  service.client.submitSweep({ text: JSON.stringify(smallSpec({ name, seeds: [1] })), format: 'json' });

/** Events from `lastEventId` on until `enough` says so. */
async function listen(
  lastEventId: string | undefined,
  enough: (events: readonly FeedEvent[]) => boolean,
): Promise<readonly FeedEvent[]> {
  const abort = new AbortController();
  const events: FeedEvent[] = [];
  try {
    for await (const event of service.client.events({
      signal: abort.signal,
      ...(lastEventId === undefined ? {} : { lastEventId }),
    })) {
      events.push(event);
      if (enough(events)) break;
    }
  } finally {
    abort.abort();
  }
  return events;
}

const isDone = (id: string) => (events: readonly FeedEvent[]) =>
  events.some((event) => event.type === 'sweep' && event.payload.id === id && event.payload.state === 'cancelled');

it('tells every change once and in order over a reconnect', async () => {
  const start = await service.store.read.lastEvent();
  const first = await submit('first');
  const second = await submit('second');
  await service.client.cancelSweep({ id: first.id });
  await service.client.cancelSweep({ id: second.id });
  const whole = await listen(start, isDone(second.id));
  const half = whole.slice(0, Math.floor(whole.length / 2));
  const rest = await listen(half.at(-1)?.id, isDone(second.id));
  expect([...half, ...rest].map(({ id }) => id)).toEqual(whole.map(({ id }) => id));
  expect(new Set(whole.map(({ id }) => id)).size).toBe(whole.length);
});

it('tells a change that happens while someone listens', async () => {
  const heard = listen(await service.store.read.lastEvent(), (events) => events.some(({ type }) => type === 'sweep'));
  const { id } = await submit('live');
  const events = await heard;
  expect(events.find((event) => event.type === 'sweep')?.payload).toMatchObject({ id, name: 'live' });
});

it('loses nothing of transactions that commit out of order', async () => {
  const { default: pg } = await import('pg');
  const open = async () => {
    const client = new pg.Client({ connectionString: service.databaseUrl });
    await client.connect();
    await client.query('BEGIN');
    await client.query(
      "SELECT announce('worker', jsonb_build_object('id', '017f22e2-79b0-7cc3-98c4-dc0c0c07398f', 'host', 'h', 'state', 'active'))",
    );
    return client;
  };
  const start = await service.store.read.lastEvent();
  const slow = await open();
  const quick = await open();
  await quick.query('COMMIT');
  // The quick one is held back until the slow one, which was first, is decided.
  const between = await service.store.read.eventsAfter(start, 10);
  expect([between.events.filter(({ type }) => type === 'worker'), between.next]).toEqual([[], 'held']);
  await slow.query('COMMIT');
  await expect
    .poll(
      async () =>
        (await service.store.read.eventsAfter(start, 10)).events.filter(({ type }) => type === 'worker').length,
    )
    .toBe(2);
  await Promise.all([slow.end(), quick.end()]);
});

it('refuses an id that it never gave', async () => {
  const answer = await fetch(`${service.address}/api/v1/events`, { headers: { 'last-event-id': 'x' } });
  expect(answer.status).toBe(400);
});
