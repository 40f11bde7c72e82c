import { describe, expect, it } from 'vitest';
import { median, quantile, ratioOver } from './medians.ts';

describe('medians', () => {
  it('of an even sample lies between its two middle values, whatever the order', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([9, 1, 5])).toBe(5);
    expect(median([])).toBeNaN();
  });

  it('interpolates quantiles between neighbours', () => {
    expect(quantile([1, 2, 3, 4, 5], 0.25)).toBe(2);
    expect(quantile([0, 10], 0.75)).toBe(7.5);
  });
});

describe('ratio over rounds', () => {
  it('compares round by round, so that a machine that slows both down changes nothing', () => {
    expect(ratioOver([2, 20, 4], [1, 10, 2])).toEqual({ median: 2, lower: 2, upper: 2 });
  });

  it('is not the ratio of the medians', () => {
    // Medians 2 and 2 would say 1; in two of three rounds it took twice as long.
    expect(ratioOver([2, 2, 4], [1, 3, 2]).median).toBe(2);
  });

  it('refuses rounds that do not belong together', () => {
    expect(() => ratioOver([1, 2], [1])).toThrow('rounds to compare: 2 and 1');
    expect(() => ratioOver([], [])).toThrow(RangeError);
  });
});
