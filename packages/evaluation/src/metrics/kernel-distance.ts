import { STREAMS } from '@gansweep/domain';
import { chosenSums, rowPairs } from '@gansweep/program';
import { type FeatureMatrix, rowDot } from './feature-matrix.ts';
import { randomSubset } from './random-subset.ts';

/** Kernel values of two feature sets, summed over chosen rows and columns. */
export interface KernelTable {
  readonly rows: number;
  readonly columns: number;
  /** For each choice: Σ k(x_i, y_j) over i in its `rows`, j in its `columns`, both ascending. */
  sums(choices: readonly { readonly rows: Uint32Array; readonly columns: Uint32Array }[]): Float64Array;
  /**
   * For each choice: Σ k(x_i, x_j) over ordered pairs i ≠ j in it, ascending; only of a set with itself, where the kernel
   * is symmetric. Asked again for the same choices, it remembers.
   */
  offDiagonalSums(choices: readonly Uint32Array[]): Float64Array;
}

/**
 * The cubic kernel k(x, y) = (x·y/d + 1)³ between the rows of two sets. A row of it is made when it is summed and seen by
 * every choice then, so that no table has to be kept.
 */
export function kernelTable(x: FeatureMatrix, y: FeatureMatrix): KernelTable {
  if (x.columns !== y.columns) throw new RangeError(`features have ${x.columns} and ${y.columns} dimensions`);
  const dots = dotsOf(x, y);
  /** Writes k(x_i, y_j) for j ≥ from, `step` places apart. */
  const fillRow = (i: number, from: number, out: Float64Array, offset: number, step: number): void => {
    const products = dots(i, from);
    for (let j = from; j < y.rows; j++) {
      const base = (products[j] as number) / x.columns + 1;
      out[j * step + offset] = base * base * base;
    }
  };
  let remembered: { readonly choices: readonly Uint32Array[]; readonly sums: Float64Array } | null = null;
  return {
    rows: x.rows,
    columns: y.rows,
    sums: (choices) => {
      const totals = new Float64Array(choices.length);
      const chosen = chosenSums(
        2,
        y.rows,
        choices.map(({ columns }) => columns),
      );
      const places = new Uint32Array(choices.length);
      for (let i = 0; i < x.rows; i += 2) {
        const has = choices.map(({ rows }, c) => {
          const at = places[c] as number;
          const first = rows[at] === i;
          const second = rows[first ? at + 1 : at] === i + 1;
          places[c] = at + (first ? 1 : 0) + (second ? 1 : 0);
          return (first ? 1 : 0) + (second ? 2 : 0);
        });
        if (has.every((none) => none === 0)) continue;
        fillRow(i, 0, chosen.values, 0, 2);
        if (i + 1 < x.rows) fillRow(i + 1, 0, chosen.values, 1, 2);
        has.forEach((which, c) => {
          if (which === 0) return;
          const [one, two] = chosen.sums(c) as unknown as readonly [number, number];
          // Row after row, as if each had been alone.
          if (which & 1) totals[c] = (totals[c] as number) + one;
          if (which & 2) totals[c] = (totals[c] as number) + two;
        });
      }
      return totals;
    },
    offDiagonalSums: (choices) => {
      if (remembered?.choices === choices) return remembered.sums;
      const totals = new Float64Array(choices.length);
      const chosen = chosenSums(1, y.rows, choices);
      const places = new Uint32Array(choices.length);
      for (let i = 0; i < x.rows; i++) {
        const rowOf = choices.flatMap((choice, c) => (choice[places[c] as number] === i ? [c] : []));
        if (rowOf.length === 0) continue;
        fillRow(i, i + 1, chosen.values, 0, 1);
        for (const c of rowOf) {
          places[c] = (places[c] as number) + 1;
          totals[c] = (totals[c] as number) + (chosen.sums(c, places[c]) as unknown as readonly [number])[0];
        }
      }
      const sums = totals.map((total) => 2 * total);
      remembered = { choices, sums };
      return sums;
    },
  };
}

/** x_i·y_j for all j ≥ from, in the order of `rowDot` to the bit. */
function dotsOf(x: FeatureMatrix, y: FeatureMatrix): (i: number, from: number) => Float64Array {
  if (x.columns % 4 === 0) return rowPairs(x, y).dots;
  const out = new Float64Array(y.rows);
  return (i, from) => {
    for (let j = from; j < y.rows; j++) out[j] = rowDot(x, i, y, j);
    return out;
  };
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
  const choice = { size: m, seed, subsets };
  const real = chosenSubsets({ ...choice, from: realReal.rows, side: 0 });
  const fake = chosenSubsets({ ...choice, from: fakeFake.rows, side: 1 });
  const withinReal = realReal.offDiagonalSums(real);
  const withinFake = fakeFake.offDiagonalSums(fake);
  const across = realFake.sums(real.map((rows, subset) => ({ rows, columns: fake[subset] as Uint32Array })));
  const values = Array.from({ length: subsets }, (_, subset) => {
    const within = (withinReal[subset] as number) + (withinFake[subset] as number);
    return within / (m * (m - 1)) - (2 * (across[subset] as number)) / (m * m);
  });
  const mean = values.reduce((sum, value) => sum + value, 0) / subsets;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: subsets < 2 ? 0 : Math.sqrt(squares / (subsets - 1)), subsets, subsetSize: m };
}

/** Subsets depend on their request alone, and every evaluation of a process makes the same one. */
const chosenBefore = new Map<string, readonly Uint32Array[]>();
const REMEMBERED = 8;

function chosenSubsets(request: {
  readonly from: number;
  readonly size: number;
  readonly seed: number;
  readonly subsets: number;
  readonly side: 0 | 1;
}): readonly Uint32Array[] {
  const { from, size, seed, subsets, side } = request;
  const key = JSON.stringify([from, size, seed, subsets, side]);
  const known = chosenBefore.get(key);
  if (known) return known;
  const stream = STREAMS.kidSubsets;
  const chosen = Array.from({ length: subsets }, (_, subset) =>
    randomSubset({ from, size, seed, stream, draw: 2 * subset + side }),
  );
  const [oldest] = chosenBefore.keys();
  if (chosenBefore.size >= REMEMBERED && oldest !== undefined) chosenBefore.delete(oldest);
  chosenBefore.set(key, chosen);
  return chosen;
}
