import { type ImageReals, type ImageSamples, type ProtocolId, STREAMS } from '@gansweep/domain';
import type { FeatureMatrix } from '../metrics/feature-matrix.ts';
import { frechetDistance, type GaussianFit, gaussianFit } from '../metrics/frechet-distance.ts';
import { type KernelTable, kernelDistance, kernelTable } from '../metrics/kernel-distance.ts';
import { type Neighbourhoods, neighbourhoods, neighbourScores } from '../metrics/neighbour-scores.ts';
import { randomSubset } from '../metrics/random-subset.ts';
import type { FeatureExtractor } from './feature-extractor.ts';
import type { Measurement } from './measurement.ts';

export type ImageProtocol = Extract<ProtocolId, `${string}-lenet/v1`>;

const SUBSETS = 100;
const SUBSET_SIZE_MAX = 1_000;
const MANIFOLD_K = 3;
const COVERAGE_K = 5;
/** The same reals and the same subsets for every run, so that scores differ by their fakes alone. */
const REAL_SEED = 1;
const SUBSET_SEED = 1;

/** Held-out reals as each metric needs them, computed when first asked for. */
interface RealFeatures {
  readonly features: FeatureMatrix;
  readonly fit: () => GaussianFit;
  readonly kernel: () => KernelTable;
  readonly neighbours: () => Neighbourhoods;
}

/** Per set of reals and (number, extractor): a trainer evaluates dozens of generators against the same reals. */
const realFeatures = new WeakMap<ImageReals, Map<string, Promise<RealFeatures>>>();

/** Features of `count` seeded held-out reals, or of all where there are fewer. */
export function heldOutFeatures(options: {
  readonly heldOut: ImageReals;
  readonly count: number;
  readonly extractor: FeatureExtractor;
  /** Name of the executor, whose last bits are its own. */
  readonly backend: string;
}): Promise<RealFeatures> {
  const { heldOut, extractor, backend } = options;
  const count = Math.min(options.count, heldOut.count);
  const known = realFeatures.get(heldOut) ?? new Map<string, Promise<RealFeatures>>();
  realFeatures.set(heldOut, known);
  const key = `${count} ${backend} ${extractor.facts.id} ${extractor.facts.weights}`;
  const existing = known.get(key);
  if (existing !== undefined) return existing;
  const side = extractor.features(pickReals(heldOut, count)).then((features) => ({
    features,
    fit: once(() => gaussianFit(features)),
    kernel: once(() => kernelTable(features, features)),
    neighbours: once(() => neighbourhoods(features, COVERAGE_K)),
  }));
  known.set(key, side);
  side.catch(() => known.delete(key));
  return side;
}

function once<Value>(compute: () => Value): () => Value {
  let kept: { readonly value: Value } | null = null;
  return () => {
    kept ??= { value: compute() };
    return kept.value;
  };
}

function pickReals(heldOut: ImageReals, count: number): ImageSamples {
  const { height, width, channels } = heldOut;
  const data = new Uint8Array(count * height * width * channels);
  const stream = STREAMS.evaluationReals;
  heldOut.copy(randomSubset({ from: heldOut.count, size: count, seed: REAL_SEED, stream, draw: 0 }), data);
  return { kind: 'images', count, height, width, channels, data };
}

/** Scores fakes by their features under one protocol. */
export function measureImages(options: {
  readonly protocol: ImageProtocol;
  readonly real: RealFeatures;
  readonly fake: FeatureMatrix;
  readonly extractor: FeatureExtractor;
}): Measurement {
  const { protocol, real, fake, extractor } = options;
  const shared = {
    extractor: extractor.facts,
    preprocessing: extractor.preprocessing,
    real: { split: 'held-out', n: real.features.rows, seed: REAL_SEED, filters: null, mirror: false, transform: null },
    fakes: fake.rows,
  };
  switch (protocol) {
    case 'fd-lenet/v1': {
      const biased = Math.min(fake.rows, real.features.rows) < 2 * fake.columns;
      return {
        ...shared,
        scores: { 'fd-lenet': frechetDistance({ real: real.fit(), fake: gaussianFit(fake) }) },
        estimator: { covarianceDivisor: 'n − 1', biased },
        uncertainty: null,
      };
    }
    case 'kid-lenet/v1': {
      const found = kernelDistance({
        realReal: real.kernel(),
        fakeFake: kernelTable(fake, fake),
        realFake: kernelTable(real.features, fake),
        subsets: SUBSETS,
        subsetSize: SUBSET_SIZE_MAX,
        seed: SUBSET_SEED,
      });
      return {
        ...shared,
        scores: { 'kid-lenet': found.mean },
        estimator: { kernel: '(x·y/d + 1)³', subsets: found.subsets, subsetSize: found.subsetSize, seed: SUBSET_SEED },
        uncertainty: { 'kid-lenet': found.deviation },
      };
    }
    case 'prdc-lenet/v1': {
      const found = neighbourScores({
        real: real.neighbours(),
        fake: neighbourhoods(fake, COVERAGE_K),
        manifoldK: MANIFOLD_K,
        coverageK: COVERAGE_K,
      });
      return {
        ...shared,
        scores: {
          'precision-lenet': found.precision,
          'recall-lenet': found.recall,
          'density-lenet': found.density,
          'coverage-lenet': found.coverage,
        },
        estimator: {
          precisionRecallK: MANIFOLD_K,
          precisionRecallInequality: '<=',
          densityCoverageK: COVERAGE_K,
          densityCoverageInequality: '<',
        },
        uncertainty: null,
      };
    }
  }
}
