import { describe, expect, it } from 'vitest';
import { imagesToReachBest, lagAutocorrelation, lateDeviation, trailingMeans } from './series-measures.ts';

const every = (step: number, value: readonly number[]) => ({ images: value.map((_, i) => (i + 1) * step), value });

describe('speed', () => {
  it('is the images until a score is within a share of the best', () => {
    const kid = every(1_000, [0.5, 0.2, 0.11, 0.1, 0.3]);
    expect(imagesToReachBest(kid, { share: 0, goal: 'minimize' })).toBe(4_000);
    expect(imagesToReachBest(kid, { share: 0.15, goal: 'minimize' })).toBe(3_000);
    expect(imagesToReachBest(every(10, [0.1, 0.9, 0.95]), { share: 0.1, goal: 'maximize' })).toBe(20);
    expect(imagesToReachBest(every(10, []), { share: 0.1, goal: 'maximize' })).toBeNull();
  });

  it('takes scores below zero', () => {
    expect(imagesToReachBest(every(1, [1, -0.9, -1]), { share: 0.1, goal: 'minimize' })).toBe(2);
  });
});

describe('stability', () => {
  it('is the deviation of the smoothed loss over the last fifth of the images', () => {
    const swinging = every(100, [
      ...new Array<number>(80).fill(9),
      ...Array.from({ length: 20 }, (_, i) => (i % 2) * 2),
    ]);
    expect(lateDeviation(swinging, { lastShare: 0.2, window: 1 })).toBeCloseTo(Math.sqrt(20 / 19), 12);
    expect(lateDeviation(every(100, new Array<number>(50).fill(3)), { lastShare: 0.2, window: 5 })).toBe(0);
    expect(lateDeviation(every(100, [1, 2]), { lastShare: 0.2, window: 1 })).toBeNull();
    expect(lateDeviation(every(100, []), { lastShare: 0.2, window: 1 })).toBeNull();
  });

  it('smooths by trailing means', () => {
    expect(Array.from(trailingMeans([2, 4, 6, 8], 2))).toEqual([2, 3, 5, 7]);
  });
});

describe('autocorrelation', () => {
  it('is 1 at lag 0, negative for what swings, positive for what drifts, 0 for a constant', () => {
    const swings = Array.from({ length: 40 }, (_, i) => i % 2);
    expect(lagAutocorrelation([swings], 0)).toBeCloseTo(1, 14);
    expect(lagAutocorrelation([swings], 1)).toBeCloseTo(-39 / 40, 12);
    expect(lagAutocorrelation([swings], 2)).toBeCloseTo(38 / 40, 12);
    expect(lagAutocorrelation([Array.from({ length: 40 }, (_, i) => i)], 1)).toBeGreaterThan(0.9);
    expect(lagAutocorrelation([[2, 2, 2]], 1)).toBe(0);
    // A constant coordinate says nothing; a second one that drifts outweighs a swing of a tenth.
    expect(lagAutocorrelation([swings, swings.map(() => 7)], 1)).toBe(lagAutocorrelation([swings], 1));
    expect(lagAutocorrelation([swings, swings.map((_, i) => i)], 1)).toBeGreaterThan(0.9);
    expect(() => lagAutocorrelation([[1]], 1)).toThrow(RangeError);
  });
});
