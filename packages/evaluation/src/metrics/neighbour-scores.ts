import type { FeatureMatrix } from './feature-matrix.ts';
import { rowDistances } from './row-distances.ts';

/** A feature set with the distance of every sample to its nearest neighbours in the set. */
export interface Neighbourhoods {
  readonly features: FeatureMatrix;
  /** Neighbours kept for each sample. */
  readonly kept: number;
  /** `[rows, kept]`: squared distances to the nearest neighbours, self excluded, ascending. */
  readonly squaredDistances: Float64Array;
}

/** Finds the `kept` nearest neighbours of every sample by comparing all pairs. */
export function neighbourhoods(features: FeatureMatrix, kept: number): Neighbourhoods {
  const { rows } = features;
  if (rows <= kept) throw new RangeError(`${kept} neighbours need more than ${kept} samples, not ${rows}`);
  const nearest = new Float64Array(rows * kept).fill(Number.POSITIVE_INFINITY);
  const distances = rowDistances(features, features);
  for (let i = 0; i < rows - 1; i++) {
    const fromRow = distances(i, i + 1);
    for (let j = i + 1; j < rows; j++) {
      const distance = fromRow[j] as number;
      insert(nearest, i * kept, kept, distance);
      insert(nearest, j * kept, kept, distance);
    }
  }
  return { features, kept, squaredDistances: nearest };
}

/** Puts a value into an ascending list of fixed length, dropping the largest. */
function insert(list: Float64Array, start: number, length: number, value: number): void {
  let at = start + length - 1;
  if (value >= (list[at] as number)) return;
  for (; at > start && value < (list[at - 1] as number); at--) list[at] = list[at - 1] as number;
  list[at] = value;
}

export interface NeighbourScores {
  /** Share of fakes inside the union of the real balls. */
  readonly precision: number;
  /** Share of reals inside the union of the fake balls. */
  readonly recall: number;
  /** Real balls that hold a fake, on average over the fakes, divided by k; 1 for equal laws, unbounded above. */
  readonly density: number;
  /** Share of real balls that hold at least one fake. */
  readonly coverage: number;
}

/**
 * Improved precision and recall, density and coverage. The ball of a sample reaches to its k-th neighbour.
 * Precision and recall count the border (`<=`), density and coverage do not (`<`), each as in its reference code.
 * @param manifoldK k of precision and recall. @param coverageK k of density and coverage.
 * @see Kynkäänniemi et al. (2019), arXiv:1904.06991; Naeem et al. (2020), arXiv:2002.09797.
 */
export function neighbourScores({
  real,
  fake,
  manifoldK,
  coverageK,
}: {
  readonly real: Neighbourhoods;
  readonly fake: Neighbourhoods;
  readonly manifoldK: number;
  readonly coverageK: number;
}): NeighbourScores {
  if (real.features.columns !== fake.features.columns)
    throw new RangeError(`features have ${real.features.columns} and ${fake.features.columns} dimensions`);
  const realManifold = radii(real, manifoldK);
  const fakeManifold = radii(fake, manifoldK);
  const realCoverage = radii(real, coverageK);
  const n = real.features.rows;
  const m = fake.features.rows;
  const fakeInside = new Uint8Array(m);
  const distances = rowDistances(real.features, fake.features);
  let realsInside = 0;
  let realsCovered = 0;
  let containments = 0;
  for (let i = 0; i < n; i++) {
    const manifoldRadius = realManifold[i] as number;
    const coverageRadius = realCoverage[i] as number;
    let inside = false;
    let inBall = 0;
    const fromReal = distances(i, 0);
    for (let j = 0; j < m; j++) {
      const distance = fromReal[j] as number;
      if (distance <= manifoldRadius) fakeInside[j] = 1;
      if (distance <= (fakeManifold[j] as number)) inside = true;
      if (distance < coverageRadius) inBall++;
    }
    if (inside) realsInside++;
    if (inBall > 0) realsCovered++;
    containments += inBall;
  }
  return {
    precision: fakeInside.reduce((sum, value) => sum + value, 0) / m,
    recall: realsInside / n,
    density: containments / (coverageK * m),
    coverage: realsCovered / n,
  };
}

/** Squared radius of every ball for the k-th neighbour. */
function radii({ squaredDistances, kept, features }: Neighbourhoods, k: number): Float64Array {
  if (k < 1 || k > kept) throw new RangeError(`neighbour ${k} of ${kept}`);
  return Float64Array.from({ length: features.rows }, (_, i) => squaredDistances[i * kept + k - 1] as number);
}
