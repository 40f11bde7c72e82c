import {
  CLASSES,
  type ExtractorName,
  extractorOf,
  FID_PROTOCOL,
  featureFamilyOf,
  type ImageReals,
  type ImageSamples,
  isMidpointProtocol,
  isPathProtocol,
  isPluginName,
  type ProtocolId,
  registeredExtractorOf,
  SHIFT_PROTOCOL,
  STREAMS,
  TURN_PROTOCOL,
} from '@gansweep/domain';
import type { Executor } from '@gansweep/program';
import type { FeatureExtractor } from '../extractors/feature-extractor.ts';
import { LENET_ACCURACY } from '../extractors/lenet/lenet-weights.ts';
import { openExtractor } from '../extractors/open-extractor.ts';
import { classCounts, conditionalAccuracy, inceptionScore } from '../metrics/classifier-scores.ts';
import { type FeatureMatrix, largestOfRows } from '../metrics/feature-matrix.ts';
import { randomSubset } from '../metrics/random-subset.ts';
import { type FeatureSamples, measureByPlugin } from '../plugins/metrics.ts';
import { FEATURE_MEASURES } from './feature-protocols.ts';
import { type RealFeatures, realFeatures } from './feature-sides.ts';
import { framedReals, framedSamples } from './framed-images.ts';
import type { Measurement } from './measurement.ts';
import { type DrawBetween, measureMidpoints } from './midpoint-protocols.ts';
import { type DrawShifted, type DrawTurned, measureShifts, measureTurns } from './move-protocols.ts';
import { type DrawPaths, measurePaths } from './path-protocols.ts';
import { PICTURE_MEASURES, type PictureMeasure, type PictureProtocol } from './picture-protocols.ts';
import { measureStacks } from './stacked-modes.ts';

/** The same reals for every run, so that scores differ by their fakes alone. */
const REAL_SEED = 1;
/** Images of the training set that fakes are compared with, at most. */
const TRAINING_IMAGES_MAX = 10_000;
const SPLITS = 10;

/** Both sides of an image evaluation. */
export interface ImageSides {
  readonly heldOut: ImageReals;
  /** Reals that training saw; null where the caller has none. */
  readonly train: ImageReals | null;
  readonly fakes: ImageSamples;
  /** More fakes of the same generator, to count the modes of stacked digits among; `fakes` where left out. */
  readonly stacks?: ImageSamples;
  /** Names of the classes that the fakes were drawn for, in turn; null where their generator was told none. */
  readonly classes: readonly string[] | null;
  /** Reals to look at: as many as fakes where left out, and never more than there are. */
  readonly reals?: number;
  /** Opens an extractor that a user registered; whoever asks disposes of it. */
  readonly openRegistered?: OpenRegistered | undefined;
  readonly drawPaths?: DrawPaths | undefined;
  readonly drawBetween?: DrawBetween | undefined;
  readonly drawShifted?: DrawShifted | undefined;
  readonly drawTurned?: DrawTurned | undefined;
}

export type OpenRegistered = (name: string) => Promise<FeatureExtractor>;

/** What one extractor made of both sides. */
interface Extracted {
  readonly facts: FeatureExtractor['facts'];
  readonly preprocessing: FeatureExtractor['preprocessing'];
  readonly real: RealFeatures;
  readonly fake: FeatureMatrix;
  readonly logits: FeatureMatrix | null;
}

/**
 * Looks at the images by every extractor that the protocols need, and gives the function that scores them. Extractors
 * are closed when it resolves.
 */
export async function measureImages(
  protocols: readonly ProtocolId[],
  given: ImageSides,
  executor: Executor,
): Promise<(protocol: ProtocolId) => Measurement> {
  const sides = framedSides(given);
  const { heldOut, fakes } = sides;
  const count = Math.min(sides.reals ?? fakes.count, heldOut.count);
  const side = { split: 'held-out', seed: REAL_SEED, filters: null, mirror: false, transform: null };
  const extracted = new Map<string, Extracted>();
  const stacks = protocols.includes('modes-lenet/v1') ? await measureStacks(sides.stacks ?? fakes, executor) : null;
  /** Of protocols that draw of the generator itself. */
  const drawn = new Map<ProtocolId, Measurement>();
  for (const id of protocols.filter(isPathProtocol))
    drawn.set(id, await measurePaths(id, { heldOut, count: fakes.count, drawPaths: sides.drawPaths }, executor));
  for (const id of protocols.filter(isMidpointProtocol)) {
    await using extractor = await openExtractor(extractorOf(id) as ExtractorName, executor, heldOut);
    const real = await heldOutFeatures({ heldOut, training: null, count, extractor, backend: executor.name });
    const found = await measureMidpoints(id, {
      real,
      count: fakes.count,
      extractor,
      drawBetween: sides.drawBetween,
    });
    drawn.set(id, { ...found, real: { ...side, n: real.features.rows } });
  }
  if (protocols.includes(SHIFT_PROTOCOL))
    drawn.set(SHIFT_PROTOCOL, await measureShifts({ count: fakes.count, drawShifted: sides.drawShifted }));
  if (protocols.includes(TURN_PROTOCOL))
    drawn.set(TURN_PROTOCOL, await measureTurns({ count: fakes.count, drawTurned: sides.drawTurned }));
  const others = protocols.filter((id) => id !== 'modes-lenet/v1' && !drawn.has(id));
  for (const name of new Set(others.map(extractorOf)))
    if (name !== null)
      extracted.set(
        name,
        await extract(name, { sides, count, protocols: others.filter((id) => extractorOf(id) === name), executor }),
      );
  return (protocol) => {
    if (protocol === 'modes-lenet/v1' && stacks !== null) return stacks;
    const found = drawn.get(protocol);
    if (found) return found;
    const name = extractorOf(protocol);
    if (name === null) {
      const seen = isPluginName(protocol) ? given : sides;
      const { images, real, ...found } = pictureMeasure(protocol)({
        real: pickReals(seen.heldOut, count),
        fake: seen.fakes,
      });
      const size = `${seen.fakes.height}×${seen.fakes.width}×${seen.fakes.channels}`;
      return {
        ...found,
        extractor: null,
        preprocessing: { size, resize: 'none', range: '[0, 1]', channels: 'as they are', quantised: 'uint8' },
        real: { ...side, n: protocol === 'swd/v1' ? images : count, ...real },
        fakes: images,
      };
    }
    const { facts, preprocessing, real, fake, logits } = extracted.get(name) as Extracted;
    const shared = { extractor: facts, preprocessing, real: { ...side, n: real.features.rows }, fakes: fake.rows };
    if (isPluginName(protocol)) {
      const sides = { real: featureSamples(real.features), fake: featureSamples(fake) };
      return { ...shared, ...measureByPlugin(protocol, sides), uncertainty: null };
    }
    const family = featureFamilyOf(protocol);
    if (family === null) return { ...shared, ...scoreByClassifier(protocol, logits, sides.classes) };
    const { scores, estimator, uncertainty } = FEATURE_MEASURES[family]({ real, fake });
    const named = (values: Readonly<Record<string, number>>) => namedScores(values, protocol, name);
    return {
      ...shared,
      scores: named(scores),
      estimator,
      uncertainty: uncertainty === null ? null : named(uncertainty),
    };
  };
}

/** Both sides with the frame that the set is shown without; as they are where it has none. */
function framedSides(sides: ImageSides): ImageSides {
  const { heldOut, train, fakes, stacks, drawPaths, drawBetween } = sides;
  const { margin } = heldOut;
  if (margin === undefined) return sides;
  return {
    ...sides,
    heldOut: framedReals(heldOut),
    train: train && framedReals(train),
    fakes: framedSamples(fakes, margin),
    ...(stacks && { stacks: framedSamples(stacks, margin) }),
    drawPaths:
      drawPaths &&
      (async (wanted) => {
        const { from, to } = await drawPaths(wanted);
        return { from: framedSamples(from, margin), to: framedSamples(to, margin) };
      }),
    drawBetween: drawBetween && (async (wanted) => framedSamples(await drawBetween(wanted), margin)),
  };
}

const featureSamples = ({ rows, columns, data }: FeatureMatrix): FeatureSamples => ({
  kind: 'features',
  count: rows,
  size: columns,
  data,
});

function pictureMeasure(protocol: ProtocolId): PictureMeasure {
  if (!isPluginName(protocol)) return PICTURE_MEASURES[protocol as PictureProtocol];
  return (sides) => ({ ...measureByPlugin(protocol, sides), images: sides.fake.count, real: {}, uncertainty: null });
}

function namedScores(
  values: Readonly<Record<string, number>>,
  protocol: ProtocolId,
  extractor: string,
): Readonly<Record<string, number>> {
  if (protocol === FID_PROTOCOL) return { fid: values.fd as number };
  return Object.fromEntries(Object.entries(values).map(([score, value]) => [`${score}-${extractor}`, value]));
}

/** Scores by what the classifier of digits says of the fakes. */
function scoreByClassifier(
  protocol: ProtocolId,
  logits: FeatureMatrix | null,
  classes: readonly string[] | null,
): Pick<Measurement, 'scores' | 'estimator' | 'uncertainty'> {
  if (logits === null) throw new TypeError(`${protocol} needs a classifier`);
  if (protocol === 'conditional-lenet/v1') {
    if (classes === null) throw new RangeError(`${protocol} needs a generator that is told a class`);
    const digits = classes.map((name) => CLASSES.mnist.indexOf(name as (typeof CLASSES.mnist)[number]));
    const wanted = Uint8Array.from({ length: logits.rows }, (_, i) => digits[i % digits.length] as number);
    return {
      scores: { 'conditional-lenet': conditionalAccuracy({ predicted: largestOfRows(logits), wanted }) },
      estimator: { classes: classes.length, classifierAccuracy: LENET_ACCURACY },
      uncertainty: null,
    };
  }
  if (protocol === 'classes-lenet/v1') {
    const { hit, kl } = classCounts(largestOfRows(logits), logits.columns);
    return {
      scores: { 'classes-lenet': hit, 'class-kl-lenet': kl },
      estimator: { classes: logits.columns, classifierAccuracy: LENET_ACCURACY, unit: 'classes; nat' },
      uncertainty: null,
    };
  }
  const found = inceptionScore({ logits, splits: Math.min(SPLITS, logits.rows) });
  return {
    scores: { 'is-lenet': found.mean },
    estimator: { splits: found.splits, classes: logits.columns, order: 'as drawn' },
    uncertainty: { 'is-lenet': found.deviation },
  };
}

async function extract(
  name: string,
  options: {
    readonly sides: ImageSides;
    readonly count: number;
    readonly protocols: readonly ProtocolId[];
    readonly executor: Executor;
  },
): Promise<Extracted> {
  const { sides, count, protocols, executor } = options;
  const isRegistered = protocols.some((protocol) => registeredExtractorOf(protocol) === name);
  if (isRegistered && sides.openRegistered === undefined)
    throw new RangeError(`no extractor '${name}' is registered: gansweep extractor add FILE.onnx --name ${name}`);
  await using extractor = await (isRegistered && sides.openRegistered
    ? sides.openRegistered(name)
    : openExtractor(name as ExtractorName, executor, sides.heldOut));
  const families = protocols.filter((protocol) => !isPluginName(protocol)).map(featureFamilyOf);
  const training = families.includes('memorisation') ? sides.train : null;
  return {
    facts: extractor.facts,
    preprocessing: extractor.preprocessing,
    real: await heldOutFeatures({ heldOut: sides.heldOut, training, count, extractor, backend: executor.name }),
    fake: await extractor.features(sides.fakes),
    logits: families.includes(null) ? ((await extractor.logits?.(sides.fakes)) ?? null) : null,
  };
}

/** Per set of reals and (number, extractor): a trainer evaluates dozens of generators against the same reals. */
const known = new WeakMap<ImageReals, Map<string, Promise<RealFeatures>>>();

/** Training sets of this process by number, so that features are kept for each. */
const numbers = new WeakMap<ImageReals, number>();
let nextNumber = 0;

function numberOf(training: ImageReals): number {
  const number = numbers.get(training) ?? nextNumber++;
  numbers.set(training, number);
  return number;
}

/** Features of `count` seeded held-out reals, and of training reals where wanted. */
function heldOutFeatures(options: {
  readonly heldOut: ImageReals;
  readonly training: ImageReals | null;
  readonly count: number;
  readonly extractor: FeatureExtractor;
  /** Name of the executor, whose last bits are its own. */
  readonly backend: string;
}): Promise<RealFeatures> {
  const { heldOut, training, count, extractor, backend } = options;
  const ofSet = known.get(heldOut) ?? new Map<string, Promise<RealFeatures>>();
  known.set(heldOut, ofSet);
  const key = `${count} ${training === null ? 'alone' : `beside ${numberOf(training)}`} ${backend} ${extractor.facts.id} ${extractor.facts.weights}`;
  const existing = ofSet.get(key);
  if (existing !== undefined) return existing;
  const looked = async (): Promise<RealFeatures> =>
    realFeatures(
      await extractor.features(pickReals(heldOut, count)),
      training === null
        ? null
        : await extractor.features(pickReals(training, Math.min(TRAINING_IMAGES_MAX, training.count))),
    );
  const side = looked();
  ofSet.set(key, side);
  side.catch(() => ofSet.delete(key));
  return side;
}

function pickReals(reals: ImageReals, count: number): ImageSamples {
  const { height, width, channels } = reals;
  const data = new Uint8Array(count * height * width * channels);
  const stream = STREAMS.evaluationReals;
  reals.copy(randomSubset({ from: reals.count, size: count, seed: REAL_SEED, stream, draw: 0 }), data);
  return { kind: 'images', count, height, width, channels, data };
}
