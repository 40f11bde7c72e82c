import {
  atValues,
  type ImageSamples,
  ownNameOf,
  type PassportValue,
  type PluginField,
  type PluginName,
  type PluginValue,
  type PointSamples,
  pluginMetricOf,
  randomStream,
  type Samples,
  valuesToTry,
} from '@gansweep/domain';

type Values = Readonly<Record<string, PluginValue>>;

/** What an extractor makes of images, as a metric of a plugin gets it: row-major `[count, size]`. */
export interface FeatureSamples {
  readonly kind: 'features';
  readonly count: number;
  readonly size: number;
  readonly data: Float64Array;
}

/** What a metric from a plugin gets of either side. */
export type MetricSide = Samples | FeatureSamples;

/** A metric from a plugin: a pure function of the two sides, which it leaves as they are. */
export interface PluginMetric {
  readonly name: string;
  readonly doc: string;
  readonly hash: string;
  readonly file: string;
  readonly fields: readonly PluginField[];
  /** What it looks at: points, `[count, 2]`, or images, `[count, height, width, channels]`, 0…255. */
  readonly on: 'points' | 'images';
  /** The extractor that looks at the images for it; absent where it gets the images. */
  readonly features?: string | undefined;
  readonly measure: (sides: Sides, fields: Values) => number;
}

const metrics = new Map<string, PluginMetric['measure']>();

/** Makes a metric known in this process beside ours. */
export function addMetric(name: PluginName, { measure }: PluginMetric): void {
  metrics.set(name, measure);
}

/** What a metric of a plugin makes of the two sides, and what its passport says of it. @param id with or without values. */
export function measureByPlugin(
  id: PluginName,
  sides: Sides,
): { readonly scores: Readonly<Record<string, number>>; readonly estimator: Readonly<Record<string, PassportValue>> } {
  const call = pluginMetricOf(id);
  if (call === null || typeof call === 'string') throw new RangeError(call ?? `${id} is no metric`);
  const measure = metrics.get(call.facts.name);
  if (measure === undefined) throw new Error(`no metric is called ${call.facts.name}`);
  return {
    scores: { [id]: measure(sides, call.values) },
    estimator: { plugin: `${ownNameOf(call.facts.name)}@${call.facts.hash}`, ...call.values },
  };
}

/** Samples of either side that a metric is tried with. */
const TRIED = 64;
const SIDE = 16;
/** Features of the product's extractors; `pixels` has so many of a grey image. */
const OWN_FEATURES: Readonly<Record<string, number>> = { lenet: 64, random: 128, pixels: 256 };
const FEATURES = 8;

/**
 * What is wrong with a metric, for a person, or null: a finite number of samples of every kind it may meet, the same one
 * for the same samples, which it leaves as they are; at its defaults and at the ends of its fields.
 * @param featureSizes features of registered extractors by name: one that asks for them is tried with as many.
 */
export function metricProblem(
  { measure, on, features, fields }: PluginMetric,
  featureSizes: Readonly<Record<string, number>> = {},
): string | null {
  const met = features === undefined ? on : 'features';
  const kinds = {
    points: [pointsOf],
    images: [imagesOf(1), imagesOf(3)],
    features: [featuresOf({ ...featureSizes, ...OWN_FEATURES }[features ?? ''] ?? FEATURES)],
  }[met];
  try {
    for (const values of valuesToTry(fields).map((one) => Object.freeze({ ...one })))
      for (const samplesOf of kinds) {
        const sides = { real: samplesOf(1), fake: samplesOf(2) };
        const found: unknown = measure(sides, values);
        if (typeof found !== 'number')
          return `measure gives ${typeof found}, and a score is a number${atValues(values)}`;
        if (!Number.isFinite(found)) return `measure gives ${found} for ordinary ${met}${atValues(values)}`;
        if (!isSame(sides, { real: samplesOf(1), fake: samplesOf(2) }))
          return `measure changes the samples that it is given${atValues(values)}: copy them first (data.slice())`;
        if (measure(sides, values) !== found)
          return `measure gives another number for the same ${met}${atValues(values)}: make it a function of its arguments alone`;
      }
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

type Sides = { readonly real: MetricSide; readonly fake: MetricSide };

function isSame(a: Sides, b: Sides): boolean {
  return (['real', 'fake'] as const).every((side) => {
    const other = b[side].data;
    return a[side].data.every((value: number, i: number) => value === other[i]);
  });
}

const featuresOf =
  (size: number) =>
  (draw: number): FeatureSamples => {
    const drawn = new Float32Array(TRIED * size);
    randomStream(1, 0).normals(draw, drawn);
    return { kind: 'features', count: TRIED, size, data: Float64Array.from(drawn) };
  };

function pointsOf(draw: number): PointSamples {
  const data = new Float32Array(2 * TRIED);
  randomStream(1, 0).normals(draw, data);
  return { kind: 'points', count: TRIED, data };
}

const imagesOf =
  (channels: number) =>
  (draw: number): ImageSamples => {
    const words = new Uint32Array(TRIED * SIDE * SIDE * channels);
    randomStream(1, 0).words(draw, words);
    const data = Uint8Array.from(words, (word) => word >>> 24);
    return { kind: 'images', count: TRIED, height: SIDE, width: SIDE, channels, data };
  };
