import type { FeatureMatrix } from './feature-matrix.ts';
import { triangularFactor } from './triangular-factor.ts';

/** An affine map of features, as least squares fitted it. */
export interface LinearProbe {
  /** @param features `[n, columns]` as in the fit. @returns `[n, targets]`. */
  predict(features: FeatureMatrix): FeatureMatrix;
}

/** A column counts as a mixture of earlier ones below this part of the largest diagonal. */
const RANK_TOLERANCE = 1e-9;

/**
 * Least squares with an intercept, by QR; columns that are mixtures of earlier ones get no weight.
 * @param features `[n, columns]` with n > columns. @param targets `[n, targets]`.
 * @param ridge weight of the squared coefficients beside the squared errors: above 0 what is read does not hang on small
 * differences of features that are nearly alike, which other data do not share.
 * @see Alain, Bengio (2016), "Understanding intermediate layers using linear classifier probes", arXiv:1610.01644.
 */
export function fitLinearProbe(features: FeatureMatrix, targets: FeatureMatrix, ridge = 0): LinearProbe {
  const { rows, columns } = features;
  const outputs = targets.columns;
  if (targets.rows !== rows) throw new RangeError(`${rows} rows of features and ${targets.rows} of targets`);
  const inputs = columns + 1;
  const width = inputs + outputs;
  const joint = new Float64Array(Math.max(rows + columns, width) * width);
  for (let i = 0; i < rows; i++) {
    joint[i * width] = 1;
    for (let k = 0; k < columns; k++) joint[i * width + 1 + k] = features.data[i * columns + k] as number;
    for (let k = 0; k < outputs; k++) joint[i * width + inputs + k] = targets.data[i * outputs + k] as number;
  }
  for (let k = 0; k < columns; k++) joint[(rows + k) * width + 1 + k] = Math.sqrt(ridge);
  const factor = triangularFactor({ rows: joint.length / width, columns: width, data: joint }).data;
  let largest = 0;
  for (let i = 0; i < inputs; i++) largest = Math.max(largest, Math.abs(factor[i * width + i] as number));
  const weights = new Float64Array(inputs * outputs);
  for (let k = 0; k < outputs; k++)
    for (let i = inputs - 1; i >= 0; i--) {
      const diagonal = factor[i * width + i] as number;
      if (Math.abs(diagonal) <= RANK_TOLERANCE * largest) continue;
      let rest = factor[i * width + inputs + k] as number;
      for (let j = i + 1; j < inputs; j++)
        rest -= (factor[i * width + j] as number) * (weights[j * outputs + k] as number);
      weights[i * outputs + k] = rest / diagonal;
    }
  return {
    predict: ({ rows: count, data }) => {
      const out = new Float64Array(count * outputs);
      for (let i = 0; i < count; i++)
        for (let k = 0; k < outputs; k++) {
          let sum = weights[k] as number;
          for (let j = 0; j < columns; j++)
            sum += (data[i * columns + j] as number) * (weights[(1 + j) * outputs + k] as number);
          out[i * outputs + k] = sum;
        }
      return { rows: count, columns: outputs, data: out };
    },
  };
}

/**
 * 1 − Σ(y − ŷ)² / Σ(y − ȳ)² of each column: 1 where the prediction is exact, 0 where it is no better than the mean, below 0
 * where it is worse. @returns null for a column that does not vary.
 */
export function determination(targets: FeatureMatrix, predicted: FeatureMatrix): readonly (number | null)[] {
  const { rows, columns, data } = targets;
  return Array.from({ length: columns }, (_, k) => {
    let mean = 0;
    for (let i = 0; i < rows; i++) mean += (data[i * columns + k] as number) / rows;
    let [left, all] = [0, 0];
    for (let i = 0; i < rows; i++) {
      const value = data[i * columns + k] as number;
      left += (value - (predicted.data[i * columns + k] as number)) ** 2;
      all += (value - mean) ** 2;
    }
    return all > 0 ? 1 - left / all : null;
  });
}

/**
 * R² of a linear probe where every row is predicted by a probe that was fitted without it: rows i, i + folds, i + 2·folds …
 * are left out together. @returns R² of each target.
 */
export function crossValidatedProbe(
  features: FeatureMatrix,
  targets: FeatureMatrix,
  folds = 5,
): readonly (number | null)[] {
  const predicted = new Float64Array(targets.data.length);
  const partOf = (matrix: FeatureMatrix, isIn: (row: number) => boolean): FeatureMatrix => {
    const rows = Array.from({ length: matrix.rows }, (_, i) => i).filter(isIn);
    const data = new Float64Array(rows.length * matrix.columns);
    rows.forEach((row, i) => {
      data.set(matrix.data.subarray(row * matrix.columns, (row + 1) * matrix.columns), i * matrix.columns);
    });
    return { rows: rows.length, columns: matrix.columns, data };
  };
  for (let fold = 0; fold < folds; fold++) {
    const isOut = (row: number): boolean => row % folds === fold;
    const probe = fitLinearProbe(
      partOf(features, (row) => !isOut(row)),
      partOf(targets, (row) => !isOut(row)),
    );
    const { data } = probe.predict(partOf(features, isOut));
    for (let i = 0; i * targets.columns < data.length; i++)
      predicted.set(
        data.subarray(i * targets.columns, (i + 1) * targets.columns),
        (fold + i * folds) * targets.columns,
      );
  }
  return determination(targets, { ...targets, data: predicted });
}
