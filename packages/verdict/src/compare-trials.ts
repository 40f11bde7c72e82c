import { commonPassport, type Goal, type RunScore, type RunsSummary, summariseRuns } from './run-scores.ts';

export type ParameterValue = string | number | boolean;

export interface ScoredTrial<Id extends string = string> {
  readonly id: Id;
  readonly config: Readonly<Record<string, ParameterValue>>;
  readonly runs: readonly RunScore[];
}

export interface MarginalTable {
  readonly by: readonly string[];
  /** Values that occur, numbers ascending, texts in alphabetical order after them. */
  readonly axes: readonly { readonly name: string; readonly values: readonly ParameterValue[] }[];
  /** Cells that hold a trial, in the order of the axes, the last one fastest. */
  readonly cells: readonly (RunsSummary & {
    readonly values: Readonly<Record<string, ParameterValue>>;
    readonly trials: number;
  })[];
}

/**
 * A score over one or two parameters, whatever the others are: each cell summarises the runs of all its trials. Trials
 * that lack one of the parameters (Adam's under SGD) are in no cell.
 */
export function marginalTable(trials: readonly ScoredTrial[], by: readonly string[]): MarginalTable {
  const passport = commonPassport(trials.flatMap((trial) => trial.runs));
  const having = trials.filter((trial) => by.every((name) => trial.config[name] !== undefined));
  const axes = by.map((name) => ({
    name,
    values: [...new Set(having.flatMap((trial) => trial.config[name] ?? []))].sort(compareValues),
  }));
  const cellOf = (config: ScoredTrial['config']): string => JSON.stringify(by.map((name) => config[name]));
  const byCell = new Map<string, ScoredTrial[]>();
  for (const trial of having) {
    const cell = cellOf(trial.config);
    const others = byCell.get(cell);
    if (others) others.push(trial);
    else byCell.set(cell, [trial]);
  }
  const cells = combinations(axes).flatMap((values) => {
    const here = byCell.get(cellOf(values));
    if (!here) return [];
    return [
      {
        values,
        trials: here.length,
        ...summariseRuns(
          here.flatMap((trial) => trial.runs),
          passport,
        ),
      },
    ];
  });
  return { by, axes, cells };
}

/**
 * The trial with the best mean over its succeeded runs, all scores with the passport that most runs share; null while no
 * run has succeeded. Equal means: the trial with more runs, then the first.
 */
export function bestTrial<Trial extends ScoredTrial>(
  trials: readonly Trial[],
  goal: Goal,
): { readonly trial: Trial; readonly summary: RunsSummary } | null {
  const passport = commonPassport(trials.flatMap((trial) => trial.runs));
  let best: { trial: Trial; summary: RunsSummary } | null = null;
  for (const trial of trials) {
    const summary = summariseRuns(trial.runs, passport);
    if (summary.mean !== null && (best === null || isBetter(summary, best.summary, goal))) best = { trial, summary };
  }
  return best;
}

function isBetter(a: RunsSummary, b: RunsSummary, goal: Goal): boolean {
  if (a.mean === null || b.mean === null) return b.mean === null && a.mean !== null;
  if (a.mean === b.mean) return a.n > b.n;
  return goal === 'minimize' ? a.mean < b.mean : a.mean > b.mean;
}

function combinations(
  axes: readonly { readonly name: string; readonly values: readonly ParameterValue[] }[],
): readonly Readonly<Record<string, ParameterValue>>[] {
  return axes.reduce<readonly Readonly<Record<string, ParameterValue>>[]>(
    (rows, axis) => rows.flatMap((row) => axis.values.map((value) => ({ ...row, [axis.name]: value }))),
    [{}],
  );
}

function compareValues(a: ParameterValue, b: ParameterValue): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1;
  return String(a) < String(b) ? -1 : 1;
}
