import type { NightVerdict, Verdict } from '@gansweep/domain';
import { type Answer, type DivergedRuns, judgeLook, type Question, type SeedPair } from '@gansweep/verdict';
import type { Baseline, NightQuestion, NightSettings, TrainedSweep, TrainedTrial } from './night.ts';

type Asked = Pick<NightQuestion, 'key' | 'sweep' | 'trialId' | 'label' | 'score' | 'goal' | 'because'> & {
  readonly pairs: readonly (readonly SeedPair[])[];
  readonly diverged: DivergedRuns | null;
};

/**
 * What a night's trainings say beside a baseline, question by question in the order of the sweeps.
 * @param settled verdicts of earlier looks by key.
 */
export function judgeNight(
  sweeps: readonly TrainedSweep[],
  baseline: Baseline,
  { margin, falseAlarms }: Pick<NightSettings, 'margin' | 'falseAlarms'>,
  settled: Readonly<Record<string, Verdict>> = {},
): readonly NightQuestion[] {
  const asked = sweeps.flatMap((sweep) =>
    questionsOf(
      sweep,
      baseline.sweeps.find(({ name }) => name === sweep.name),
    ),
  );
  const questions = asked.map(
    ({ key, score, goal, pairs, diverged }): Question => ({
      score,
      goal,
      margin,
      pairs,
      diverged,
      settled: settled[key] ?? null,
    }),
  );
  const answers = judgeLook(questions, { falseAlarms });
  return asked.map((one, i) => rowOf(one, answers[i] as Answer));
}

function questionsOf(tonight: TrainedSweep, before: TrainedSweep | undefined): readonly Asked[] {
  return tonight.metrics.flatMap(({ name: score, goal }, place) => {
    const facts = { sweep: tonight.name, score, goal };
    const each = tonight.trials.map((trial): Asked => {
      const old = before?.trials.find(({ id }) => id === trial.id);
      const because = whyNot(trial, old, score);
      return {
        ...facts,
        key: `${tonight.name} ${trial.id} ${score}`,
        trialId: trial.id,
        label: trial.label,
        because,
        pairs: [old === undefined || because !== null ? [] : pairsOf(trial, old, score)],
        // Once for all scores of a configuration.
        diverged: old === undefined || place > 0 ? null : divergedOf(trial, old),
      };
    });
    if (each.length < 2 || each.some(({ because }) => because !== null)) return each;
    const together: Asked = {
      ...facts,
      key: `${tonight.name} all ${score}`,
      trialId: null,
      label: 'all together',
      because: null,
      // A configuration whose runs all diverged has no pairs, and would leave none to the others.
      pairs: each.flatMap(({ pairs }) => pairs).filter((pairs) => pairs.length > 0),
      diverged: null,
    };
    return [...each, together];
  });
}

function whyNot(trial: TrainedTrial, old: TrainedTrial | undefined, score: string): string | null {
  if (old === undefined) return 'the baseline has no such configuration: save a new one (--save-baseline)';
  const [now, then] = [trial.passports[score], old.passports[score]];
  if (now !== undefined && then !== undefined && now !== then)
    return 'scored under another passport than the baseline: save a new one (--save-baseline)';
  return null;
}

function pairsOf(trial: TrainedTrial, old: TrainedTrial, score: string): readonly SeedPair[] {
  return trial.seeds.flatMap(({ seed, scores }) => {
    const tonight = scores[score];
    const baseline = old.seeds.find((other) => other.seed === seed)?.scores[score];
    return tonight === undefined || baseline === undefined ? [] : [{ seed, baseline, tonight }];
  });
}

function divergedOf(trial: TrainedTrial, old: TrainedTrial): DivergedRuns {
  const both = trial.seeds.flatMap((run) => {
    const before = old.seeds.find(({ seed }) => seed === run.seed);
    return before === undefined ? [] : [{ tonight: run.state, baseline: before.state }];
  });
  const count = (night: 'tonight' | 'baseline'): number => both.filter((pair) => pair[night] === 'diverged').length;
  return { tonight: count('tonight'), baseline: count('baseline'), seeds: both.length };
}

function rowOf({ pairs, ...asked }: Asked, { verdict, effect, pDiverges, seedsNeeded }: Answer): NightQuestion {
  const [only = []] = pairs;
  const mean = (side: 'baseline' | 'tonight'): number | null =>
    asked.trialId === null || only.length === 0 ? null : only.reduce((sum, pair) => sum + pair[side], 0) / only.length;
  return {
    ...asked,
    verdict,
    pairs: effect.n,
    baseline: mean('baseline'),
    tonight: mean('tonight'),
    worse: effect.worse,
    low: effect.low,
    high: effect.high,
    identical: effect.identical,
    pWorse: effect.pWorse,
    pDiverges,
    seedsNeeded: seedsNeeded !== null && Number.isFinite(seedsNeeded) ? seedsNeeded : null,
  };
}

const FROM_WORST: readonly Verdict[] = ['regressed', 'inconclusive', 'improved', 'unchanged'];

/** The word for a whole night: its worst question; `could-not-run` where there are faults and what was trained is not worse. */
export function verdictOfNight(
  questions: readonly Pick<NightQuestion, 'verdict'>[],
  faults: readonly string[],
): NightVerdict {
  const worst = FROM_WORST.find((word) => questions.some(({ verdict }) => verdict === word));
  if (worst === 'regressed') return 'regressed';
  return faults.length > 0 ? 'could-not-run' : (worst ?? 'not-compared');
}
