import { describe, expect, it } from 'vitest';
import { jensenShannon, kullbackLeibler } from './divergences.ts';

const uniform = (cells: number): number[] => new Array<number>(cells).fill(1 / cells);
const onFirst = (cells: number, used: number): number[] =>
  Array.from({ length: cells }, (_, i) => (i < used ? 1 / used : 0));

describe('divergences', () => {
  it('of known distributions have their known values', () => {
    expect(kullbackLeibler(onFirst(8, 4), uniform(8))).toBeCloseTo(Math.LN2, 12);
    expect(kullbackLeibler(onFirst(8, 1), uniform(8))).toBeCloseTo(Math.log(8), 12);
    expect(jensenShannon(uniform(8), onFirst(8, 1))).toBeCloseTo(0.4969291, 7);
    expect(kullbackLeibler([0.5, 0.5], [0.25, 0.75])).toBeCloseTo(0.143841, 6);
    expect(jensenShannon([0.5, 0.5], [0.25, 0.75])).toBeCloseTo(0.0338221, 7);
  });

  it('are zero for equal distributions and at their largest for disjoint ones', () => {
    expect(kullbackLeibler([0.2, 0.8], [0.2, 0.8])).toBe(0);
    expect(jensenShannon([1, 0], [0, 1])).toBeCloseTo(Math.LN2, 14);
    expect(kullbackLeibler([1, 0], [0, 1])).toBe(Number.POSITIVE_INFINITY);
  });

  it('are directed for KL and symmetric for JS', () => {
    const [p, q] = [
      [0.9, 0.1],
      [0.4, 0.6],
    ];
    expect(kullbackLeibler(p ?? [], q ?? [])).not.toBeCloseTo(kullbackLeibler(q ?? [], p ?? []), 3);
    expect(jensenShannon(p ?? [], q ?? [])).toBeCloseTo(jensenShannon(q ?? [], p ?? []), 14);
  });
});
