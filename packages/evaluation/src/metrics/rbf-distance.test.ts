import { normalQuantile } from '@gansweep/domain';
import { expect, it } from 'vitest';
import { gauss, mapped } from '../../test/reference-inputs.ts';
import { type FeatureMatrix, featureMatrix, rowSquaredDistance } from './feature-matrix.ts';
import { rbfDistance } from './rbf-distance.ts';

it('of N(0, I) and N(δ, I) in the plane with |δ| = 1 and s = 1 is the population value .1023455167', () => {
  // Even quantiles of the normal law, on a grid, stand for the population.
  const side = 60;
  const quantiles = Array.from({ length: side }, (_, i) => normalQuantile((i + 0.5) / side));
  const grid = (shift: number): FeatureMatrix =>
    featureMatrix(
      quantiles.flatMap((x) => quantiles.flatMap((y) => [x + shift, y])),
      2,
    );
  const found = rbfDistance({ real: grid(0), fake: grid(1), bandwidth: 1 });
  expect(2 * (1 / 3) * (1 - Math.exp(-1 / 6))).toBeCloseTo(0.1023455167, 10);
  expect(Math.abs(found / 0.1023455167 - 1)).toBeLessThan(0.01);
});

it('follows the definition, is symmetric, near 0 for one law and larger with noise', () => {
  const [x, y] = [gauss(401, 30, 5), mapped(gauss(402, 25, 5), (z) => 1.3 * z)];
  const bandwidth = 1.7;
  const kernel = (a: FeatureMatrix, i: number, b: FeatureMatrix, j: number): number =>
    Math.exp(-rowSquaredDistance(a, i, b, j) / (2 * bandwidth ** 2));
  const mean = (a: FeatureMatrix, b: FeatureMatrix): number => {
    const values: number[] = [];
    for (let i = 0; i < a.rows; i++)
      for (let j = 0; j < b.rows; j++) if (a !== b || i !== j) values.push(kernel(a, i, b, j));
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  };
  const found = rbfDistance({ real: x, fake: y, bandwidth });
  expect(found).toBeCloseTo(mean(x, x) + mean(y, y) - 2 * mean(x, y), 13);
  expect(rbfDistance({ real: y, fake: x, bandwidth })).toBeCloseTo(found, 14);
  const [reals, fakes] = [gauss(403, 300, 4), gauss(404, 300, 4)];
  expect(Math.abs(rbfDistance({ real: reals, fake: fakes, bandwidth }))).toBeLessThan(0.005);
  const noise = gauss(405, 300, 4);
  const noisy = [0, 0.3, 0.8, 2].map((sigma) => {
    const data = Array.from(fakes.data, (z, i) => z + sigma * (noise.data[i] ?? 0));
    return rbfDistance({ real: reals, fake: featureMatrix(data, 4), bandwidth });
  });
  expect(noisy).toEqual(noisy.toSorted((a, b) => a - b));
  expect(() => rbfDistance({ real: gauss(1, 1, 2), fake: gauss(1, 4, 2), bandwidth: 1 })).toThrow(RangeError);
});
