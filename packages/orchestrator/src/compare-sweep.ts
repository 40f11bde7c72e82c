import type { Configuration, RunId, SweepId, TrialId } from '@gansweep/domain';
import { type MetricGoal, planOf } from '@gansweep/spec';
import {
  bestTrial,
  commonPassport,
  type MarginalTable,
  marginalTable,
  type RunsSummary,
  type ScoredTrial,
  summariseRuns,
} from '@gansweep/verdict';
import {
  BadCursor,
  type Page,
  type PageRequest,
  type ReadModel,
  type RunScore,
  type SweepView,
  type TrialView,
} from './read-model.ts';
import { storedSpec } from './submit-sweep.ts';

export interface SweepDetailRow extends SweepView {
  readonly metrics: readonly MetricGoal[];
  readonly axes: readonly string[];
  /** Seeds of a trial: as many each, or more where the order of trials is uncertain. */
  readonly seeds: { readonly min: number; readonly max: number };
  readonly bestTrial: {
    readonly id: TrialId;
    readonly config: Configuration;
    readonly metric: string;
    readonly summary: RunsSummary;
  } | null;
}

export interface TrialRow extends Omit<TrialView, 'seeds'> {
  readonly metrics: Readonly<Record<string, RunsSummary>>;
}

/** A question that the sweep has no answer to; expected, so a value with the words for a person. */
export type ComparisonRefusal =
  | { readonly kind: 'not-found' }
  | { readonly kind: 'bad-question'; readonly message: string };

/** A sweep with what it is judged by, and the best trial so far by its first metric. */
export async function describeSweep(id: SweepId, read: ReadModel): Promise<SweepDetailRow | null> {
  const sweep = await read.getSweep(id);
  if (!sweep) return null;
  const plan = planOf(storedSpec(sweep.spec));
  const [metric] = plan.metrics;
  const best = metric ? bestTrial(await scoredTrials(id, metric, read, { unscored: false }), metric.goal) : null;
  return {
    ...sweep,
    metrics: plan.metrics,
    axes: plan.axes,
    seeds: plan.seeds,
    bestTrial:
      best && metric
        ? {
            id: best.trial.id,
            config: best.trial.config as unknown as Configuration,
            metric: metric.name,
            summary: best.summary,
          }
        : null,
  };
}

/**
 * Trials with every score over their seeds. Without `sort` and `filter` a page costs what it shows; with one of them all
 * trials of the sweep are read.
 */
export async function listTrials(
  id: SweepId,
  request: PageRequest & { readonly sort: string | null; readonly filter: Readonly<Record<string, string>> },
  read: ReadModel,
): Promise<Page<TrialRow> | null> {
  const sweep = await read.getSweep(id);
  if (!sweep) return null;
  const goals = goalsOf(sweep);
  const plain = request.sort === null && Object.keys(request.filter).length === 0;
  if (plain) {
    const page = await read.listTrials(id, request);
    const rows = await withMetrics(id, page.items, goals, read);
    return { items: rows.map(({ row }) => row), nextCursor: page.nextCursor };
  }
  const matching = (await read.allTrials(id)).filter(({ config }) =>
    Object.entries(request.filter).every(
      ([name, value]) => String((config as unknown as Record<string, unknown>)[name]) === value,
    ),
  );
  const rows = await withMetrics(id, matching, goals, read);
  const sorted = (request.sort === null ? rows : sortTrials(rows, request.sort)).map(({ row }) => row);
  const start = offsetOf(request.cursor);
  const end = start + request.limit;
  return { items: sorted.slice(start, end), nextCursor: end < sorted.length ? `o${end}` : null };
}

/** Marginal table of one score over one or two parameters. */
export async function compareSweep(
  id: SweepId,
  { metric, by }: { readonly metric: string | null; readonly by: readonly string[] },
  read: ReadModel,
): Promise<
  | {
      readonly kind: 'compared';
      readonly metric: string;
      readonly goal: MetricGoal['goal'];
      readonly table: MarginalTable;
    }
  | ComparisonRefusal
> {
  const sweep = await read.getSweep(id);
  if (!sweep) return { kind: 'not-found' };
  const goals = goalsOf(sweep);
  const name = metric ?? goals[0]?.name;
  if (name === undefined)
    return { kind: 'bad-question', message: 'the sweep has no metric of its own: name one with ?metric=' };
  const goal = goals.find((known) => known.name === name) ?? { name, goal: 'minimize', at: 'last' };
  const trials = await scoredTrials(id, goal, read, { unscored: true });
  const missing = by.find(
    (parameter) => trials.length > 0 && trials.every(({ config }) => config[parameter] === undefined),
  );
  if (missing) return { kind: 'bad-question', message: `no trial of the sweep has a parameter '${missing}'` };
  return { kind: 'compared', metric: name, goal: goal.goal, table: marginalTable(trials, by) };
}

type Goal = Pick<MetricGoal, 'goal' | 'at'> & { readonly name: string };

function goalsOf(sweep: SweepView): readonly MetricGoal[] {
  return planOf(storedSpec(sweep.spec)).metrics;
}

/** Trials with one score each; without the unscored ones nothing is read while no run has a score. */
export async function scoredTrials(
  id: SweepId,
  { name, at, goal }: Goal,
  read: ReadModel,
  { unscored }: { readonly unscored: boolean },
): Promise<readonly ScoredTrial<TrialId>[]> {
  const scores = await read.scores(id, { trialIds: null, name, at, goal });
  if (scores.length === 0 && !unscored) return [];
  const trials = await read.allTrials(id);
  const byRun = new Map(scores.map((score) => [score.runId, score]));
  return trials.map((trial) => ({
    id: trial.id,
    config: trial.config as unknown as Record<string, string | number | boolean>,
    runs: runScores(trial, byRun),
  }));
}

function runScores({ runIds, states }: TrialView, byRun: ReadonlyMap<RunId, RunScore>): ScoredTrial['runs'] {
  return runIds.map((runId, i) => {
    const score = byRun.get(runId);
    return {
      state: states[i] ?? 'queued',
      score: score ? { value: score.value, passportKey: score.passport, protocol: score.protocol } : null,
    };
  });
}

interface JudgedTrial {
  readonly row: TrialRow;
  /** The passport behind each score of `row.metrics`, null where it has none. */
  readonly passports: Readonly<Record<string, string | null>>;
}

/** Each trial's scores over its own seeds, by the passport that most of them share: the same on whatever page it stands. */
async function withMetrics(
  id: SweepId,
  trials: readonly TrialView[],
  goals: readonly MetricGoal[],
  read: ReadModel,
): Promise<readonly JudgedTrial[]> {
  const trialIds = trials.map((trial) => trial.id);
  const last = await read.scores(id, { trialIds, name: null, at: 'last', goal: 'minimize' });
  const special = await Promise.all(
    goals.filter(({ at }) => at !== 'last').map(({ name, at, goal }) => read.scores(id, { trialIds, name, at, goal })),
  );
  const replaced = new Set(goals.flatMap(({ at, name }) => (at === 'last' ? [] : [name as string])));
  const scores = [...last.filter(({ name }) => !replaced.has(name)), ...special.flat()];
  const byName = new Map<string, Map<RunId, RunScore>>(goals.map(({ name }) => [name, new Map()]));
  for (const score of scores) {
    const byRun = byName.get(score.name) ?? new Map<RunId, RunScore>();
    byName.set(score.name, byRun.set(score.runId, score));
  }
  return trials.map((trial) => {
    const judged = [...byName].map(([name, byRun]) => {
      const runs = runScores(trial, byRun);
      const passport = commonPassport(runs);
      return { name, passport, summary: summariseRuns(runs, passport) };
    });
    const { seeds: _seeds, ...shown } = trial;
    return {
      row: { ...shown, metrics: Object.fromEntries(judged.map(({ name, summary }) => [name, summary])) },
      passports: Object.fromEntries(judged.map(({ name, passport }) => [name, passport])),
    };
  });
}

/**
 * By a score, or a parameter; what lacks it comes last. Scores under different passports are not ranked against each
 * other: trials under the most frequent passport come first, then the others, passport by passport.
 */
function sortTrials(trials: readonly JudgedTrial[], sort: string): readonly JudgedTrial[] {
  const name = sort.replace(/^-/, '');
  const direction = sort.startsWith('-') ? -1 : 1;
  const passportOf = ({ passports }: JudgedTrial): string => passports[name] ?? '';
  const counts = new Map<string, number>();
  for (const trial of trials) counts.set(passportOf(trial), (counts.get(passportOf(trial)) ?? 0) + 1);
  const keyOf = ({ row: { metrics, config } }: JudgedTrial): string | number | null => {
    const summary = metrics[name];
    if (summary) return summary.mean;
    const field = (config as unknown as Record<string, string | number | boolean | undefined>)[name];
    return typeof field === 'boolean' ? String(field) : (field ?? null);
  };
  return trials.toSorted((a, b) => {
    const [left, right] = [keyOf(a), keyOf(b)];
    if (left === null || right === null) return left === right ? 0 : left === null ? 1 : -1;
    const [mine, other] = [passportOf(a), passportOf(b)];
    if (mine !== other) return (counts.get(other) ?? 0) - (counts.get(mine) ?? 0) || (mine < other ? -1 : 1);
    return left < right ? -direction : left > right ? direction : 0;
  });
}

function offsetOf(cursor: string | null): number {
  if (cursor === null) return 0;
  const match = /^o(\d{1,9})$/.exec(cursor);
  if (!match) throw new BadCursor('the cursor is not one that this service gave for this order');
  return Number(match[1]);
}
