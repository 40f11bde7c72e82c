import { describe, expect, it } from 'vitest';
import { falseDiscoveryCut } from './false-discovery.ts';

describe('the false-discovery rule', () => {
  // The fifteen p values of Benjamini & Hochberg (1995), section 3.2.
  const published = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1,
  ];

  it('rejects the four that its authors reject, in whatever order they come', () => {
    expect(falseDiscoveryCut(published, 0.05).filter(Boolean)).toHaveLength(4);
    expect(falseDiscoveryCut(published.toReversed(), 0.05).indexOf(true)).toBe(11);
  });

  it('rejects one that is not below its own step where a later one is', () => {
    expect(falseDiscoveryCut([0.04, 0.045], 0.05)).toEqual([true, true]);
    expect(falseDiscoveryCut([0.04, 0.06], 0.05)).toEqual([false, false]);
    expect(falseDiscoveryCut([], 0.05)).toEqual([]);
  });
});
