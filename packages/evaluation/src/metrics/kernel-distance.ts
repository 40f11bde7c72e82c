import { STREAMS } from '@gansweep/domain';
import { type FeatureMatrix, rowDot } from './feature-matrix.ts';
import { randomSubset } from './random-subset.ts';

/** Kernel values of two feature sets, summed over chosen rows and columns. */
export interface KernelTable {
  readonly rows: number;
  readonly columns: number;
  /** Σ k(x_i, y_j) over i in `rows`, j in `columns`. */
  sum(rows: Uint32Array, columns: Uint32Array): number;
  /** Σ k(x_i, x_j) over ordered pairs i ≠ j in `chosen`; only of a set with itself, where the kernel is symmetric. */
  offDiagonalSum(chosen: Uint32Array): number;
}

/** Entries of a table that is kept in memory: 128 MiB of float64. Larger ones are computed as they are summed. */
const TABLE_ENTRIES_MAX = 2 ** 24;

/**
 * The cubic kernel k(x, y) = (x·y/d + 1)³ between the rows of two sets.
 * @param entriesMax largest table that is computed once and kept; the sums are the same bits either way.
 */
export function kernelTable(x: FeatureMatrix, y: FeatureMatrix, entriesMax = TABLE_ENTRIES_MAX): KernelTable {
  if (x.columns !== y.columns) throw new RangeError(`features have ${x.columns} and ${y.columns} dimensions`);
  const kernel = (i: number, j: number): number => {
    const base = rowDot(x, i, y, j) / x.columns + 1;
    return base * base * base;
  };
  const kept = x.rows * y.rows <= entriesMax ? fullTable(x, y, kernel) : null;
  const row = new Float64Array(kept === null ? y.rows : 0);
  const rowSum = (i: number, columns: Uint32Array, from: number): number => {
    if (kept !== null) return gatherSum(kept, i * y.rows, columns, from);
    for (let c = from; c < columns.length; c++) row[columns[c] as number] = kernel(i, columns[c] as number);
    return gatherSum(row, 0, columns, from);
  };
  return {
    rows: x.rows,
    columns: y.rows,
    sum: (rows, columns) => {
      let total = 0;
      for (const i of rows) total += rowSum(i, columns, 0);
      return total;
    },
    offDiagonalSum: (chosen) => {
      let total = 0;
      chosen.forEach((i, position) => {
        total += rowSum(i, chosen, position + 1);
      });
      return 2 * total;
    },
  };
}

/** Σ values[start + columns[c]] over c ≥ from; four partial sums keep the processor busy. */
function gatherSum(values: Float64Array, start: number, columns: Uint32Array, from: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let c = from;
  for (; c + 3 < columns.length; c += 4) {
    s0 += values[start + (columns[c] as number)] as number;
    s1 += values[start + (columns[c + 1] as number)] as number;
    s2 += values[start + (columns[c + 2] as number)] as number;
    s3 += values[start + (columns[c + 3] as number)] as number;
  }
  for (; c < columns.length; c++) s0 += values[start + (columns[c] as number)] as number;
  return s0 + s1 + (s2 + s3);
}

function fullTable(x: FeatureMatrix, y: FeatureMatrix, kernel: (i: number, j: number) => number): Float64Array {
  const table = new Float64Array(x.rows * y.rows);
  for (let i = 0; i < x.rows; i++)
    for (let j = 0; j < y.rows; j++)
      // A set with itself: the kernel is symmetric, in float64 too.
      table[i * y.rows + j] = x === y && j < i ? (table[j * y.rows + i] as number) : kernel(i, j);
  return table;
}

export interface KernelDistance {
  /** Mean over the subsets; unbiased, so slightly negative values occur. */
  readonly mean: number;
  /** Standard deviation over the subsets (divisor subsets − 1); 0 with one subset. */
  readonly deviation: number;
  readonly subsets: number;
  readonly subsetSize: number;
}

/**
 * Kernel distance (KID with the features that are given): unbiased squared maximum mean discrepancy, averaged over
 * random subsets drawn without replacement on each side.
 * @param tables of real with real, fake with fake, real with fake (rows real).
 * @see Bińkowski et al. (2018), "Demystifying MMD GANs", arXiv:1801.01401.
 */
export function kernelDistance({
  realReal,
  fakeFake,
  realFake,
  subsets,
  subsetSize,
  seed,
}: {
  readonly realReal: KernelTable;
  readonly fakeFake: KernelTable;
  readonly realFake: KernelTable;
  readonly subsets: number;
  /** Largest size of a subset; the smaller side bounds it. */
  readonly subsetSize: number;
  readonly seed: number;
}): KernelDistance {
  const m = Math.min(subsetSize, realReal.rows, fakeFake.rows);
  if (m < 2) throw new RangeError(`a kernel distance needs at least 2 samples a side, not ${m}`);
  const values = Array.from({ length: subsets }, (_, subset) => {
    const choice = { size: m, seed, stream: STREAMS.kidSubsets };
    const real = randomSubset({ ...choice, from: realReal.rows, draw: 2 * subset });
    const fake = randomSubset({ ...choice, from: fakeFake.rows, draw: 2 * subset + 1 });
    const within = realReal.offDiagonalSum(real) + fakeFake.offDiagonalSum(fake);
    return within / (m * (m - 1)) - (2 * realFake.sum(real, fake)) / (m * m);
  });
  const mean = values.reduce((sum, value) => sum + value, 0) / subsets;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: subsets < 2 ? 0 : Math.sqrt(squares / (subsets - 1)), subsets, subsetSize: m };
}
