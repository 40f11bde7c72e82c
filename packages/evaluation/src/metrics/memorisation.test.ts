import { describe, expect, it } from 'vitest';
import { gauss, mapped } from '../../test/reference-inputs.ts';
import { type FeatureMatrix, featureMatrix } from './feature-matrix.ts';
import { memorisation } from './memorisation.ts';
import { meanPairwiseDistance, nearestDistances } from './row-distances.ts';

describe('distances of rows', () => {
  it('average over all pairs, in units of the features', () => {
    expect(meanPairwiseDistance(featureMatrix([0, 0, 3, 4, 0, 8], 2))).toBeCloseTo((5 + 8 + 5) / 3, 14);
    const x = gauss(501, 40, 8);
    expect(meanPairwiseDistance(mapped(x, (z) => 3 * z))).toBeCloseTo(3 * meanPairwiseDistance(x), 4);
    // E‖x − y‖ of N(0, I₈): √2 · √2 · Γ(4.5)/Γ(4) = 3.8771.
    expect(Math.abs(meanPairwiseDistance(gauss(502, 600, 8)) - 3.8771)).toBeLessThan(0.05);
    expect(() => meanPairwiseDistance(featureMatrix([1, 2], 2))).toThrow(RangeError);
  });

  it('to the nearest row of another set', () => {
    const found = nearestDistances({ from: featureMatrix([0, 10, 4], 1), to: featureMatrix([1, 6], 1) });
    expect(Array.from(found)).toEqual([1, 4, 2]);
    expect(() => nearestDistances({ from: gauss(1, 2, 2), to: gauss(1, 2, 3) })).toThrow(RangeError);
  });
});

describe('memorisation', () => {
  it('of distances by hand counts pairs, ties half', () => {
    const found = memorisation({ fake: Float64Array.of(1, 3, 2), heldOut: Float64Array.of(2, 4) });
    // 2 lies above 1 and ties with 2; 4 lies above all.
    expect(found).toEqual({ copying: (1.5 + 3) / 6, distanceRatio: 2 / 3 });
  });

  const training = gauss(511, 300, 6);
  const heldOut = nearestDistances({ from: gauss(512, 300, 6), to: training });
  const of = (fakes: FeatureMatrix) => memorisation({ fake: nearestDistances({ from: fakes, to: training }), heldOut });

  it('is a half for fresh draws of the law, 1 for copies, and below for what misses the law', () => {
    expect(Math.abs(of(gauss(513, 300, 6)).copying - 0.5)).toBeLessThan(0.08);
    expect(of(training)).toEqual({ copying: 1, distanceRatio: 0 });
    expect(of(mapped(gauss(514, 300, 6), (z) => z + 5)).copying).toBe(0);
  });

  it('falls with the noise on copies', () => {
    const noise = gauss(515, 300, 6);
    const found = [0.05, 0.2, 0.5, 1].map((sigma) =>
      of(
        featureMatrix(
          Array.from(training.data, (z, i) => z + sigma * (noise.data[i] ?? 0)),
          6,
        ),
      ),
    );
    for (const name of ['copying', 'distanceRatio'] as const) {
      const values = found.map((one) => one[name]);
      expect(values, name).toEqual(values.toSorted((a, b) => (name === 'copying' ? b - a : a - b)));
    }
  });
});
