import { isTerminal, type RunId } from '@gansweep/domain';
import { type PlacedTrial, proposePoint } from '@gansweep/search';
import {
  type KnownFolders,
  keyOf,
  locatePoint,
  type MetricGoal,
  planOf,
  type Search,
  type SweepSpec,
} from '@gansweep/spec';
import { commonPassport, type RunScore } from '@gansweep/verdict';
import { runsOfGrown } from './grow-sweep.ts';
import type { ExpandingSweep, FolderLedger, NewRun, StoredSweep, SweepLedger } from './ports.ts';
import type { ReadModel, TrialView } from './read-model.ts';
import { newRun, runsOfSpec, storedSpec } from './submit-sweep.ts';

type Results = Pick<ReadModel, 'allTrials' | 'scores'>;

/**
 * Runs of a stored sweep from `from` on: those that its spec decides, then those of trials proposed from results, as far
 * as the results are there. None while trials before have to end first.
 *
 * The proposal for the trial at a position rests on the results of the trials before but the last `parallel − 1`, which
 * count as pending even where they have ended. So the same spec and results give the same trials, whatever the number of
 * workers and the order in which runs end.
 * @throws Error when the stored spec no longer parses.
 */
export async function nextRuns(
  sweep: ExpandingSweep,
  part: { readonly from: number; readonly count: number },
  {
    read,
    sweeps,
    folders,
  }: {
    readonly read: Results;
    readonly sweeps: Pick<SweepLedger, 'members'>;
    readonly folders: Pick<FolderLedger, 'newest'>;
  },
): Promise<readonly NewRun[]> {
  const known = await folders.newest(sweep.createdAt);
  const spec = storedSpec(sweep.spec);
  const { search } = spec;
  const { grownFrom } = sweep;
  const decided =
    grownFrom === null
      ? runsOfSpec(sweep.spec, known, part)
      : await runsOfGrown({ ...sweep, grownFrom }, part, { sweeps, folders });
  if (search === null || decided.length > 0) return decided;
  return proposedRuns(sweep, { spec, search, known, from: part.from }, read);
}

async function proposedRuns(
  sweep: StoredSweep,
  {
    spec,
    search,
    known,
    from,
  }: { readonly spec: SweepSpec; readonly search: Search; readonly known: KnownFolders; readonly from: number },
  read: Results,
): Promise<readonly NewRun[]> {
  const plan = planOf(spec);
  const trials = await read.allTrials(sweep.id);
  const firstOpen = trials.findIndex(({ states }) => !states.every(isTerminal));
  const ended = firstOpen === -1 ? trials.length : firstOpen;
  /** Trials whose results the proposal at a position rests on. */
  const restsOn = (position: number): number => Math.max(search.startup, position - search.parallel + 1);
  if (trials.length >= plan.trialCount || restsOn(trials.length) > ended) return [];
  const scores = await scoresOf(sweep, { trials: trials.slice(0, ended), metrics: plan.metrics }, read);
  // A space that grew may not have a trial's value of a new parameter; such a trial says nothing.
  const points = trials.map(({ config }) => locatePoint(spec.space, config));
  const runs: NewRun[] = [];
  for (let position = trials.length; position < plan.trialCount && restsOn(position) <= ended; position++) {
    const results = objectivesOf(trials.slice(0, restsOn(position)), plan.metrics, scores);
    const before = points.flatMap((point, i): readonly PlacedTrial[] =>
      point === null ? [] : [{ point, objectives: results[i] ?? null }],
    );
    const point = proposePoint(spec.space, before, { seed: search.seed, position }) ?? untried(spec, before);
    const trial = plan.trialOf(point);
    points.push(point);
    for (let k = 0; k < spec.seeds.count; k++)
      runs.push(newRun({ index: from + runs.length, seed: spec.seeds.at(k), ...trial }, known));
  }
  return runs;
}

/** The first point of the Sobol sequence that no trial has: there is one as long as trials are missing. */
function untried(spec: SweepSpec, before: readonly PlacedTrial[]): PlacedTrial['point'] {
  const tried = new Set(before.map(({ point }) => keyOf(point)));
  for (let position = 0; position < spec.trials.count; position++) {
    const point = spec.trials.at(position);
    if (!tried.has(keyOf(point))) return point;
  }
  throw new Error('the space has fewer configurations than the sweep has trials');
}

type ScoresByRun = ReadonlyMap<RunId, NonNullable<RunScore['score']>>;

/** Scores of trials' succeeded runs, a map for each metric. */
async function scoresOf(
  sweep: StoredSweep,
  { trials, metrics }: { readonly trials: readonly TrialView[]; readonly metrics: readonly MetricGoal[] },
  read: Results,
): Promise<readonly ScoresByRun[]> {
  const trialIds = trials.map(({ id }) => id);
  return Promise.all(
    metrics.map(async ({ name, at, goal }) => {
      const scores = await read.scores(sweep.id, { trialIds, name, at, goal });
      return new Map(
        scores.map(({ runId, value, passport, protocol }) => [runId, { value, passportKey: passport, protocol }]),
      );
    }),
  );
}

/**
 * What each trial says for the search, lower being better: for each metric the mean over its seeds, in which a run that
 * diverged, failed or was stopped counts as the worst run of all these trials; null where no run has a score. Runs that a
 * person cancelled say nothing. Scores under different passports are not compared: the most frequent one counts.
 */
export function objectivesOf(
  trials: readonly Pick<TrialView, 'runIds' | 'states'>[],
  metrics: readonly Pick<MetricGoal, 'goal'>[],
  scores: readonly ScoresByRun[],
): readonly (readonly (number | null)[])[] {
  const byMetric = metrics.map(({ goal }, k) => {
    const runsOf = ({ runIds, states }: Pick<TrialView, 'runIds' | 'states'>): readonly RunScore[] =>
      runIds.map((runId, i) => ({ state: states[i] ?? 'queued', score: scores[k]?.get(runId) ?? null }));
    const passport = commonPassport(trials.flatMap(runsOf));
    const numberFor = ({ state, score }: RunScore): number | null =>
      state !== 'succeeded' || score === null || score.passportKey !== passport
        ? null
        : goal === 'maximize'
          ? -score.value
          : score.value;
    const worst = Math.max(...trials.flatMap(runsOf).flatMap((run) => numberFor(run) ?? []));
    return trials.map((trial) => {
      const values = runsOf(trial)
        .filter(({ state }) => state !== 'cancelled')
        .map(numberFor);
      if (values.every((value) => value === null)) return null;
      return values.reduce<number>((sum, value) => sum + (value ?? worst), 0) / values.length;
    });
  });
  return trials.map((_, i) => byMetric.map((values) => values[i] ?? null));
}
