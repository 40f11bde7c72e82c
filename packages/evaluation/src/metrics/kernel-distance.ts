import { randomStream, STREAMS } from '@gansweep/domain';
import { type FeatureMatrix, rowDot } from './feature-matrix.ts';

/** Kernel values of two feature sets, summed over chosen rows and columns. */
export interface KernelTable {
  readonly rows: number;
  readonly columns: number;
  /** Σ k(x_i, y_j) over i in `rows`, j in `columns`. */
  sum(rows: Uint32Array, columns: Uint32Array): number;
  /** Σ k(x_i, x_i) over i in `rows`; only of a set with itself. */
  diagonal(rows: Uint32Array): number;
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
  return {
    rows: x.rows,
    columns: y.rows,
    sum: (rows, columns) => {
      let total = 0;
      for (const i of rows) {
        let ofRow = 0;
        if (kept === null) for (const j of columns) ofRow += kernel(i, j);
        else {
          const start = i * y.rows;
          for (const j of columns) ofRow += kept[start + j] as number;
        }
        total += ofRow;
      }
      return total;
    },
    diagonal: (rows) => {
      let total = 0;
      for (const i of rows) total += kernel(i, i);
      return total;
    },
  };
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
    const real = drawSubset({ from: realReal.rows, size: m, seed, draw: 2 * subset });
    const fake = drawSubset({ from: fakeFake.rows, size: m, seed, draw: 2 * subset + 1 });
    const within =
      realReal.sum(real, real) - realReal.diagonal(real) + (fakeFake.sum(fake, fake) - fakeFake.diagonal(fake));
    return within / (m * (m - 1)) - (2 * realFake.sum(real, fake)) / (m * m);
  });
  const mean = values.reduce((sum, value) => sum + value, 0) / subsets;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: subsets < 2 ? 0 : Math.sqrt(squares / (subsets - 1)), subsets, subsetSize: m };
}

/** Positions of a subset without replacement: the first `size` of a seeded shuffle, in ascending order. */
function drawSubset(options: { from: number; size: number; seed: number; draw: number }): Uint32Array {
  const { from, size, seed, draw } = options;
  const order = Uint32Array.from({ length: from }, (_, i) => i);
  const uniforms = new Float64Array(size);
  randomStream(seed, STREAMS.kidSubsets).uniforms(draw, uniforms);
  for (let i = 0; i < size; i++) {
    const j = i + Math.floor((uniforms[i] as number) * (from - i));
    const picked = order[j] as number;
    order[j] = order[i] as number;
    order[i] = picked;
  }
  return order.subarray(0, size).sort();
}
