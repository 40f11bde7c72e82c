import { type Bins, realBins } from '../metrics/bin-differences.ts';
import type { FeatureMatrix } from '../metrics/feature-matrix.ts';
import { type GaussianFit, gaussianFit } from '../metrics/frechet-distance.ts';
import { type KernelTable, kernelTable } from '../metrics/kernel-distance.ts';
import { type Neighbourhoods, neighbourhoods } from '../metrics/neighbour-scores.ts';
import { meanPairwiseDistance, nearestDistances } from '../metrics/row-distances.ts';
import { once } from './once.ts';

export const COVERAGE_K = 5;
export const MANIFOLD_K = 3;
const BINS_MAX = 100;
/** Fewer reals a bin than this, and the test of proportions means nothing. */
const REALS_PER_BIN = 20;
const BIN_SEED = 1;

/** Features of reals as each metric needs them, computed when first asked for. */
export interface RealFeatures {
  readonly features: FeatureMatrix;
  readonly fit: () => GaussianFit;
  readonly kernel: () => KernelTable;
  readonly neighbours: () => Neighbourhoods;
  readonly pairwise: () => number;
  readonly bins: () => Bins;
  /** Reals that training saw; null where none are given. */
  readonly training: FeatureMatrix | null;
  /** Distance of each real to its nearest training real; only where those are given. */
  readonly nearestTraining: () => Float64Array;
}

/** Prepares a real side. @param training features of reals that training saw. */
export function realFeatures(features: FeatureMatrix, training: FeatureMatrix | null): RealFeatures {
  return {
    features,
    training,
    fit: once(() => gaussianFit(features)),
    kernel: once(() => kernelTable(features, features)),
    neighbours: once(() => neighbourhoods(features, COVERAGE_K)),
    pairwise: once(() => meanPairwiseDistance(features)),
    bins: once(() => {
      const bins = Math.max(2, Math.min(BINS_MAX, Math.floor(features.rows / REALS_PER_BIN)));
      return realBins({ real: features, bins, seed: BIN_SEED });
    }),
    nearestTraining: once(() => {
      if (training === null) throw new RangeError('the training set is needed for distances to it');
      return nearestDistances({ from: features, to: training });
    }),
  };
}
