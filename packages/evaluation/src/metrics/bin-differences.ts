import { randomStream, STREAMS } from '@gansweep/domain';
import { jensenShannon } from './divergences.ts';
import { type FeatureMatrix, rowSquaredDistance } from './feature-matrix.ts';
import { randomSubset } from './random-subset.ts';

/** Bins of real samples: the cells of a k-means clustering. */
export interface Bins {
  /** `[bins, dimensions]`, in the whitened coordinates. */
  readonly centres: FeatureMatrix;
  /** Share of the reals in every bin. */
  readonly shares: Float64Array;
  readonly reals: number;
  /** Features looked at, ascending; all unless there are more than 1,000. */
  readonly dimensions: Uint32Array;
  readonly mean: Float64Array;
  readonly scale: Float64Array;
}

const DIMENSIONS_MAX = 1_000;
const ROUNDS_MAX = 40;

/**
 * Bins real samples by k-means (seeded k-means++ start, Lloyd's rounds until nothing moves or 40 are done). Features are
 * whitened one by one (mean 0, deviation 1; a constant one stays 0); of more than 1,000 a seeded sixth is looked at.
 * @see Richardson and Weiss (2018), "On GANs and GMMs", arXiv:1805.12462, and the code eitanrich/gans-n-gmms.
 */
export function realBins({
  real,
  bins,
  seed,
}: {
  readonly real: FeatureMatrix;
  readonly bins: number;
  readonly seed: number;
}): Bins {
  if (bins < 1 || real.rows < bins) throw new RangeError(`${bins} bins of ${real.rows} samples`);
  const dimensions =
    real.columns > DIMENSIONS_MAX
      ? randomSubset({
          from: real.columns,
          size: Math.floor(real.columns / 6),
          seed,
          stream: STREAMS.bins,
          draw: 0,
        })
      : Uint32Array.from({ length: real.columns }, (_, k) => k);
  const { mean, scale } = whitening(real, dimensions);
  const points = whitened(real, { dimensions, mean, scale });
  const centres = cluster(points, bins, seed);
  return { centres, shares: sharesOf(assign(points, centres), bins), reals: real.rows, dimensions, mean, scale };
}

export interface BinDifferences {
  /** Bins whose shares of reals and fakes differ significantly. */
  readonly different: number;
  readonly bins: number;
  /** `different / bins`; the same law gives about the significance level. */
  readonly share: number;
  /** Jensen–Shannon divergence of the two histograms, in nats. */
  readonly js: number;
}

/** Number of statistically different bins. @param z critical value of the two-sided test: 1.959964 for 5 %. */
export function binDifferences({
  bins,
  fake,
  z,
}: {
  readonly bins: Bins;
  readonly fake: FeatureMatrix;
  readonly z: number;
}): BinDifferences {
  const count = bins.shares.length;
  const shares = sharesOf(assign(whitened(fake, bins), bins.centres), count);
  let different = 0;
  shares.forEach((share, bin) => {
    const found = proportionZ({ p1: bins.shares[bin] as number, n1: bins.reals, p2: share, n2: fake.rows });
    if (Math.abs(found) > z) different++;
  });
  return { different, bins: count, share: different / count, js: jensenShannon(bins.shares, shares) };
}

/**
 * z of the test whether two proportions are equal, with the pooled proportion in the standard error; 0 where both are 0 or 1.
 */
export function proportionZ(options: {
  readonly p1: number;
  readonly n1: number;
  readonly p2: number;
  readonly n2: number;
}): number {
  const { p1, n1, p2, n2 } = options;
  const pooled = (p1 * n1 + p2 * n2) / (n1 + n2);
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2));
  return error === 0 ? 0 : (p1 - p2) / error;
}

type Whitening = Pick<Bins, 'dimensions' | 'mean' | 'scale'>;

function whitening({ rows, columns, data }: FeatureMatrix, dimensions: Uint32Array): Pick<Bins, 'mean' | 'scale'> {
  const mean = new Float64Array(dimensions.length);
  const scale = new Float64Array(dimensions.length);
  dimensions.forEach((column, k) => {
    let sum = 0;
    for (let i = 0; i < rows; i++) sum += data[i * columns + column] as number;
    const middle = sum / rows;
    let squares = 0;
    for (let i = 0; i < rows; i++) squares += ((data[i * columns + column] as number) - middle) ** 2;
    mean[k] = middle;
    scale[k] = squares === 0 ? 0 : 1 / Math.sqrt(squares / rows);
  });
  return { mean, scale };
}

function whitened(features: FeatureMatrix, { dimensions, mean, scale }: Whitening): FeatureMatrix {
  const columns = dimensions.length;
  const data = new Float64Array(features.rows * columns);
  for (let i = 0; i < features.rows; i++)
    dimensions.forEach((column, k) => {
      const value = features.data[i * features.columns + column];
      if (value === undefined) throw new RangeError(`features have ${features.columns} dimensions, no ${column}`);
      data[i * columns + k] = (value - (mean[k] as number)) * (scale[k] as number);
    });
  return { rows: features.rows, columns, data };
}

function cluster(points: FeatureMatrix, bins: number, seed: number): FeatureMatrix {
  let centres = startCentres(points, bins, seed);
  let assigned = assign(points, centres);
  for (let round = 0; round < ROUNDS_MAX; round++) {
    centres = meansOf(points, assigned, centres);
    const next = assign(points, centres);
    if (next.every((bin, i) => bin === assigned[i])) break;
    assigned = next;
  }
  return centres;
}

/** k-means++: each centre a point, drawn in proportion to its squared distance from the centres so far. */
function startCentres(points: FeatureMatrix, bins: number, seed: number): FeatureMatrix {
  const { rows, columns, data } = points;
  const uniforms = new Float64Array(bins);
  randomStream(seed, STREAMS.bins).uniforms(1, uniforms);
  const nearest = new Float64Array(rows).fill(1);
  const centres = new Float64Array(bins * columns);
  for (let bin = 0; bin < bins; bin++) {
    const chosen = drawn(nearest, uniforms[bin] as number);
    centres.set(data.subarray(chosen * columns, (chosen + 1) * columns), bin * columns);
    for (let i = 0; i < rows; i++) {
      const distance = rowSquaredDistance(points, chosen, points, i);
      if (bin === 0 || distance < (nearest[i] as number)) nearest[i] = distance;
    }
  }
  return { rows: bins, columns, data: centres };
}

/** A position drawn in proportion to the weights; the first where all are zero. */
function drawn(weights: Float64Array, uniform: number): number {
  let total = 0;
  for (const weight of weights) total += weight;
  let left = uniform * total;
  for (let i = 0; i < weights.length; i++) {
    left -= weights[i] as number;
    if (left < 0) return i;
  }
  return 0;
}

function assign(points: FeatureMatrix, centres: FeatureMatrix): Uint32Array {
  return Uint32Array.from({ length: points.rows }, (_, i) => {
    let nearest = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let bin = 0; bin < centres.rows; bin++) {
      const distance = rowSquaredDistance(points, i, centres, bin);
      if (distance < least) [least, nearest] = [distance, bin];
    }
    return nearest;
  });
}

/** Means of the bins; one that lost all its points keeps its centre. */
function meansOf(points: FeatureMatrix, assigned: Uint32Array, before: FeatureMatrix): FeatureMatrix {
  const { columns, data } = points;
  const sums = new Float64Array(before.data.length);
  const counts = new Float64Array(before.rows);
  assigned.forEach((bin, i) => {
    counts[bin] = (counts[bin] as number) + 1;
    for (let k = 0; k < columns; k++)
      sums[bin * columns + k] = (sums[bin * columns + k] as number) + (data[i * columns + k] as number);
  });
  return {
    rows: before.rows,
    columns,
    data: sums.map((sum, at) => {
      const count = counts[Math.floor(at / columns)] as number;
      return count === 0 ? (before.data[at] as number) : sum / count;
    }),
  };
}

function sharesOf(assigned: Uint32Array, bins: number): Float64Array {
  const shares = new Float64Array(bins);
  for (const bin of assigned) shares[bin] = (shares[bin] as number) + 1;
  return shares.map((count) => count / assigned.length);
}
