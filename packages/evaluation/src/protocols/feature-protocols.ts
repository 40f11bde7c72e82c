import type { FeatureFamily, Passport } from '@gansweep/domain';
import { binDifferences } from '../metrics/bin-differences.ts';
import type { FeatureMatrix } from '../metrics/feature-matrix.ts';
import { frechetDistance, gaussianFit } from '../metrics/frechet-distance.ts';
import { kernelDistance, kernelTable } from '../metrics/kernel-distance.ts';
import { memorisation } from '../metrics/memorisation.ts';
import { neighbourhoods, neighbourScores } from '../metrics/neighbour-scores.ts';
import { rbfDistance } from '../metrics/rbf-distance.ts';
import { meanPairwiseDistance, nearestDistances } from '../metrics/row-distances.ts';
import { COVERAGE_K, MANIFOLD_K, type RealFeatures } from './feature-sides.ts';

const SUBSETS = 100;
const SUBSET_SIZE_MAX = 1_000;
/** The same subsets for every run, so that scores differ by their fakes alone. */
const SUBSET_SEED = 1;
/** Of the two-sided test at 5 %. */
const CRITICAL_Z = 1.959963984540054;

/** What a protocol of features found; `-X` of the extractor is still to follow the scores' names. */
export interface FeatureFinding {
  readonly scores: Readonly<Record<string, number>>;
  readonly estimator: Passport['estimator'];
  readonly uncertainty: Passport['uncertainty'];
}

type FeatureMeasure = (sides: { readonly real: RealFeatures; readonly fake: FeatureMatrix }) => FeatureFinding;

/** Every protocol that compares features: the one place where its name meets its metric and settings. */
export const FEATURE_MEASURES: Readonly<Record<FeatureFamily, FeatureMeasure>> = {
  fd: ({ real, fake }) => ({
    scores: { fd: frechetDistance({ real: real.fit(), fake: gaussianFit(fake) }) },
    estimator: {
      covarianceDivisor: 'n − 1',
      biased: Math.min(fake.rows, real.features.rows) < 2 * fake.columns,
    },
    uncertainty: null,
  }),
  kid: ({ real, fake }) => {
    const found = kernelDistance({
      realReal: real.kernel(),
      fakeFake: kernelTable(fake, fake),
      realFake: kernelTable(real.features, fake),
      subsets: SUBSETS,
      subsetSize: SUBSET_SIZE_MAX,
      seed: SUBSET_SEED,
    });
    return {
      scores: { kid: found.mean },
      estimator: { kernel: '(x·y/d + 1)³', subsets: found.subsets, subsetSize: found.subsetSize, seed: SUBSET_SEED },
      uncertainty: { kid: found.deviation },
    };
  },
  prdc: ({ real, fake }) => {
    const { precision, recall, density, coverage } = neighbourScores({
      real: real.neighbours(),
      fake: neighbourhoods(fake, COVERAGE_K),
      manifoldK: MANIFOLD_K,
      coverageK: COVERAGE_K,
    });
    return {
      scores: { precision, recall, density, coverage },
      estimator: {
        precisionRecallK: MANIFOLD_K,
        precisionRecallInequality: '<=',
        densityCoverageK: COVERAGE_K,
        densityCoverageInequality: '<',
      },
      uncertainty: null,
    };
  },
  mmd: ({ real, fake }) => {
    const bandwidth = real.pairwise();
    if (bandwidth === 0) throw new RangeError('all reals have the same features, so there is no bandwidth for mmd');
    return {
      scores: { mmd: rbfDistance({ real: real.features, fake, bandwidth }) },
      estimator: { kernel: 'exp(−‖x − y‖²/(2s²))', bandwidth, bandwidthRule: 'mean distance of reals' },
      uncertainty: null,
    };
  },
  ndb: ({ real, fake }) => {
    const { share, js, bins } = binDifferences({ bins: real.bins(), fake, z: CRITICAL_Z });
    return {
      scores: { ndb: share, 'ndb-js': js },
      estimator: { bins, binning: 'k-means of whitened features', significance: 0.05, unit: 'share of bins; nat' },
      uncertainty: null,
    };
  },
  diversity: ({ real, fake }) => ({
    scores: { diversity: real.pairwise() === 0 ? 1 : meanPairwiseDistance(fake) / real.pairwise() },
    estimator: { distance: 'Euclidean', ratio: 'mean of pairs of fakes / of reals' },
    uncertainty: null,
  }),
  memorisation: ({ real, fake }) => {
    if (real.training === null)
      throw new RangeError('memorisation is judged against the training set, which is missing');
    const found = memorisation({
      fake: nearestDistances({ from: fake, to: real.training }),
      heldOut: real.nearestTraining(),
    });
    return {
      scores: { memorisation: found.copying, 'nearest-ratio': found.distanceRatio },
      estimator: { training: real.training.rows, distance: 'Euclidean', ties: 'half' },
      uncertainty: null,
    };
  },
};
