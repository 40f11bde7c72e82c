import type { Verdict } from '@gansweep/domain';
import type { Goal } from '../run-scores.ts';
import { falseDiscoveryCut } from './false-discovery.ts';
import { fisherUpperTail } from './fisher-exact.ts';
import { marginOn, type PairedEffect, pairedEffect, type SeedPair, seedsNeeded } from './paired-effect.ts';

/** Diverged runs of the same seeds. */
export interface DivergedRuns {
  readonly tonight: number;
  readonly baseline: number;
  /** Seeds that ended in both. */
  readonly seeds: number;
}

/** One question of a night: did a score of a configuration, or of a sweep's configurations together, get worse? */
export interface Question {
  readonly score: string;
  readonly goal: Goal;
  /** Relative, above 0. */
  readonly margin: number;
  /** Of each configuration that the question is about. */
  readonly pairs: readonly (readonly SeedPair[])[];
  /** Null where another question of the night counts them. */
  readonly diverged: DivergedRuns | null;
  /** What an earlier look of the same night found; it stands. */
  readonly settled: Verdict | null;
}

export interface Answer {
  readonly verdict: Verdict;
  readonly effect: PairedEffect;
  /** That no more runs diverge than did; null where none diverged, or the question does not count them. */
  readonly pDiverges: number | null;
  /** Seeds that would decide it with a power of 80 %, as far as the spread tells; null where it is decided or nothing is known. */
  readonly seedsNeeded: number | null;
}

/** Looks that a night takes at its scores: at the first seeds, and at those that were lacking. */
export const LOOKS = 2;

/**
 * Answers every question of a night. Each look spends an equal part of `falseAlarms` (Bonferroni), so a second look after
 * an inconclusive first one is free to choose how many seeds it wants; within a look the false-discovery rule holds over
 * all questions, once for worsenings, once for improvements, once for equivalences.
 *
 * `unchanged`: every pair is equal, or the effect is shown to lie within ± margin. `regressed`: a
 * worsening is shown that is not shown to lie within the margin, or more runs diverge by Fisher's exact test.
 * `improved`: the same the other way round. `inconclusive`: the rest, also where a run diverged that did not before and
 * that is too little to tell.
 */
export function judgeLook(
  questions: readonly Question[],
  { falseAlarms }: { readonly falseAlarms: number },
): readonly Answer[] {
  const rate = falseAlarms / LOOKS;
  const effects = questions.map((question) => pairedEffect(question.pairs, question));
  const worseRuns = questions.map(({ diverged }) => moreDiverged(diverged));
  const betterRuns = questions.map(({ diverged }) => moreDiverged(swapped(diverged)));
  const worse = falseDiscoveryCut([...effects.map(({ pWorse }) => pWorse), ...worseRuns], rate);
  const better = falseDiscoveryCut([...effects.map(({ pBetter }) => pBetter), ...betterRuns], rate);
  const within = falseDiscoveryCut(
    effects.map(({ pDiffers }) => pDiffers),
    rate,
  );
  const n = questions.length;
  return questions.map((question, i): Answer => {
    const effect = effects[i] as PairedEffect;
    const { diverged, margin, settled } = question;
    const divergesMore = diverged !== null && diverged.tonight > diverged.baseline;
    const same = isSame(effect, diverged) || (within[i] === true && !divergesMore);
    const verdict =
      settled ??
      (worse[n + i]
        ? 'regressed'
        : same
          ? 'unchanged'
          : worse[i]
            ? 'regressed'
            : (better[i] || better[n + i]) && !divergesMore
              ? 'improved'
              : 'inconclusive');
    const wanted =
      verdict === 'inconclusive' && effect.spread !== null
        ? seedsNeeded({
            spread: effect.spread,
            margin: marginOn(effect.scale, margin),
            level: rate / n,
          })
        : null;
    return { verdict, effect, pDiverges: worseRuns[i] ?? null, seedsNeeded: wanted };
  });
}

/** Least pairs whose equality says something: two scores that happen to be the same are rare, one is an anecdote. */
const IDENTICAL_AT_LEAST = 2;

function isSame({ n, identical }: PairedEffect, diverged: DivergedRuns | null): boolean {
  if (diverged !== null && diverged.tonight !== diverged.baseline) return false;
  if (n === 0) return diverged !== null && diverged.seeds >= IDENTICAL_AT_LEAST && diverged.tonight === diverged.seeds;
  return identical && n >= IDENTICAL_AT_LEAST;
}

/** Null where nothing diverged, or nobody asks: no test, so none that the others have to make room for (Tarone 1990). */
const moreDiverged = (diverged: DivergedRuns | null): number | null =>
  diverged === null || diverged.tonight + diverged.baseline === 0
    ? null
    : fisherUpperTail(diverged.tonight, diverged.baseline, diverged.seeds);

const swapped = (diverged: DivergedRuns | null): DivergedRuns | null =>
  diverged === null ? null : { ...diverged, tonight: diverged.baseline, baseline: diverged.tonight };
