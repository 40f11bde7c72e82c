import type { FeatureMatrix } from './feature-matrix.ts';

const SWEEPS_MAX = 60;

/**
 * Sum of the singular values, by one-sided Jacobi rotations: rows are rotated in pairs until all are orthogonal, then
 * their lengths are the singular values. Small values keep their relative accuracy, so singular matrices need no jitter.
 * Cost: some ten sweeps of rows² · columns; meant for matrices of a few hundred rows.
 * @see Demmel and Veselić (1992), "Jacobi's method is more accurate than QR", SIAM J. Matrix Anal. Appl. 13.
 */
export function nuclearNorm(matrix: FeatureMatrix): number {
  const { rows, columns } = matrix;
  const work = matrix.data.slice();
  let total = 0;
  for (const value of work) total += value * value;
  // A row shorter than this adds nothing to the sum in float64; rotating it would chase rounding errors.
  const negligible = total * Number.EPSILON ** 2;
  for (let sweep = 0; sweep < SWEEPS_MAX; sweep++) {
    let rotated = false;
    for (let i = 0; i < rows - 1; i++)
      for (let j = i + 1; j < rows; j++) if (orthogonalise(work, columns, i, j, negligible)) rotated = true;
    if (!rotated) return sumOfLengths(work, rows, columns);
  }
  throw new Error(`no singular values of a ${rows}×${columns} matrix after ${SWEEPS_MAX} sweeps`);
}

/** Rotates rows i and j so that they become orthogonal; false when they already are. */
function orthogonalise(work: Float64Array, columns: number, i: number, j: number, negligible: number): boolean {
  const [p, q] = [i * columns, j * columns];
  let a = 0;
  let b = 0;
  let c = 0;
  for (let k = 0; k < columns; k++) {
    const x = work[p + k] as number;
    const y = work[q + k] as number;
    a += x * x;
    b += y * y;
    c += x * y;
  }
  if (a <= negligible || b <= negligible || Math.abs(c) <= 4 * Number.EPSILON * Math.sqrt(a * b)) return false;
  const zeta = (b - a) / (2 * c);
  const tangent = (zeta >= 0 ? 1 : -1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
  const cosine = 1 / Math.sqrt(1 + tangent * tangent);
  const sine = cosine * tangent;
  for (let k = 0; k < columns; k++) {
    const x = work[p + k] as number;
    const y = work[q + k] as number;
    work[p + k] = cosine * x - sine * y;
    work[q + k] = sine * x + cosine * y;
  }
  return true;
}

function sumOfLengths(work: Float64Array, rows: number, columns: number): number {
  let sum = 0;
  for (let i = 0; i < rows; i++) {
    let square = 0;
    for (let k = 0; k < columns; k++) square += (work[i * columns + k] as number) ** 2;
    sum += Math.sqrt(square);
  }
  return sum;
}
