import { randomStream } from '@gansweep/domain';
import { describe, expect, it } from 'vitest';
import type { FeatureMatrix } from './feature-matrix.ts';
import { crossValidatedProbe, determination, fitLinearProbe } from './linear-probe.ts';

const matrix = (columns: number, values: readonly number[]): FeatureMatrix => ({
  rows: values.length / columns,
  columns,
  data: Float64Array.from(values),
});
const fitted = (x: FeatureMatrix, y: FeatureMatrix) => determination(y, fitLinearProbe(x, y).predict(x));
const normals = (draw: number, rows: number, columns: number): FeatureMatrix => {
  const out = new Float32Array(rows * columns);
  randomStream(7, 1).normals(draw, out);
  return { rows, columns, data: Float64Array.from(out) };
};

describe('a linear probe', () => {
  it('has the R² of the line through four points by hand: slope .6, intercept .1, 1 − .2/2', () => {
    const [x, y] = [matrix(1, [0, 1, 2, 3]), matrix(1, [0, 1, 1, 2])];
    expect([...fitLinearProbe(x, y).predict(matrix(1, [0, 10])).data]).toEqual([
      expect.closeTo(0.1, 12),
      expect.closeTo(6.1, 12),
    ]);
    expect(fitted(x, y)).toEqual([expect.closeTo(0.9, 12)]);
  });

  it('is exact for every affine map, column by column, also of features that repeat one another', () => {
    const x = normals(0, 40, 3);
    const repeated = matrix(
      4,
      Array.from({ length: 40 }, (_, i) => [0, 1, 2, 0].map((k) => x.data[3 * i + k] as number)).flat(),
    );
    const y = matrix(
      2,
      Array.from({ length: 40 }, (_, i) => [
        3 + 2 * (x.data[3 * i] as number),
        5 - (x.data[3 * i + 2] as number),
      ]).flat(),
    );
    for (const features of [x, repeated]) {
      expect(fitted(features, y)).toEqual([expect.closeTo(1, 12), expect.closeTo(1, 12)]);
      expect(crossValidatedProbe(features, y)).toEqual([expect.closeTo(1, 12), expect.closeTo(1, 12)]);
    }
  });

  it('left out of its own fit is no better than the mean at what is unrelated, however many features there are', () => {
    const [x, y] = [normals(1, 60, 30), normals(2, 60, 1)];
    expect(fitted(x, y)[0]).toBeGreaterThan(0.3);
    expect(crossValidatedProbe(x, y)[0]).toBeLessThan(0.05);
  });

  it('shrinks with a ridge: Σxy / (Σx² + ridge) around the means', () => {
    // x and y of mean 0: Σxy = 10, Σx² = 10.
    const line = matrix(1, [-2, -1, 0, 1, 2]);
    const probe = fitLinearProbe(line, matrix(1, [5, 6, 7, 8, 9]), 10);
    expect([...probe.predict(matrix(1, [0, 2])).data]).toEqual([expect.closeTo(7, 12), expect.closeTo(8, 12)]);
  });

  it('has no R² for what does not vary, and 0 where the features do not', () => {
    expect(fitted(matrix(1, [1, 2, 3, 4]), matrix(1, [5, 5, 5, 5]))).toEqual([null]);
    expect(fitted(matrix(1, [2, 2, 2, 2]), matrix(1, [0, 1, 1, 2]))).toEqual([expect.closeTo(0, 12)]);
  });
});
