import { MOST_ROWS, rowPairs } from '@gansweep/program';
import { type FeatureMatrix, rowSquaredDistance } from './feature-matrix.ts';

/**
 * ‖x_i − y_j‖² of one row against all j ≥ from, in the order of `rowSquaredDistance` to the bit.
 * @returns a function whose result is overwritten by a later call; entries before `from` mean nothing. Ascending rows are fast.
 */
export function rowDistances(x: FeatureMatrix, y: FeatureMatrix): (i: number, from: number) => Float64Array {
  if (x.columns !== y.columns) throw new RangeError(`features have ${x.columns} and ${y.columns} dimensions`);
  if (x.columns % 4 === 0) {
    const { squaredDistances } = rowPairs(x, y);
    // Rows are asked for in order: the next ones are compared together with the one that is asked for.
    let known: { readonly first: number; readonly from: number; readonly rows: readonly Float64Array[] } | null = null;
    return (i, from) => {
      if (known === null || i < known.first || i >= known.first + MOST_ROWS || from < known.from) {
        const count = Math.min(MOST_ROWS, x.rows - i);
        known = { first: i, from, rows: squaredDistances(i, count, from) };
      }
      return known.rows[i - known.first] as Float64Array;
    };
  }
  const out = new Float64Array(y.rows);
  return (i, from) => {
    for (let j = from; j < y.rows; j++) out[j] = rowSquaredDistance(x, i, y, j);
    return out;
  };
}

/** Mean Euclidean distance over all unordered pairs of rows: the diversity of a set, in units of its features. */
export function meanPairwiseDistance(features: FeatureMatrix): number {
  const { rows } = features;
  if (rows < 2) throw new RangeError(`pairs need at least 2 samples, not ${rows}`);
  const distances = rowDistances(features, features);
  let total = 0;
  for (let i = 0; i < rows - 1; i++) {
    const fromRow = distances(i, i + 1);
    // A sum of its own for each row keeps rounding errors small.
    let sum = 0;
    for (let j = i + 1; j < rows; j++) sum += Math.sqrt(fromRow[j] as number);
    total += sum;
  }
  return total / ((rows * (rows - 1)) / 2);
}

/**
 * Euclidean distance from every row of `from` to its nearest row of `to`. @returns `[from.rows]`.
 */
export function nearestDistances({
  from,
  to,
}: {
  readonly from: FeatureMatrix;
  readonly to: FeatureMatrix;
}): Float64Array {
  if (to.rows === 0) throw new RangeError('nothing is near where there is nothing');
  const distances = rowDistances(from, to);
  return Float64Array.from({ length: from.rows }, (_, i) => {
    const fromRow = distances(i, 0);
    let least = Number.POSITIVE_INFINITY;
    for (let j = 0; j < to.rows; j++) if ((fromRow[j] as number) < least) least = fromRow[j] as number;
    return Math.sqrt(least);
  });
}
