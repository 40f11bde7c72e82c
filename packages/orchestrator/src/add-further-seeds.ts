import { dataHashOf, type RunState } from '@gansweep/domain';
import { RUNS_MAX, type SweepSpec } from '@gansweep/spec';
import { commonPassport, furtherSeeds, type RunScore } from '@gansweep/verdict';
import type { FolderLedger, NewRun, StoredSweep, SweepLedger } from './ports.ts';
import type { ReadModel, TrialView } from './read-model.ts';
import { storedSpec } from './submit-sweep.ts';

const OPEN: readonly RunState[] = ['queued', 'running', 'retry-wait'];

/**
 * The next round of a sweep with `seeds: { min, max }`: once all its runs have ended, further seeds for the trials whose
 * order is uncertain, or the word that there are no more. What a round gives follows from the results before it alone,
 * so that it does not depend on who was how fast.
 */
export async function addFurtherSeeds(
  sweep: StoredSweep,
  store: {
    readonly sweeps: Pick<SweepLedger, 'append'>;
    readonly folders: Pick<FolderLedger, 'newest'>;
    readonly read: Pick<ReadModel, 'allTrials' | 'scores'>;
  },
): Promise<void> {
  const spec = storedSpec(sweep.spec);
  const [metric] = spec.metrics;
  if (spec.seeds.most === spec.seeds.count || metric === undefined) return;
  const trials = await store.read.allTrials(sweep.id);
  if (trials.some(({ states }) => states.some((state) => OPEN.includes(state)))) return;
  const scores = await store.read.scores(sweep.id, { ...metric, trialIds: null });
  const byRun = new Map(scores.map((score) => [score.runId, score]));
  const runsOf = ({ runIds, states }: TrialView): readonly RunScore[] =>
    runIds.map((runId, i) => {
      const score = byRun.get(runId);
      return {
        state: states[i] as RunState,
        score: score ? { value: score.value, passportKey: score.passport, protocol: score.protocol } : null,
      };
    });
  const passport = commonPassport(trials.flatMap(runsOf));
  const more = furtherSeeds(
    trials.map((trial) => ({
      scores: runsOf(trial).flatMap(({ score }) =>
        score !== null && score.passportKey === passport ? [score.value] : [],
      ),
      diverged: trial.states.filter((state) => state === 'diverged').length,
      seeds: new Set(trial.seeds).size,
    })),
    {
      goal: metric.goal,
      max: spec.seeds.most,
      runsLeft: Math.max(0, Math.min(spec.runCap ?? RUNS_MAX, RUNS_MAX) - sweep.runCount),
    },
  );
  const known = await store.folders.newest(sweep.createdAt);
  const runs = trials
    .flatMap((trial, i) => unusedSeeds(spec, trial, more[i] as number).map((seed) => ({ trial, seed })))
    .toSorted((a, b) => a.seed - b.seed)
    .map(
      ({ trial, seed }, i): NewRun => ({
        index: sweep.nextIndex + i,
        trialId: trial.id,
        configuration: trial.config,
        seed,
        dataHash: dataHashOf(trial.config.dataset, known),
      }),
    );
  // Where somebody else was first, or the sweep grew meanwhile, the next round sees it.
  const { nextIndex: from, specHash } = sweep;
  await store.sweeps.append(sweep.id, { from, specHash, runs, growing: runs.length > 0 });
}

function unusedSeeds({ seeds }: SweepSpec, trial: TrialView, count: number): readonly number[] {
  const used = new Set(trial.seeds);
  const unused = Array.from({ length: seeds.most }, (_, i) => seeds.at(i)).filter((seed) => !used.has(seed));
  return unused.slice(0, count);
}
