import type { RunId } from '@gansweep/domain';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { LaneNews, NewsOfLane } from './messages.ts';
import { openOutbox } from './outbox.ts';

const [A, B] = ['a', 'b'] as unknown as [RunId, RunId];
const points = (imagesSeen: number): LaneNews => ({ kind: 'points', imagesSeen, values: { lossD: 1 } });

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function open() {
  const sent: (readonly NewsOfLane[])[] = [];
  const clock = { ms: 0 };
  return { sent, clock, outbox: openOutbox({ send: (news) => sent.push(news), now: () => clock.ms }) };
}

it('sends points of every lane together, before whatever else is told, in order', () => {
  const { sent, outbox } = open();
  outbox.put(A, points(1));
  outbox.put(B, points(1));
  outbox.put(A, points(2));
  expect(sent).toEqual([]);
  outbox.put(A, { kind: 'alive' });
  expect(sent.map((news) => news.map((each) => each.runId))).toEqual([[A, B, A, A]]);
  expect(sent[0]?.map(({ news }) => news.kind)).toEqual(['points', 'points', 'points', 'alive']);
});

it('sends points within a tenth of a second, also while calls leave no turn to timers', () => {
  const { sent, clock, outbox } = open();
  outbox.put(A, points(1));
  vi.advanceTimersByTime(100);
  expect(sent).toHaveLength(1);
  outbox.put(A, points(2));
  clock.ms = 100;
  outbox.put(A, points(3));
  expect(sent).toHaveLength(2);
  vi.advanceTimersByTime(1_000);
  expect(sent).toHaveLength(2);
});
