import { STREAMS } from '@gansweep/domain';
import { describe, expect, it } from 'vitest';
import { randomSubset, shuffledPositions } from './random-subset.ts';

const base = { from: 50, size: 20, seed: 3, stream: STREAMS.kidSubsets, draw: 0 };

describe('a random subset', () => {
  it('holds each position at most once, in ascending order', () => {
    const chosen = Array.from(randomSubset(base));
    expect(new Set(chosen).size).toBe(20);
    expect(chosen).toEqual(chosen.toSorted((a, b) => a - b));
    expect(Math.max(...chosen)).toBeLessThan(50);
  });

  it('is decided by seed, stream and draw', () => {
    expect(randomSubset(base)).toEqual(randomSubset(base));
    expect(randomSubset({ ...base, draw: 1 })).not.toEqual(randomSubset(base));
    expect(randomSubset({ ...base, seed: 4 })).not.toEqual(randomSubset(base));
    expect(randomSubset({ ...base, stream: STREAMS.evaluationReals })).not.toEqual(randomSubset(base));
  });

  it('takes every position equally often', () => {
    const counts = new Uint32Array(10);
    for (let draw = 0; draw < 4_000; draw++)
      for (const i of randomSubset({ ...base, from: 10, size: 3, draw })) counts[i] = (counts[i] ?? 0) + 1;
    for (const count of counts) expect(Math.abs(count - 1_200)).toBeLessThan(150);
  });

  it('is all of it when everything is asked for, and never more', () => {
    expect(Array.from(randomSubset({ ...base, from: 5, size: 5 }))).toEqual([0, 1, 2, 3, 4]);
    expect(shuffledPositions({ ...base, from: 50, size: 50 })).not.toEqual(randomSubset({ ...base, size: 50 }));
    expect(() => randomSubset({ ...base, from: 5, size: 6 })).toThrow(RangeError);
  });
});
