import { describe, expect, it } from 'vitest';
import { gauss } from '../../test/reference-inputs.ts';
import { featureMatrix } from './feature-matrix.ts';
import { pathLength } from './path-length.ts';

describe('the path length', () => {
  it('of the identity along straight lines between N(0, I_d) is 2d on average', () => {
    const [d, paths, epsilon] = [10, 4_000, 1e-4];
    const [a, b, uniform] = [gauss(601, paths, d), gauss(602, paths, d), gauss(603, paths, 1)];
    const at = (more: number) =>
      featureMatrix(
        Array.from(a.data, (start, i) => {
          const t = Math.abs(uniform.data[Math.floor(i / d)] ?? 0) + more;
          return start + t * ((b.data[i] ?? 0) - start);
        }),
        d,
      );
    const found = pathLength({ from: at(0), to: at(epsilon), epsilon });
    // 2χ²_d has deviation √(8d); four thousand paths: ±.14, and the cut of both tails less than that.
    expect(Math.abs(found.mean - 2 * d)).toBeLessThan(0.5);
    expect(found.kept).toBe(3_922);
  });

  it('drops the lengths below the first and above the ninety-ninth percentile', () => {
    const steps = Array.from({ length: 101 }, (_, i) => (i === 0 ? 0 : i === 100 ? 1e9 : Math.sqrt(7)));
    const found = pathLength({
      from: featureMatrix(new Float64Array(101), 1),
      to: featureMatrix(steps, 1),
      epsilon: 1,
    });
    expect(found).toEqual({ mean: expect.closeTo(7, 12), kept: 99 });
  });

  it('refuses paths without an end', () => {
    expect(() => pathLength({ from: gauss(1, 3, 2), to: gauss(1, 2, 2), epsilon: 1 })).toThrow(RangeError);
  });
});
