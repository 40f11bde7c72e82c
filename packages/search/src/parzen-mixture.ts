import { normalQuantile } from '@gansweep/domain';
import { normalBelow } from './normal-distribution.ts';

/** One direction in which configurations differ, without its values. */
export type Dimension =
  /** Coordinates in [0, 1]: the range on its own scale, so a logarithmic one is even in the logarithm. */
  | { readonly kind: 'real' }
  /** Ordered values: coordinates 0 … size − 1. */
  | { readonly kind: 'steps'; readonly size: number }
  /** Values without an order: coordinates 0 … size − 1. */
  | { readonly kind: 'choice'; readonly size: number };

/** How a mixture is made of what was observed. */
export interface ParzenPolicy {
  /** Weight of the uniform part, in observations. */
  readonly prior: number;
  /** Bandwidth in units of Scott's rule. */
  readonly bandwidth: number;
  /** Least bandwidth, of a range of length 1. */
  readonly bandwidthMin: number;
  /** How many observations of the whole range stand against the spread of the observed ones. */
  readonly spreadPrior: number;
  /** How many observations of a choice's other values stand against the observed one. */
  readonly choicePrior: number;
}

/** A density over a product of dimensions from which points can be drawn. */
export interface ParzenMixture {
  /** Logarithm of the density at coordinates, one a dimension. */
  logDensity(coordinates: readonly number[]): number;
  /** A point from `1 + dimensions` uniforms in (0, 1), beginning at `at`. */
  draw(uniforms: Float64Array, at: number): readonly number[];
}

const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);

/**
 * Kernel density over observed points: a product kernel on each, and a uniform part as the prior. Ranges have a normal
 * kernel truncated to the range, with Scott's bandwidth from the points' own spread; a choice keeps its value or takes any.
 * @param weights of the points, scaled here to a mean of 1.
 * @see Bergstra, Bardenet, Bengio & Kégl (2011), "Algorithms for hyper-parameter optimization", NeurIPS, section 4.
 * @see Falkner, Klein & Hutter (2018), "BOHB", arXiv:1807.01774, section 3.2 (one kernel over all dimensions).
 * @see Scott (1992), "Multivariate density estimation", section 6.3.
 */
export function parzenMixture(
  dimensions: readonly Dimension[],
  observed: { readonly points: readonly (readonly number[])[]; readonly weights: readonly number[] },
  policy: ParzenPolicy,
): ParzenMixture {
  const { points } = observed;
  const count = points.length;
  const size = dimensions.length;
  const weightSum = observed.weights.reduce((sum, weight) => sum + weight, 0);
  const weights = observed.weights.map((weight) => (weight * count) / weightSum);
  const total = count + policy.prior;
  const ordered = dimensions.map((dimension) => dimension.kind !== 'choice');
  const centres = points.map((point) =>
    Float64Array.from(dimensions, (dimension, j) => unitOf(dimension, point[j] ?? 0)),
  );
  const widths = Float64Array.from(dimensions, (dimension, j) =>
    dimension.kind === 'choice'
      ? policy.choicePrior / (count + policy.choicePrior)
      : bandwidthOf(dimension, { values: centres.map((centre) => centre[j] ?? 0), weights, size }, policy),
  );
  const inverse = widths.map((width) => 1 / width);
  /** Logarithm of each component's weight over what its kernels integrate to. */
  const logScales = centres.map((centre, i) => {
    let log = Math.log((weights[i] ?? 0) / total);
    for (let j = 0; j < size; j++)
      if (ordered[j]) {
        const [mean, width] = [centre[j] as number, widths[j] as number];
        log -=
          Math.log(normalBelow((1 - mean) / width) - normalBelow(-mean / width)) + Math.log(width) + HALF_LOG_TWO_PI;
      }
    return log;
  });
  const uniformPart =
    (policy.prior / total) *
    dimensions.reduce((product, dimension) => product / (dimension.kind === 'choice' ? dimension.size : 1), 1);
  const same = dimensions.map((dimension, j) =>
    dimension.kind === 'choice' ? Math.log(1 - (widths[j] as number) * (1 - 1 / dimension.size)) : 0,
  );
  const different = dimensions.map((dimension, j) =>
    dimension.kind === 'choice' ? Math.log((widths[j] as number) / dimension.size) : 0,
  );

  return {
    logDensity(coordinates) {
      const at = dimensions.map((dimension, j) => unitOf(dimension, coordinates[j] ?? 0));
      let density = uniformPart;
      for (let i = 0; i < count; i++) {
        const centre = centres[i] as Float64Array;
        let log = logScales[i] as number;
        for (let j = 0; j < size; j++)
          if (ordered[j]) {
            const z = ((at[j] as number) - (centre[j] as number)) * (inverse[j] as number);
            log -= 0.5 * z * z;
          } else log += at[j] === centre[j] ? (same[j] as number) : (different[j] as number);
        density += Math.exp(log);
      }
      return Math.log(density);
    },

    draw(uniforms, at) {
      let rest = (uniforms[at] as number) * total;
      const chosen = weights.findIndex((weight) => {
        rest -= weight;
        return rest < 0;
      });
      return dimensions.map((dimension, j) => {
        const uniform = uniforms[at + 1 + j] as number;
        const centre = centres[chosen]?.[j];
        const width = widths[j] as number;
        if (centre === undefined) return coordinateOfUnit(dimension, uniform);
        if (dimension.kind === 'choice')
          return uniform >= width ? centre : coordinateOfUnit(dimension, uniform / width);
        const [low, high] = [normalBelow(-centre / width), normalBelow((1 - centre) / width)];
        const unit = centre + width * normalQuantile(low + uniform * (high - low));
        return coordinateOfUnit(dimension, Math.min(1, Math.max(0, unit)));
      });
    },
  };
}

/** Ordered coordinates as places in [0, 1], steps at the middle of theirs; a choice stays an index. */
function unitOf(dimension: Dimension, coordinate: number): number {
  return dimension.kind === 'steps' ? (coordinate + 0.5) / dimension.size : coordinate;
}

function coordinateOfUnit(dimension: Dimension, unit: number): number {
  return dimension.kind === 'real' ? unit : Math.min(dimension.size - 1, Math.floor(unit * dimension.size));
}

/** Scott's rule on the weighted spread, which shrinks from that of the whole range as points gather. */
function bandwidthOf(
  dimension: Extract<Dimension, { kind: 'real' | 'steps' }>,
  {
    values,
    weights,
    size,
  }: { readonly values: readonly number[]; readonly weights: readonly number[]; readonly size: number },
  policy: ParzenPolicy,
): number {
  const count = values.length;
  const mean = values.reduce((sum, value, i) => sum + value * (weights[i] ?? 0), 0) / Math.max(1, count);
  const squares = values.reduce((sum, value, i) => sum + (weights[i] ?? 0) * (value - mean) ** 2, 0);
  const spread = Math.sqrt((squares + policy.spreadPrior / 12) / (count + policy.spreadPrior));
  const scott = spread * Math.max(1, count) ** (-1 / (4 + size));
  const least = dimension.kind === 'steps' ? Math.max(policy.bandwidthMin, 0.5 / dimension.size) : policy.bandwidthMin;
  return Math.min(1, Math.max(least, policy.bandwidth * scott));
}
