import {
  type ImageReals,
  type ImageSamples,
  lawModes,
  type PlaneLaw,
  type PlaneReals,
  type PointSamples,
  type Samples,
} from '@gansweep/domain';

/** What the samples of the fixed noise say by themselves, without an extractor: curves of a run beside its losses. */
export interface SampleMeasures {
  /** Mean distance between two fakes / mean distance between two reals: 1 for the same law, 0 where all are one. */
  readonly sampleDiversity: number;
  /** Modes of the law that get at least a quarter of their share of the points near them; laws with modes only. */
  readonly sampleModes?: number;
  /**
   * Median distance of a fake to the nearest training image / the same of a held-out image: about 1 for new images, 0
   * for copies. Small training sets only.
   */
  readonly sampleNovelty?: number;
}

/** Measures samples against the reals that it was opened with; null where a sample is not finite. */
export type MeasureSamples = (samples: Samples) => SampleMeasures | null;

/** Positions in a run at which its samples are measured: so many, evenly. */
export const LOOKS = 20;

const POINTS = 256;
const IMAGES = 64;
/** Images are compared at this side or less, in grey: what differs between two of them is still there. */
const SIDE = 16;
/** Larger sets would cost more than the training between two looks, and are not learned by heart within it. */
const NOVELTY_IMAGES_MAX = 2_000;
/** A mode counts as found with this part of its even share of the points. */
const SHARE_OF_FAIR = 0.25;
/** A point is near its mode within this part of the distance to the next mode. */
const NEAR = 0.35;
/** One set of real points for every run. */
const REAL_SEED = 1;

/** @param options `law` names the law whose points `train` draws. */
export function sampleMeasures(
  options:
    | { readonly train: PlaneReals; readonly law: PlaneLaw }
    | { readonly train: ImageReals; readonly heldOut: ImageReals },
): MeasureSamples {
  return 'law' in options ? measurePoints(options) : measureImages(options);
}

function measurePoints({ train, law }: { readonly train: PlaneReals; readonly law: PlaneLaw }): MeasureSamples {
  const reals = new Float32Array(2 * POINTS);
  train.draw(REAL_SEED, 0, reals);
  const spread = meanDistanceOfPoints(reals);
  const modes = lawModes(law)?.centres ?? null;
  return (samples) => {
    if (samples.kind !== 'points' || !samples.data.every(Number.isFinite)) return null;
    const sampleDiversity = meanDistanceOfPoints(samples.data.subarray(0, 2 * POINTS)) / spread;
    return modes ? { sampleDiversity, sampleModes: modesFound(samples, modes) } : { sampleDiversity };
  };
}

/** Plain loops over numbers: this is done at every look of every run, and must cost less than the training between two. */
function modesFound({ count, data }: PointSamples, centres: readonly (readonly [number, number])[]): number {
  const xs = Float64Array.from(centres, ([x]) => x);
  const ys = Float64Array.from(centres, ([, y]) => y);
  const near = Float64Array.from(centres, ([x, y], i) =>
    Math.min(...centres.filter((_, j) => j !== i).map((other) => NEAR ** 2 * squared(other[0] - x, other[1] - y))),
  );
  const counts = new Uint32Array(centres.length);
  for (let i = 0; i < count; i++)
    for (let k = 0; k < counts.length; k++) {
      const dx = (data[2 * i] as number) - (xs[k] as number);
      const dy = (data[2 * i + 1] as number) - (ys[k] as number);
      if (dx * dx + dy * dy >= (near[k] as number)) continue;
      counts[k] = (counts[k] as number) + 1;
      break;
    }
  const enough = (SHARE_OF_FAIR * count) / centres.length;
  return counts.filter((found) => found >= enough).length;
}

const squared = (x: number, y: number): number => x * x + y * y;

function measureImages({
  train,
  heldOut,
}: {
  readonly train: ImageReals;
  readonly heldOut: ImageReals;
}): MeasureSamples {
  const columns = featuresPerImage(train);
  const some = evenly(train, IMAGES);
  const spread = meanDistance(some, columns);
  const all = train.count <= NOVELTY_IMAGES_MAX ? evenly(train, train.count) : null;
  const usual = all ? medianNearest(evenly(heldOut, IMAGES), all, columns) : 0;
  return (samples) => {
    if (samples.kind !== 'images') return null;
    const fakes = featuresOf({ ...samples, count: Math.min(samples.count, IMAGES) });
    const sampleDiversity = meanDistance(fakes, columns) / spread;
    return all && usual > 0
      ? { sampleDiversity, sampleNovelty: medianNearest(fakes, all, columns) / usual }
      : { sampleDiversity };
  };
}

/** Features of `count` images at even positions. */
function evenly(images: ImageReals, count: number): Float32Array {
  const { height, width, channels } = images;
  const shown = Math.min(count, images.count);
  const positions = Uint32Array.from({ length: shown }, (_, i) => Math.floor((i * images.count) / shown));
  const columns = featuresPerImage(images);
  const features = new Float32Array(shown * columns);
  const each = height * width * channels;
  const pixels = new Uint8Array(Math.min(shown, IMAGES) * each);
  for (let from = 0; from < shown; from += IMAGES) {
    const part = positions.subarray(from, from + IMAGES);
    const data = pixels.subarray(0, part.length * each);
    images.copy(part, data);
    features.set(featuresOf({ kind: 'images', count: part.length, height, width, channels, data }), from * columns);
  }
  return features;
}

/** Grey cells of an image. */
export function featuresPerImage({ height, width }: Pick<ImageReals, 'height' | 'width'>): number {
  return Math.min(height, SIDE) * Math.min(width, SIDE);
}

/** Means over cells of at most 16×16 and over channels, `[count, cells]`, in 0…255. */
export function featuresOf({ count, height, width, channels, data }: ImageSamples): Float32Array {
  const [rows, columns] = [Math.min(height, SIDE), Math.min(width, SIDE)];
  const out = new Float32Array(count * rows * columns);
  const cells = new Float64Array(rows * columns);
  const pixels = new Float64Array(rows * columns);
  for (let image = 0; image < count; image++) {
    cells.fill(0);
    pixels.fill(0);
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const cell = Math.floor((y * rows) / height) * columns + Math.floor((x * columns) / width);
        const from = ((image * height + y) * width + x) * channels;
        for (let c = 0; c < channels; c++) cells[cell] = (cells[cell] as number) + (data[from + c] as number);
        pixels[cell] = (pixels[cell] as number) + channels;
      }
    for (let cell = 0; cell < cells.length; cell++)
      out[image * cells.length + cell] = (cells[cell] as number) / (pixels[cell] as number);
  }
  return out;
}

/** `meanDistance` of two columns, in plain loops: it is done at every look of the smallest runs. */
function meanDistanceOfPoints(points: Float32Array): number {
  const count = points.length / 2;
  let total = 0;
  for (let i = 0; i < count; i++) {
    const x = points[2 * i] as number;
    const y = points[2 * i + 1] as number;
    for (let j = 0; j < i; j++) {
      const dx = (points[2 * j] as number) - x;
      const dy = (points[2 * j + 1] as number) - y;
      total += Math.sqrt(dx * dx + dy * dy);
    }
  }
  return total / ((count * (count - 1)) / 2);
}

/** Mean Euclidean distance over all pairs of rows. */
function meanDistance(rows: Float32Array, columns: number): number {
  const count = rows.length / columns;
  let total = 0;
  for (let i = 0; i < count; i++) for (let j = 0; j < i; j++) total += distance(rows, i, rows, j, columns);
  return total / ((count * (count - 1)) / 2);
}

function medianNearest(rows: Float32Array, others: Float32Array, columns: number): number {
  const nearest = new Float64Array(rows.length / columns);
  for (let i = 0; i < nearest.length; i++) {
    let least = Number.POSITIVE_INFINITY;
    for (let j = 0; j < others.length; j += columns) {
      let sum = 0;
      for (let c = 0; c < columns && sum < least; c++)
        sum += ((rows[i * columns + c] as number) - (others[j + c] as number)) ** 2;
      least = Math.min(least, sum);
    }
    nearest[i] = least;
  }
  return Math.sqrt(nearest.sort()[Math.floor(nearest.length / 2)] as number);
}

function distance(a: Float32Array, i: number, b: Float32Array, j: number, columns: number): number {
  let sum = 0;
  for (let c = 0; c < columns; c++) sum += ((a[i * columns + c] as number) - (b[j * columns + c] as number)) ** 2;
  return Math.sqrt(sum);
}
