import type { RunState } from '@gansweep/domain';
import { type Summary, summarise } from './summarise.ts';

export type Goal = 'minimize' | 'maximize';
/** Which evaluations of a run make its score. */
export type ScoreMoment = 'last' | 'best' | 'mean-last-3';

/** One value of one score of one run. */
export interface EvaluatedScore {
  readonly imagesSeen: number;
  /** Null where it was not finite. */
  readonly value: number | null;
  /** The comparable part of its passport: equal for scores that may be averaged. */
  readonly passportKey: string;
  readonly protocol: string;
}

/** What a run has to say about a score. */
export interface RunScore {
  readonly state: RunState;
  /** Null where the run has none. */
  readonly score: { readonly value: number; readonly passportKey: string; readonly protocol: string } | null;
}

export interface RunsSummary extends Summary {
  /** Diverged runs, counted beside the mean and never in it. */
  readonly diverged: number;
  /** Succeeded runs left out because their passport is another. */
  readonly otherPassports: number;
  readonly protocol: string | null;
}

/** The score of a run from its evaluations, or null where a value it needs is missing or not finite. */
export function scoreOf(
  evaluations: readonly EvaluatedScore[],
  which: { readonly at: ScoreMoment; readonly goal: Goal },
): RunScore['score'] {
  const newestKey = evaluations.toSorted((a, b) => a.imagesSeen - b.imagesSeen).at(-1)?.passportKey;
  const ordered = evaluations
    .filter((evaluation) => evaluation.passportKey === newestKey)
    .toSorted((a, b) => a.imagesSeen - b.imagesSeen);
  const last = ordered.at(-1);
  if (last === undefined) return null;
  const value = valueAt(
    ordered.map((evaluation) => evaluation.value),
    which,
  );
  return value === null ? null : { value, passportKey: last.passportKey, protocol: last.protocol };
}

/** @param values in the order of images seen, at least one. */
function valueAt(
  values: readonly (number | null)[],
  { at, goal }: { readonly at: ScoreMoment; readonly goal: Goal },
): number | null {
  switch (at) {
    case 'last':
      return values.at(-1) ?? null;
    case 'best': {
      const known = values.filter((value) => value !== null);
      if (known.length === 0) return null;
      return goal === 'minimize' ? Math.min(...known) : Math.max(...known);
    }
    case 'mean-last-3': {
      const known = values.slice(-3).filter((value) => value !== null);
      return known.length < Math.min(3, values.length)
        ? null
        : known.reduce((sum, value) => sum + value, 0) / known.length;
    }
  }
}

/** The passport that most succeeded runs share, or null when none has a score; ties go to the first in order of text. */
export function commonPassport(runs: readonly RunScore[]): string | null {
  const counts = new Map<string, number>();
  for (const { state, score } of runs)
    if (state === 'succeeded' && score !== null)
      counts.set(score.passportKey, (counts.get(score.passportKey) ?? 0) + 1);
  const ranked = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return ranked[0]?.[0] ?? null;
}

/** @param passport of the scores that enter; the most frequent one when left out. */
export function summariseRuns(runs: readonly RunScore[], passport: string | null = commonPassport(runs)): RunsSummary {
  const succeeded = runs.flatMap(({ state, score }) => (state === 'succeeded' && score !== null ? [score] : []));
  const entering = succeeded.filter((score) => score.passportKey === passport);
  return {
    ...summarise(entering.map((score) => score.value)),
    diverged: runs.filter((run) => run.state === 'diverged').length,
    otherPassports: succeeded.length - entering.length,
    protocol: entering[0]?.protocol ?? null,
  };
}
