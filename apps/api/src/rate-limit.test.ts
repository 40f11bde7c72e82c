import { expect, it } from 'vitest';
import { rateLimit } from './rate-limit.ts';

it('gives a burst at once, then so many a second, to each key by itself', () => {
  let now = 0;
  const limit = rateLimit({ perSecond: 2, burst: 3 }, () => now);
  const taken = (key: string, times: number): number =>
    Array.from({ length: times }, () => limit.take(key)).filter(Boolean).length;
  expect([taken('a', 5), taken('b', 1)]).toEqual([3, 1]);
  now = 1;
  expect(taken('a', 5)).toBe(2);
  now = 100;
  expect(taken('a', 5)).toBe(3);
});

it('remembers so many keys and forgets the one that asked longest ago', () => {
  const limit = rateLimit({ perSecond: 0, burst: 1 }, () => 0, 3);
  for (const key of ['a', 'b', 'c']) expect(limit.take(key)).toBe(true);
  // Refused, but heard: b is now the one that asked longest ago.
  expect(limit.take('a')).toBe(false);
  expect(limit.take('d')).toBe(true);
  expect([limit.take('a'), limit.take('c'), limit.take('d')]).toEqual([false, false, false]);
  expect(limit.take('b')).toBe(true);
});
