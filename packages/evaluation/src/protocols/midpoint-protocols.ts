import { EVALUATION_SEED, type ImageSamples, type MidpointProtocol } from '@gansweep/domain';
import type { FeatureExtractor } from '../extractors/feature-extractor.ts';
import { lerp, type Path, slerp } from '../latent-paths.ts';
import { neighbourhoods, neighbourScores } from '../metrics/neighbour-scores.ts';
import { COVERAGE_K, MANIFOLD_K, type RealFeatures } from './feature-sides.ts';
import type { Measurement } from './measurement.ts';

/** Images of one latent vector for each of `count` pairs; the same (count, seed) gives the same pairs. */
export type DrawBetween = (wanted: {
  readonly count: number;
  readonly seed: number;
  readonly place: (from: Float32Array, to: Float32Array) => Float32Array;
}) => Promise<ImageSamples>;

/**
 * Precision of the images halfway between pairs of latent vectors, on the straight line and on the great circle: whether
 * what lies between two samples still looks real.
 * @throws RangeError where the generator gives samples alone.
 */
export async function measureMidpoints(
  protocol: MidpointProtocol,
  {
    real,
    count,
    extractor,
    drawBetween,
  }: {
    readonly real: RealFeatures;
    readonly count: number;
    readonly extractor: FeatureExtractor;
    readonly drawBetween: DrawBetween | undefined;
  },
): Promise<Omit<Measurement, 'real'>> {
  if (!drawBetween)
    throw new RangeError(`${protocol} draws between latent vectors of a generator, and this one gives samples alone`);
  const precisionOn = async (path: Path): Promise<number> => {
    const images = await drawBetween({ count, seed: EVALUATION_SEED, place: (from, to) => path(from, to, 0.5) });
    const fake = neighbourhoods(await extractor.features(images), COVERAGE_K);
    return neighbourScores({ real: real.neighbours(), fake, manifoldK: MANIFOLD_K, coverageK: COVERAGE_K }).precision;
  };
  const name = extractor.facts.id;
  return {
    scores: {
      [`precision-lerp-${name}`]: await precisionOn(lerp),
      [`precision-slerp-${name}`]: await precisionOn(slerp),
    },
    extractor: extractor.facts,
    preprocessing: extractor.preprocessing,
    fakes: count,
    estimator: { place: 0.5, precisionRecallK: MANIFOLD_K, precisionRecallInequality: '<=', seed: EVALUATION_SEED },
    uncertainty: null,
  };
}
