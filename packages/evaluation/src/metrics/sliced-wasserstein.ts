import type { FeatureMatrix } from './feature-matrix.ts';
import { sortNumbers } from './sort-numbers.ts';

/** Projections of a set of points on directions, each sorted. */
export interface SortedProjections {
  readonly points: number;
  /** One ascending list of `points` values a direction. */
  readonly lists: readonly Float64Array[];
}

/**
 * Projects points of the plane on directions at even angles (k + ½)·π/count; for the plane this is the midpoint rule,
 * which no random choice of directions beats. @param points `[n, 2]`.
 */
export function sortedProjections(points: FeatureMatrix, directions: number): SortedProjections {
  if (points.columns !== 2) throw new RangeError(`points of the plane have 2 coordinates, not ${points.columns}`);
  const lists = Array.from({ length: directions }, (_, k) => {
    const angle = ((k + 0.5) * Math.PI) / directions;
    const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
    const list = new Float64Array(points.rows);
    project(points.data, [cosine, sine], list);
    return sortNumbers(list);
  });
  return { points: points.rows, lists };
}

/**
 * Sliced Wasserstein distance of order p: (mean over directions of the one-dimensional Wᵖ)^(1/p), in units of the
 * points. Both sets have equally many points.
 * @see Rabin et al. (2011), "Wasserstein barycenter and its application to texture mixing"; Bonneel et al. (2015).
 */
export function slicedWasserstein(options: {
  readonly real: SortedProjections;
  readonly fake: SortedProjections;
  readonly order: 1 | 2;
}): number {
  const { real, fake, order } = options;
  if (real.points !== fake.points || real.lists.length !== fake.lists.length)
    throw new RangeError(`${real.points}×${real.lists.length} against ${fake.points}×${fake.lists.length} projections`);
  let sum = 0;
  real.lists.forEach((list, direction) => {
    const other = fake.lists[direction] as Float64Array;
    sum = order === 1 ? addGaps(sum, list, other) : addSquares(sum, list, other);
  });
  const mean = sum / (real.points * real.lists.length);
  return order === 1 ? mean : Math.sqrt(mean);
}

/** Coordinates along a direction. Loops of their own, which engines compile for these arrays alone. */
function project(data: FeatureMatrix['data'], [x, y]: readonly [number, number], out: Float64Array): void {
  for (let i = 0; i < out.length; i++) out[i] = x * (data[2 * i] as number) + y * (data[2 * i + 1] as number);
}

function addGaps(begin: number, a: Float64Array, b: Float64Array): number {
  let sum = begin;
  for (let i = 0; i < a.length; i++) sum += Math.abs((a[i] as number) - (b[i] as number));
  return sum;
}

function addSquares(begin: number, a: Float64Array, b: Float64Array): number {
  let sum = begin;
  for (let i = 0; i < a.length; i++) {
    const gap = (a[i] as number) - (b[i] as number);
    sum += gap * gap;
  }
  return sum;
}
