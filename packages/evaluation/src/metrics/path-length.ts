import { type FeatureMatrix, rowSquaredDistance } from './feature-matrix.ts';

export interface PathLength {
  /** Mean over the kept paths, in squared units of the features. */
  readonly mean: number;
  /** Paths between the 1st and the 99th percentile. */
  readonly kept: number;
}

const LOWEST_SHARE = 0.01;
const HIGHEST_SHARE = 0.99;

/**
 * Perceptual path length: mean of ‖f(G(t)) − f(G(t + ε))‖²/ε² over paths, without the values below the 1st and above the
 * 99th percentile (of the sorted values the next lower and the next higher one).
 * @param from features at t. @param to features at t + ε, row by row the same paths.
 * @see Karras et al. (2019), "A style-based generator architecture", arXiv:1812.04948, §4.1, with LPIPS for f.
 */
export function pathLength({
  from,
  to,
  epsilon,
}: {
  readonly from: FeatureMatrix;
  readonly to: FeatureMatrix;
  readonly epsilon: number;
}): PathLength {
  const { rows } = from;
  if (rows === 0 || rows !== to.rows || from.columns !== to.columns)
    throw new RangeError(`paths begin at ${rows}×${from.columns} and end at ${to.rows}×${to.columns} features`);
  const lengths = Float64Array.from(
    { length: rows },
    (_, i) => rowSquaredDistance(from, i, to, i) / (epsilon * epsilon),
  ).sort();
  const low = lengths[Math.floor(LOWEST_SHARE * (rows - 1))] as number;
  const high = lengths[Math.ceil(HIGHEST_SHARE * (rows - 1))] as number;
  const kept = lengths.filter((length) => length >= low && length <= high);
  return { mean: kept.reduce((sum, length) => sum + length, 0) / kept.length, kept: kept.length };
}
