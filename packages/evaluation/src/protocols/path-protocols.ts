import { EVALUATION_SEED, type ImageReals, PATH_SPACES, type PathEnds, type PathProtocol } from '@gansweep/domain';
import type { Executor } from '@gansweep/program';
import { openExtractor } from '../extractors/open-extractor.ts';
import { pathLength } from '../metrics/path-length.ts';
import type { Measurement } from './measurement.ts';

/** Ends of `count` paths, `epsilon` of their parameter apart; the same (count, seed) gives the same latent vectors. */
export type DrawPaths = (wanted: {
  readonly count: number;
  readonly seed: number;
  readonly epsilon: number;
  /** Straight lines between z, at uniform places, or between their styles w, at the first one. */
  readonly space: 'z' | 'w';
}) => Promise<PathEnds>;

/** At the published 10⁻⁴ a difference of float32 images loses its digits; here it is a hundredth of a percent off a line. */
const EPSILON = 1e-3;

/**
 * Perceptual path length: what a small step between two latent vectors changes, in squared units of an extractor's features.
 * @throws RangeError where the generator has no paths to give.
 */
export async function measurePaths(
  protocol: PathProtocol,
  {
    heldOut,
    count,
    drawPaths,
  }: { readonly heldOut: ImageReals; readonly count: number; readonly drawPaths: DrawPaths | undefined },
  executor: Executor,
): Promise<Measurement> {
  if (!drawPaths)
    throw new RangeError(`${protocol} draws along paths of a generator, and this one gives samples alone`);
  const space = PATH_SPACES[protocol];
  const [score] = protocol.split('/', 1) as [string];
  const name = score.endsWith('random') ? 'random' : 'pixels';
  await using extractor = await openExtractor(name, executor, heldOut);
  if (!extractor.smoothFeatures) throw new TypeError(`${name} sees bytes alone`);
  const { from, to } = await drawPaths({ count, seed: EVALUATION_SEED, epsilon: EPSILON, space });
  const { mean, kept } = pathLength({
    from: await extractor.smoothFeatures(from),
    to: await extractor.smoothFeatures(to),
    epsilon: EPSILON,
  });
  return {
    scores: { [score]: mean },
    extractor: extractor.facts,
    preprocessing: { ...extractor.preprocessing, quantised: 'no' },
    real: { split: 'none', seed: 0, n: 0 },
    fakes: count,
    estimator: {
      path: `straight line in ${space}`,
      places: space === 'w' ? 'ends' : 'uniform',
      epsilon: EPSILON,
      kept,
      percentiles: '1 to 99',
      seed: EVALUATION_SEED,
    },
    uncertainty: null,
  };
}
