import { type NumberList, numberList } from '@gansweep/program/browser';
import type { FeatureMatrix } from './feature-matrix.ts';

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
  const list = numberList(points.rows);
  const lists = Array.from({ length: directions }, (_, direction) => {
    project(points, { direction, directions }, list.values);
    list.sort();
    return list.values.slice();
  });
  return { points: points.rows, lists };
}

/**
 * Sliced Wasserstein distance of order p: (mean over directions of the one-dimensional Wᵖ)^(1/p), in units of the
 * points. Both sets have equally many points.
 * @param fake `[n, 2]`; projected direction by direction, so that only one list of them exists at a time.
 * @see Rabin et al. (2011), "Wasserstein barycenter and its application to texture mixing"; Bonneel et al. (2015).
 */
export function slicedWasserstein(options: {
  readonly real: SortedProjections;
  readonly fake: FeatureMatrix;
  readonly order: 1 | 2;
}): number {
  const { real, fake, order } = options;
  const directions = real.lists.length;
  if (real.points !== fake.rows) throw new RangeError(`${real.points} real points against ${fake.rows} fakes`);
  const other = listOfFakes(fake.rows);
  let sum = 0;
  real.lists.forEach((list, direction) => {
    project(fake, { direction, directions }, other.values);
    other.sort();
    sum = order === 1 ? addGaps(sum, list, other.values) : addSquares(sum, list, other.values);
  });
  const mean = sum / (real.points * directions);
  return order === 1 ? mean : Math.sqrt(mean);
}

/** The list of the length that was asked for last: every evaluation has the same, and making one takes as long as sorting a few. */
let lastList: NumberList | null = null;

function listOfFakes(length: number): NumberList {
  if (lastList?.values.length !== length) lastList = numberList(length);
  return lastList;
}

/** Coordinates along the direction of angle (direction + ½)·π/directions. */
function project(
  points: FeatureMatrix,
  { direction, directions }: { readonly direction: number; readonly directions: number },
  out: Float64Array,
): void {
  if (points.columns !== 2) throw new RangeError(`points of the plane have 2 coordinates, not ${points.columns}`);
  const angle = ((direction + 0.5) * Math.PI) / directions;
  const [x, y] = [Math.cos(angle), Math.sin(angle)];
  const { data } = points;
  for (let i = 0; i < out.length; i++) out[i] = x * (data[2 * i] as number) + y * (data[2 * i + 1] as number);
}

// Loops of their own, which engines compile for these arrays alone.
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
