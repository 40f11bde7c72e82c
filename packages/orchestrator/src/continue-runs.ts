import { type Configuration, howMany, type RunId, scheduleInTheWay, type TrialId, trainingKey } from '@gansweep/domain';
import type { SweepSpec } from '@gansweep/spec';
import type { SweepMember, SweepMembers } from './ports.ts';

/** How a run begins of which the sweep has a shorter one. */
export type Beginning =
  | { readonly kind: 'continues'; readonly run: RunId }
  /** From its first image; `because` for a person. */
  | { readonly kind: 'anew'; readonly because: string };

/** What the shorter run has to be for a longer one to go on from it; for a person. */
const NOT_WHOLE = {
  open: 'the shorter run has not ended yet (a sweep that grows once its runs have ended goes on from them)',
  cut: 'the shorter run failed, diverged, was ended early or has no checkpoint left',
} as const satisfies Record<Exclude<SweepMember['extent'], 'whole'>, string>;

interface TrialRuns {
  readonly configuration: Configuration;
  readonly bySeed: Map<number, SweepMember>;
}

/**
 * How runs of a grown spec begin, by configuration and seed: from the last checkpoint of the longest run of the sweep that
 * has fewer images and is otherwise the same, where that ended by its images and no schedule depends on their total; null
 * where the sweep has no shorter one.
 */
export function beginningsOf(
  { reuse, budget }: Pick<SweepSpec, 'reuse' | 'budget'>,
  { trials, runs }: SweepMembers,
): (configuration: Configuration, seed: number) => Beginning | null {
  const ofTrial = new Map<TrialId, TrialRuns>();
  const byKey = new Map<string, TrialRuns[]>();
  for (const { id, configuration } of trials) {
    const trial = { configuration, bySeed: new Map() };
    const key = trainingKey(configuration);
    ofTrial.set(id, trial);
    byKey.set(key, [...(byKey.get(key) ?? []), trial]);
  }
  for (const run of runs) ofTrial.get(run.trialId)?.bySeed.set(run.seed, run);
  const because = reuse
    ? budget.runMinutes === null
      ? null
      : 'budget.runMinutes counts the time of a run from its first image'
    : 'the spec says reuse: false';
  return (configuration, seed) => {
    const shorter = (byKey.get(trainingKey(configuration)) ?? [])
      .filter((trial) => trial.configuration.images < configuration.images && trial.bySeed.has(seed))
      .sort((a, b) => b.configuration.images - a.configuration.images)
      .map((trial) => ({
        schedule: scheduleInTheWay(trial.configuration, configuration),
        run: trial.bySeed.get(seed) as SweepMember,
      }));
    const [longest] = shorter;
    if (longest === undefined) return null;
    if (because !== null) return { kind: 'anew', because };
    const whole = shorter.find(({ schedule, run }) => schedule === null && run.extent === 'whole');
    if (whole !== undefined) return { kind: 'continues', run: whole.run.runId };
    const { schedule, run } = longest;
    return { kind: 'anew', because: schedule ?? (run.extent === 'whole' ? NOT_WHOLE.cut : NOT_WHOLE[run.extent]) };
  };
}

/** What a person is told of how runs begin that are longer than others of the sweep. */
export function notesOnBeginnings(beginnings: readonly Beginning[]): readonly string[] {
  if (beginnings.length === 0) return [];
  const anew = new Map<string, number>();
  for (const beginning of beginnings)
    if (beginning.kind === 'anew') anew.set(beginning.because, (anew.get(beginning.because) ?? 0) + 1);
  const continued = beginnings.filter(({ kind }) => kind === 'continues').length;
  const notes = [...anew].map(
    ([because, count]) =>
      `${howMany(count, 'longer run')} ${count === 1 ? 'trains' : 'train'} from the beginning: ${because}.`,
  );
  return continued === 0
    ? notes
    : [
        `${continued} of ${howMany(beginnings.length, 'longer run')} go on from the last checkpoints of the shorter ones.`,
        ...notes,
      ];
}
