import type { ParameterValue } from '../compare-trials.ts';
import { studentQuantile } from '../student-t.ts';
import { summarise } from '../summarise.ts';
import type { Measure } from './measures.ts';
import type { StudyRun } from './study-record.ts';

export const STUDY_VERDICTS = ['supported', 'contradicted', 'undecided'] as const;
/** What recorded runs say of a claim. */
export type StudyVerdict = (typeof STUDY_VERDICTS)[number];

/** An answer to one part of a claim. */
export interface PartAnswer {
  readonly verdict: StudyVerdict;
  /** The numbers in words. */
  readonly sentence: string;
  /** In the unit of the measure, null where there is nothing to compare. */
  readonly effect: number | null;
  /** 95 % interval of the effect, null where one value a side gives none. */
  readonly low: number | null;
  readonly high: number | null;
  /** Runs that entered. */
  readonly n: number;
}

export type Judge = (runs: readonly StudyRun[]) => PartAnswer;
/** Configurations by some of their fields: a cell of a grid. */
export type Cell = Readonly<Record<string, ParameterValue>>;

/** Difference of two means over seeds. */
export interface Difference {
  readonly value: number;
  /** Pooled standard deviation over seeds; null with one value on each side. */
  readonly pooled: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/**
 * mean(b) − mean(a) with its 95 % interval ± t(.975, n_a + n_b − 2)·s·√(1/n_a + 1/n_b), s the pooled standard deviation.
 * @returns null where a side is empty.
 */
export function differenceOf(a: readonly number[], b: readonly number[]): Difference | null {
  const [left, right] = [summarise(a), summarise(b)];
  if (left.mean === null || right.mean === null) return null;
  const value = right.mean - left.mean;
  const degrees = left.n + right.n - 2;
  if (degrees < 1) return { value, pooled: null, low: null, high: null };
  const squares = (left.n - 1) * (left.std ?? 0) ** 2 + (right.n - 1) * (right.std ?? 0) ** 2;
  const pooled = Math.sqrt(squares / degrees);
  const half = studentQuantile(0.975, degrees) * pooled * Math.sqrt(1 / left.n + 1 / right.n);
  return { value, pooled, low: value - half, high: value + half };
}

export function runsIn(runs: readonly StudyRun[], cell: Cell): readonly StudyRun[] {
  return runs.filter(({ config }) => Object.entries(cell).every(([name, value]) => config[name] === value));
}

/** `lrG 0.01, lrD 0.001` */
export const cellWords = (cell: Cell): string =>
  Object.entries(cell)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ') || 'all';

/** A number as sentences write it. */
export const shown = (value: number): string => {
  if (value === 0) return '0';
  const size = Math.abs(value);
  const text =
    size >= 1e6 || size < 1e-3
      ? value.toExponential(1)
      : size >= 1000
        ? Math.round(value).toLocaleString('en-US')
        : String(Number(value.toPrecision(3)));
  return text.replace('-', '−').replace('e+', 'e');
};

/** Values of the succeeded runs of a cell, and how many diverged: a diverged run has no value and is worse than any. */
interface Valued {
  readonly values: readonly number[];
  readonly diverged: number;
}

function valuesIn(runs: readonly StudyRun[], cell: Cell, measure: Measure): Valued {
  const here = runsIn(runs, cell);
  return {
    values: here.flatMap((run) => (run.state === 'succeeded' ? (measure.of(run) ?? []) : [])),
    diverged: here.filter(({ state }) => state === 'diverged').length,
  };
}

const undecided = (sentence: string, n = 0): PartAnswer => ({
  verdict: 'undecided',
  sentence,
  effect: null,
  low: null,
  high: null,
  n,
});

interface Comparison {
  readonly of: Measure;
  readonly in: Cell;
  readonly than: Cell;
}

/** "in" has more of a measure than "than": by more than the pooled deviation over seeds, or it is contradicted or open. */
export const more = (comparison: Comparison): Judge => moved(comparison, 1);
export const less = (comparison: Comparison): Judge => moved(comparison, -1);

function moved({ of, in: cell, than }: Comparison, sign: 1 | -1): Judge {
  return (runs) => {
    const [before, after] = [valuesIn(runs, than, of), valuesIn(runs, cell, of)];
    const n = before.values.length + after.values.length;
    const difference = differenceOf(before.values, after.values);
    if (!difference)
      return undecided(
        `no succeeded run with ${before.values.length === 0 ? cellWords(than) : cellWords(cell)}${before.diverged + after.diverged > 0 ? `; ${before.diverged + after.diverged} diverged` : ''}`,
        n,
      );
    const { value, pooled, low, high } = difference;
    const size = sign * value;
    const verdict: StudyVerdict =
      pooled === null || Math.abs(size) <= pooled ? 'undecided' : size > 0 ? 'supported' : 'contradicted';
    return {
      verdict,
      effect: value,
      low,
      high,
      n,
      sentence: `${sentenceOf(of, { cell: than, ...before }, { cell, ...after }, difference)}${verdict !== 'undecided' && low !== null && high !== null && low <= 0 && high >= 0 ? '; the interval holds 0' : ''}`,
    };
  };
}

/** Two cells do not differ in a measure by more than the pooled deviation over seeds. */
export const alike =
  ({ of, in: cell, than }: Comparison): Judge =>
  (runs) => {
    const [before, after] = [valuesIn(runs, than, of), valuesIn(runs, cell, of)];
    const n = before.values.length + after.values.length;
    const difference = differenceOf(before.values, after.values);
    if (!difference) return undecided(`no succeeded runs with ${cellWords(cell)} or ${cellWords(than)}`, n);
    const { value, pooled, low, high } = difference;
    return {
      verdict: pooled === null ? 'undecided' : Math.abs(value) <= pooled ? 'supported' : 'contradicted',
      effect: value,
      low,
      high,
      n,
      sentence: sentenceOf(of, { cell: than, ...before }, { cell, ...after }, difference),
    };
  };

type ValuedCell = Valued & { readonly cell: Cell };

/** `js: 0.31 (lrG 0.0001) → 0.12 (lrG 0.001), pooled deviation 0.02` */
function sentenceOf(of: Measure, before: ValuedCell, after: ValuedCell, { pooled }: Difference): string {
  const side = ({ cell, values, diverged }: ValuedCell): string =>
    `${shown(summarise(values).mean ?? Number.NaN)} (${cellWords(cell)}${diverged > 0 ? `, ${diverged} diverged` : ''})`;
  return `${of.name}: ${side(before)} → ${side(after)}${pooled === null ? '' : `, deviation ${shown(pooled)}`}`;
}

/** "in" has no more of a measure than "than": contradicted only where it has more by more than the pooled deviation. */
export const atMost = (comparison: Comparison): Judge => notMoved(comparison, more);
export const atLeast = (comparison: Comparison): Judge => notMoved(comparison, less);

function notMoved(comparison: Comparison, judge: (comparison: Comparison) => Judge): Judge {
  return (runs) => {
    const answer = judge(comparison)(runs);
    if (answer.effect === null || answer.low === null) return answer;
    return { ...answer, verdict: answer.verdict === 'supported' ? 'contradicted' : 'supported' };
  };
}

/** A measure moves one way from each cell to the next. */
export const ordered =
  ({
    of,
    cells,
    direction,
  }: {
    readonly of: Measure;
    readonly cells: readonly Cell[];
    readonly direction: 'rising' | 'falling';
  }): Judge =>
  (runs) => {
    const judge = direction === 'rising' ? more : less;
    const steps = cells.slice(1).map((cell, i) => judge({ of, in: cell, than: cells[i] as Cell })(runs));
    const [first, end] = [cells[0] as Cell, cells.at(-1) as Cell];
    const whole = judge({ of, in: end, than: first })(runs);
    const means = cells.map((cell) => {
      const { mean } = summarise(valuesIn(runs, cell, of).values);
      return mean === null ? '–' : shown(mean);
    });
    return {
      ...whole,
      verdict: all(steps.map(({ verdict }) => verdict)),
      n: cells.reduce((sum, cell) => sum + valuesIn(runs, cell, of).values.length, 0),
      sentence: `${of.name}: ${means.join(' → ')} (${cells.map(cellWords).join('; ')})`,
    };
  };

/** One cell has more (or less) of a measure than every other one. */
export const extreme =
  ({
    of,
    in: cell,
    among,
    end,
  }: {
    readonly of: Measure;
    readonly in: Cell;
    readonly among: readonly Cell[];
    readonly end: 'most' | 'least';
  }): Judge =>
  (runs) => {
    const others = among.filter((other) => JSON.stringify(other) !== JSON.stringify(cell));
    const judge = end === 'most' ? more : less;
    const answers = others.map((than) => judge({ of, in: cell, than })(runs));
    // The one that comes nearest says how far ahead the cell is.
    const size = ({ effect }: PartAnswer): number => (end === 'most' ? 1 : -1) * (effect ?? Number.POSITIVE_INFINITY);
    const nearest = answers.toSorted((a, b) => size(a) - size(b))[0] ?? undecided('nothing to compare');
    return {
      ...nearest,
      verdict: all(answers.map(({ verdict }) => verdict)),
      n: [cell, ...others].reduce((sum, one) => sum + valuesIn(runs, one, of).values.length, 0),
    };
  };

/** Most runs of a cell (two thirds or more) have a finding; Wilson's 95 % interval of the share. */
export const shows = ({ finding, in: cell }: { readonly finding: string; readonly in: Cell }): Judge =>
  holds(`have the finding ${finding}`, cell, ({ findings }) => findings.some(({ name }) => name === finding));

/** Most ended runs of a cell are so; none, or less than one third, contradicts. */
export function holds(words: string, cell: Cell, is: (run: StudyRun) => boolean): Judge {
  return (runs) => {
    const here = runsIn(runs, cell).filter(({ state }) => state === 'succeeded' || state === 'diverged');
    if (here.length === 0) return undecided(`no ended run with ${cellWords(cell)}`);
    const count = here.filter(is).length;
    const share = count / here.length;
    const { low, high } = wilson(count, here.length);
    return {
      verdict: share >= 2 / 3 ? 'supported' : share <= 1 / 3 ? 'contradicted' : 'undecided',
      effect: share,
      low,
      high,
      n: here.length,
      sentence: `${count} of ${here.length} runs (${cellWords(cell)}) ${words}`,
    };
  };
}

/** @see Wilson (1927), 95 % interval of a share. */
function wilson(count: number, n: number): { readonly low: number; readonly high: number } {
  const z2 = 1.959963984540054 ** 2;
  const share = count / n;
  const centre = (share + z2 / (2 * n)) / (1 + z2 / n);
  const half = (Math.sqrt(z2) / (1 + z2 / n)) * Math.sqrt((share * (1 - share)) / n + z2 / (4 * n * n));
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

/** The mean of a measure in a cell lies beyond a limit, its interval over seeds too. */
export const beyond =
  ({
    of,
    in: cell,
    limit,
    side,
  }: {
    readonly of: Measure;
    readonly in: Cell;
    readonly limit: number;
    readonly side: 'above' | 'below';
  }): Judge =>
  (runs) => {
    const { values, diverged } = valuesIn(runs, cell, of);
    const { mean, low, high, n } = summarise(values);
    if (mean === null)
      return undecided(`no succeeded run with ${cellWords(cell)}${diverged > 0 ? `; ${diverged} diverged` : ''}`);
    const is = side === 'above' ? (low ?? Number.NaN) > limit : (high ?? Number.NaN) < limit;
    const isNot = side === 'above' ? (high ?? Number.NaN) < limit : (low ?? Number.NaN) > limit;
    return {
      verdict: is ? 'supported' : isNot ? 'contradicted' : 'undecided',
      effect: mean,
      low,
      high,
      n,
      sentence: `${of.name}: ${shown(mean)} (${cellWords(cell)}), claimed ${side} ${shown(limit)}`,
    };
  };

/**
 * Rank correlation of two measures over runs, with the 95 % interval of Fisher's transform (s² = 1.06 / (n − 3)).
 * Claimed: its size is below (or above) a limit.
 * @see Fieller, Hartley, Pearson (1957), Biometrika 44.
 */
export const correlated =
  ({
    of: [a, b],
    limit,
    side,
    in: cell = {},
  }: {
    readonly of: readonly [Measure, Measure];
    readonly limit: number;
    readonly side: 'below' | 'above';
    readonly in?: Cell;
  }): Judge =>
  (runs) => {
    const pairs = runsIn(runs, cell).flatMap((run): readonly (readonly [number, number])[] => {
      const [x, y] = [a.of(run), b.of(run)];
      return run.state !== 'succeeded' || x === null || y === null ? [] : [[x, y]];
    });
    const n = pairs.length;
    if (n < 5) return undecided(`${n} runs have both ${a.name} and ${b.name}`, n);
    const rho = spearman(pairs);
    const half = 1.959963984540054 * Math.sqrt(1.06 / (n - 3));
    const centre = Math.atanh(Math.max(-0.999999, Math.min(0.999999, rho)));
    const size = Math.abs(rho);
    const isBelow = size < limit;
    return {
      verdict: isBelow === (side === 'below') ? 'supported' : 'contradicted',
      effect: rho,
      low: Math.tanh(centre - half),
      high: Math.tanh(centre + half),
      n,
      sentence: `rank correlation of ${a.name} and ${b.name} over ${n} runs: ${shown(rho)}, claimed ${side} ${limit} in size`,
    };
  };

function spearman(pairs: readonly (readonly [number, number])[]): number {
  const [x, y] = [ranks(pairs.map(([value]) => value)), ranks(pairs.map(([, value]) => value))];
  const middle = (pairs.length + 1) / 2;
  let [products, left, right] = [0, 0, 0];
  x.forEach((rank, i) => {
    const other = y[i] as number;
    products += (rank - middle) * (other - middle);
    left += (rank - middle) ** 2;
    right += (other - middle) ** 2;
  });
  return left > 0 && right > 0 ? products / Math.sqrt(left * right) : 0;
}

/** 1 … n, equal values sharing the mean of their ranks. */
function ranks(values: readonly number[]): readonly number[] {
  return values.map((value) => {
    const before = values.filter((other) => other < value).length;
    const same = values.filter((other) => other === value).length;
    return before + (same + 1) / 2;
  });
}

/** What holds of all parts together: contradicted as soon as one is, supported when all are. */
export function all(verdicts: readonly StudyVerdict[]): StudyVerdict {
  if (verdicts.includes('contradicted')) return 'contradicted';
  return verdicts.length > 0 && verdicts.every((verdict) => verdict === 'supported') ? 'supported' : 'undecided';
}

/** What holds where one way is enough: the best of them. */
export function any(verdicts: readonly StudyVerdict[]): StudyVerdict {
  if (verdicts.includes('supported')) return 'supported';
  return verdicts.length > 0 && verdicts.every((verdict) => verdict === 'contradicted') ? 'contradicted' : 'undecided';
}

/** Either of two answers is enough; the one that decides is shown. */
export const either =
  (...judges: readonly Judge[]): Judge =>
  (runs) => {
    const answers = judges.map((judge) => judge(runs));
    const verdict = any(answers.map((answer) => answer.verdict));
    const shownOne = answers.find((answer) => answer.verdict === verdict) ?? (answers[0] as PartAnswer);
    return { ...shownOne, verdict, sentence: answers.map(({ sentence }) => sentence).join('; or ') };
  };
