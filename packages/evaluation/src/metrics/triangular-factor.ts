import type { FeatureMatrix } from './feature-matrix.ts';

/**
 * R of A = QR by Householder reflections, `[columns, columns]`: RᵀR = AᵀA without forming that product, which would
 * square the condition number. @param matrix with rows ≥ columns.
 * @see Golub and Van Loan, "Matrix Computations", algorithm 5.2.1.
 */
export function triangularFactor(matrix: FeatureMatrix): FeatureMatrix {
  const { rows, columns: n } = matrix;
  if (rows < n) throw new RangeError(`${rows} rows are fewer than ${n} columns`);
  const a = matrix.data.slice();
  const projections = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    let square = 0;
    for (let i = k; i < rows; i++) square += (a[i * n + k] as number) ** 2;
    const length = Math.sqrt(square);
    if (length === 0) continue;
    const head = a[k * n + k] as number;
    const diagonal = head > 0 ? -length : length;
    // The reflector is v = column − diagonal·e, kept in place; vᵀv = 2·length·(length + |head|).
    a[k * n + k] = head - diagonal;
    const half = length * (length + Math.abs(head));
    projections.fill(0);
    for (let i = k; i < rows; i++) {
      const v = a[i * n + k] as number;
      for (let j = k + 1; j < n; j++) projections[j] = (projections[j] as number) + v * (a[i * n + j] as number);
    }
    for (let i = k; i < rows; i++) {
      const v = (a[i * n + k] as number) / half;
      for (let j = k + 1; j < n; j++) a[i * n + j] = (a[i * n + j] as number) - v * (projections[j] as number);
    }
    a[k * n + k] = diagonal;
  }
  const factor = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = i; j < n; j++) factor[i * n + j] = a[i * n + j] as number;
  return { rows: n, columns: n, data: factor };
}
