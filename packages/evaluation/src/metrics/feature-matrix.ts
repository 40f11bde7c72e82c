/** Features of samples: row-major `[rows, columns]`, one row a sample. */
export interface FeatureMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
}

/**
 * Features in float64. A value that is not finite is refused, because it would turn a score into NaN in silence.
 * @param values `[rows, columns]`, row-major; copied.
 */
export function featureMatrix(values: ArrayLike<number>, columns: number): FeatureMatrix {
  const rows = values.length / columns;
  if (!Number.isInteger(rows)) throw new RangeError(`${values.length} values do not fill rows of ${columns}`);
  const data = new Float64Array(values);
  for (let i = 0; i < data.length; i++)
    if (!Number.isFinite(data[i])) throw new RangeError(`sample ${Math.floor(i / columns)} has the feature ${data[i]}`);
  return { rows, columns, data };
}

/** The first `rows` rows, sharing memory. */
export function firstRows(matrix: FeatureMatrix, rows: number): FeatureMatrix {
  if (rows > matrix.rows) throw new RangeError(`${rows} rows of ${matrix.rows}`);
  return { rows, columns: matrix.columns, data: matrix.data.subarray(0, rows * matrix.columns) };
}

/** Column of the largest value of each row: the class that logits speak for. */
export function largestOfRows({ rows, columns, data }: FeatureMatrix): Uint8Array {
  return Uint8Array.from({ length: rows }, (_, i) => {
    const row = data.subarray(i * columns, (i + 1) * columns);
    return row.indexOf(Math.max(...row));
  });
}

/** Dot product of row i of `a` and row j of `b`; four partial sums keep the processor busy. */
export function rowDot(a: FeatureMatrix, i: number, b: FeatureMatrix, j: number): number {
  const { columns, data: left } = a;
  const right = b.data;
  let p = i * columns;
  let q = j * columns;
  const end = p + columns;
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  for (; p + 3 < end; p += 4, q += 4) {
    s0 += (left[p] as number) * (right[q] as number);
    s1 += (left[p + 1] as number) * (right[q + 1] as number);
    s2 += (left[p + 2] as number) * (right[q + 2] as number);
    s3 += (left[p + 3] as number) * (right[q + 3] as number);
  }
  for (; p < end; p++, q++) s0 += (left[p] as number) * (right[q] as number);
  return s0 + s1 + (s2 + s3);
}

/**
 * Squared Euclidean distance of row i of `a` and row j of `b`, from differences: ‖a‖² + ‖b‖² − 2a·b loses the digits
 * that decide whether a point lies inside a ball. The same bits when a and b swap.
 */
export function rowSquaredDistance(a: FeatureMatrix, i: number, b: FeatureMatrix, j: number): number {
  const { columns, data: left } = a;
  const right = b.data;
  let p = i * columns;
  let q = j * columns;
  const end = p + columns;
  let s0 = 0;
  let s1 = 0;
  for (; p + 1 < end; p += 2, q += 2) {
    const d0 = (left[p] as number) - (right[q] as number);
    const d1 = (left[p + 1] as number) - (right[q + 1] as number);
    s0 += d0 * d0;
    s1 += d1 * d1;
  }
  if (p < end) {
    const d = (left[p] as number) - (right[q] as number);
    s0 += d * d;
  }
  return s0 + s1;
}
