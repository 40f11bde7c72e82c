import { describe, expect, it } from 'vitest';
import { summarise } from './summarise.ts';

describe('a summary', () => {
  it('is mean ± t·s/√n, worked by hand for 1, 2, 3', () => {
    const { n, mean, std, low, high } = summarise([1, 2, 3]);
    expect([n, mean, std]).toEqual([3, 2, 1]);
    // t(.975, 2) = 4.302652729749464, s/√n = 1/√3.
    expect(low).toBeCloseTo(2 - 4.302652729749464 / Math.sqrt(3), 10);
    expect(high).toBeCloseTo(2 + 4.302652729749464 / Math.sqrt(3), 10);
  });

  it('has no interval for one value and nothing for none', () => {
    expect(summarise([4])).toEqual({ n: 1, mean: 4, std: null, low: null, high: null });
    expect(summarise([])).toEqual({ n: 0, mean: null, std: null, low: null, high: null });
  });

  it('has an interval of no width for equal values, also far from 0', () => {
    expect(summarise([0.1, 0.1, 0.1])).toEqual({ n: 3, mean: 0.1, std: 0, low: 0.1, high: 0.1 });
    expect(summarise([1e9 + 0.5, 1e9 + 0.5])).toMatchObject({ std: 0 });
  });

  it('covers the true mean in 95 of 100 samples of a normal law', () => {
    // Sums of twelve uniforms of a fixed linear congruential sequence: close enough to normal for n = 4.
    let state = 12345;
    const uniform = (): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
    const normal = (): number => Array.from({ length: 12 }, uniform).reduce((sum, u) => sum + u, -6);
    let covered = 0;
    for (let i = 0; i < 4_000; i++) {
      const { low, high } = summarise([normal(), normal(), normal(), normal()]);
      if (low !== null && high !== null && low <= 0 && high >= 0) covered += 1;
    }
    // Four standard errors of a share of .95 at 4,000 trials.
    expect(Math.abs(covered / 4_000 - 0.95)).toBeLessThan(0.014);
  });
});
