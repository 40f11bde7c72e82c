import { normalQuantile } from '@gansweep/domain';
import { studentQuantile } from '../student-t.ts';
import { ABSENT, type Design } from './design.ts';
import type { Draws } from './draws.ts';
import { centre, centreTwice, covariance, type Effects, noEffects, pairsOf } from './effects.ts';
import { quantile, type Share } from './share.ts';

/** A full factorial with equally many values in each cell. */
export interface Factorial {
  /** Mean of each cell, mixed radix over the factors, the last one fastest. */
  readonly means: Float64Array;
  readonly replicates: number;
  /** Sum over cells of squared deviations from the cell's mean. */
  readonly squaresWithin: number;
}

/** The design as a full factorial, or null where a cell is missing, stands twice, or has more values than another. */
export function factorialOf(design: Design, values: readonly (readonly number[])[]): Factorial | null {
  const counts = design.factors.map(({ levels }) => levels.length);
  const cells = counts.reduce((product, count) => product * count, 1);
  const replicates = values[0]?.length ?? 0;
  if (cells !== values.length || replicates === 0) return null;
  const means = new Float64Array(cells).fill(Number.NaN);
  let squaresWithin = 0;
  for (const [trial, of] of values.entries()) {
    let cell = 0;
    for (const [j, levels] of design.levels.entries()) {
      if (levels[trial] === ABSENT) return null;
      cell = cell * (counts[j] as number) + (levels[trial] as number);
    }
    if (of.length !== replicates || !Number.isNaN(means[cell] as number)) return null;
    const mean = of.reduce((sum, value) => sum + value / replicates, 0);
    means[cell] = mean;
    squaresWithin += of.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  }
  return { means, replicates, squaresWithin };
}

export interface FactorialAnswer {
  readonly effects: Effects;
  readonly main: readonly Share[];
  /** In the order of `pairsOf`. */
  readonly pairs: readonly Share[];
  /** Variance of the cells' true means. */
  readonly between: number;
  /** [factor]: half of the 95 % interval of the mean at one of its levels; null where nothing tells of noise. */
  readonly halfWidths: readonly (number | null)[];
}

const REPLICATES = 400;

/**
 * Analysis of variance of a balanced factorial with fixed levels: the variance of each effect over its levels, less what
 * noise adds to it, (degrees of freedom) · s² / (values), as a share of that of all cells. s² is the mean square within
 * cells, or where each cell has one value that of what three and more factors do together, which then counts as noise.
 * Intervals of 95 % by a parametric bootstrap: effects, shrunk to the variance that is left to them, are drawn again
 * with independent normal errors (the effects of a balanced design are orthogonal) and s² from its chi-square law.
 * @see Montgomery, "Design and analysis of experiments", chapter 5; Searle, Casella, McCulloch 1992, chapter 4.
 */
export function analyseFactorial(
  { means, replicates, squaresWithin }: Factorial,
  levelCounts: readonly number[],
  draws: Draws,
): FactorialAnswer {
  const cells = means.length;
  const effects = cellEffects(means, levelCounts);
  const pairs = pairsOf(levelCounts.length);
  const terms = [
    ...effects.main.map((table, j) => ({ table, degrees: (levelCounts[j] as number) - 1, width: 0 })),
    ...effects.pairs.map((table, p) => {
      const [a, b] = (pairs[p] as readonly [number, number]).map((j) => levelCounts[j] as number) as [number, number];
      return { table, degrees: (a - 1) * (b - 1), width: b };
    }),
  ].map((term) => ({ ...term, found: covariance(term.table, term.table) }));
  // Of three and more factors together.
  const degreesOver = cells - 1 - terms.reduce((sum, { degrees }) => sum + degrees, 0);
  const mean = means.reduce((sum, value) => sum + value / cells, 0);
  const all = means.reduce((sum, value) => sum + (value - mean) ** 2 / cells, 0);
  const over = degreesOver > 0 ? Math.max(0, all - terms.reduce((sum, { found }) => sum + found, 0)) : 0;
  const within = replicates > 1;
  const degrees = within ? cells * (replicates - 1) : degreesOver;
  const square = degrees <= 0 ? null : within ? squaresWithin / degrees : (over * cells) / degrees;
  /** Of an effect table's mean square, for each degree of freedom. */
  const perDegree = (square ?? 0) / (replicates * cells);
  const rest = within ? { found: over, degrees: degreesOver } : { found: 0, degrees: 0 };
  const without = (found: number, of: number, each: number): number => found - of * each;
  const between =
    terms.reduce((sum, term) => sum + without(term.found, term.degrees, perDegree), 0) +
    without(rest.found, rest.degrees, perDegree);
  const shares = terms.map((term) => (between > 0 ? without(term.found, term.degrees, perDegree) / between : 0));
  const foundAll = terms.reduce((sum, { found }) => sum + found, 0) + rest.found;
  const drawnShares: number[][] = terms.map(() => []);
  if (square !== null && between > 0)
    for (let r = 0; r < REPLICATES; r++) {
      const each = (perDegree * chiSquare(degrees, draws)) / degrees;
      const drawn = terms.map((term) => without(disturbed(term, perDegree, draws), term.degrees, each));
      const other =
        rest.degrees > 0
          ? (Math.sqrt(Math.max(0, without(rest.found, rest.degrees, perDegree))) +
              Math.sqrt(perDegree) * normal(draws)) **
              2 +
            perDegree * chiSquare(rest.degrees - 1, draws) -
            rest.degrees * each
          : 0;
      const total = Math.max(
        drawn.reduce((sum, value) => sum + value, other),
        1e-12 * foundAll,
      );
      for (const [t, value] of drawn.entries()) (drawnShares[t] as number[]).push(value / total);
    }
  const told = shares.map((share, t): Share => {
    const off = drawnShares[t] as number[];
    const bounded = (value: number): number => Math.min(1, Math.max(0, value));
    return {
      share: bounded(share),
      low: square === null ? null : off.length === 0 ? 0 : bounded(quantile(off, 0.025)),
      // Where configurations differ no more than seeds do, any of them may be what little difference there is.
      high: square === null ? null : off.length === 0 ? 1 : bounded(quantile(off, 0.975)),
    };
  });
  return {
    effects: { ...effects, mean },
    main: told.slice(0, levelCounts.length),
    pairs: told.slice(levelCounts.length),
    between: Math.max(0, between),
    halfWidths: levelCounts.map((count) =>
      square === null ? null : studentQuantile(0.975, degrees) * Math.sqrt((square * count) / (replicates * cells)),
    ),
  };
}

interface Term {
  readonly table: Float64Array;
  /** Levels of the second factor of a pair; 0 for one factor. */
  readonly width: number;
  readonly degrees: number;
  /** Mean square of the table. */
  readonly found: number;
}

/** Means over the cells of each level and pair of levels, less what smaller effects explain. */
function cellEffects(means: Float64Array, levelCounts: readonly number[]): Effects {
  const effects = noEffects(levelCounts);
  const pairs = pairsOf(levelCounts.length);
  const at = new Int32Array(levelCounts.length);
  for (const value of means) {
    levelCounts.forEach((count, j) => {
      const main = effects.main[j] as Float64Array;
      main[at[j] as number] = (main[at[j] as number] as number) + (value * count) / means.length;
    });
    pairs.forEach(([a, b], p) => {
      const table = effects.pairs[p] as Float64Array;
      const position = (at[a] as number) * (levelCounts[b] as number) + (at[b] as number);
      table[position] = (table[position] as number) + (value * table.length) / means.length;
    });
    for (let j = levelCounts.length - 1; j >= 0; j--) {
      at[j] = (at[j] as number) + 1;
      if ((at[j] as number) < (levelCounts[j] as number)) break;
      at[j] = 0;
    }
  }
  for (const main of effects.main) centre(main);
  for (const [p, [, b]] of pairs.entries()) centreTwice(effects.pairs[p] as Float64Array, levelCounts[b] as number);
  return effects;
}

/** Mean square of an effect with new errors. @param perDegree what noise adds to it, for each degree of freedom. */
function disturbed({ table, width, degrees, found }: Term, perDegree: number, draws: Draws): number {
  const shrunk = found > 0 ? Math.sqrt(Math.max(0, found - degrees * perDegree) / found) : 0;
  const scale = Math.sqrt(perDegree * table.length);
  const errors = table.map(() => scale * normal(draws));
  if (width === 0) centre(errors);
  else centreTwice(errors, width);
  for (let i = 0; i < errors.length; i++) errors[i] = (errors[i] as number) + shrunk * (table[i] as number);
  return covariance(errors, errors);
}

const normal = (draws: Draws): number => normalQuantile(draws.uniform());

/** A draw from the chi-square law, by the cube of a normal (Wilson and Hilferty 1931) from ten degrees on. */
function chiSquare(degrees: number, draws: Draws): number {
  if (degrees >= 10)
    return degrees * Math.max(0, 1 - 2 / (9 * degrees) + normal(draws) * Math.sqrt(2 / (9 * degrees))) ** 3;
  let sum = 0;
  for (let k = 0; k < degrees; k++) sum += normal(draws) ** 2;
  return sum;
}
