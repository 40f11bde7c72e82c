import { describe, expect, it } from 'vitest';
import { gauss, mapped } from '../../test/reference-inputs.ts';
import type { FeatureMatrix } from './feature-matrix.ts';
import { slicedWasserstein, sortedProjections } from './sliced-wasserstein.ts';

const distance = (a: FeatureMatrix, b: FeatureMatrix, order: 1 | 2): number =>
  slicedWasserstein({ real: sortedProjections(a, 128), fake: b, order });

describe('the sliced Wasserstein distance', () => {
  const x = gauss(95, 300, 2);
  const shifted = mapped(x, (z, column) => z + (column === 0 ? 3 : 4));

  it('of a shift by (3, 4) is 5·2/π for order 1 and 5/√2 for order 2', () => {
    expect(distance(x, shifted, 1)).toBeCloseTo((5 * 2) / Math.PI, 3);
    expect(distance(x, shifted, 2)).toBeCloseTo(5 / Math.SQRT2, 12);
  });

  it('looks along even angles that begin half a step from the axis', () => {
    const axis = (x: number) => ({ rows: 1, columns: 2, data: Float64Array.of(x, 0) });
    const real = sortedProjections(axis(0), 2);
    expect(slicedWasserstein({ real, fake: axis(1), order: 1 })).toBeCloseTo(Math.SQRT1_2, 14);
    expect(sortedProjections(axis(1), 2).lists.map((list) => list[0])).toEqual([
      Math.cos(Math.PI / 4),
      Math.cos((3 * Math.PI) / 4),
    ]);
  });

  it('is zero for a set in another order and symmetric', () => {
    const reversedRows = {
      ...x,
      data: Float64Array.from(x.data, (_, i) => x.data[(299 - Math.floor(i / 2)) * 2 + (i % 2)] ?? 0),
    };
    expect(distance(x, reversedRows, 2)).toBe(0);
    const wide = mapped(gauss(96, 300, 2), (z) => 2 * z);
    expect(distance(x, wide, 2)).toBe(distance(wide, x, 2));
    expect(distance(x, wide, 2)).toBeGreaterThan(0.3);
  });

  it('refuses sets of different sizes', () => {
    expect(() => distance(x, gauss(1, 10, 2), 2)).toThrow(RangeError);
  });
});
