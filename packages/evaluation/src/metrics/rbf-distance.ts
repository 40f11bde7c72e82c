import type { FeatureMatrix } from './feature-matrix.ts';
import { rowDistances } from './row-distances.ts';

/**
 * Unbiased squared maximum mean discrepancy with the kernel k(x, y) = exp(−‖x − y‖²/(2s²)); slightly negative values occur.
 * @param bandwidth s, in units of the features. @see Gretton et al. (2012), JMLR 13, lemma 6.
 */
export function rbfDistance({
  real,
  fake,
  bandwidth,
}: {
  readonly real: FeatureMatrix;
  readonly fake: FeatureMatrix;
  readonly bandwidth: number;
}): number {
  const [n, m] = [real.rows, fake.rows];
  if (n < 2 || m < 2) throw new RangeError(`a kernel distance needs at least 2 samples a side, not ${Math.min(n, m)}`);
  const rate = -1 / (2 * bandwidth * bandwidth);
  const within = (set: FeatureMatrix): number =>
    (2 * kernelSum(set, set, rate, (i) => i + 1)) / (set.rows * (set.rows - 1));
  return within(real) + within(fake) - (2 * kernelSum(real, fake, rate, () => 0)) / (n * m);
}

function kernelSum(x: FeatureMatrix, y: FeatureMatrix, rate: number, first: (i: number) => number): number {
  const distances = rowDistances(x, y);
  let total = 0;
  for (let i = 0; i < x.rows; i++) {
    const from = distances(i, first(i));
    let sum = 0;
    for (let j = first(i); j < y.rows; j++) sum += Math.exp(rate * (from[j] as number));
    total += sum;
  }
  return total;
}
