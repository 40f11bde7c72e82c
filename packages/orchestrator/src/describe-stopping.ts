import { isTerminal, type ScoreName, type SweepId } from '@gansweep/domain';
import { type EarlyTermination, planOf } from '@gansweep/spec';
import { type Summary, summarise } from '@gansweep/verdict';
import type { StoppingLedger } from './ports.ts';
import type { ReadModel, SweepView } from './read-model.ts';
import { type ComparedTrial, compareAtRungs } from './stop-sweep.ts';
import { storedSpec } from './submit-sweep.ts';

/** What early stopping did in a sweep, and what it cost. */
export interface StoppingView {
  readonly type: EarlyTermination['rule']['type'];
  readonly metric: ScoreName;
  readonly goal: 'minimize' | 'maximize';
  readonly rungs: readonly { readonly images: number; readonly compared: number; readonly passed: number }[];
  /** Every trial was compared at every rung that it reached. */
  readonly settled: boolean;
  /** Trials that were compared and not promoted, so far. */
  readonly stopped: number;
  /** Images seen, of those that all runs to their end would see: without what the audit trained, and of the audit alone. */
  readonly budget: { readonly share: number; readonly audit: number };
  /** Null while nobody is audited. */
  readonly audit: StoppingAudit | null;
}

export interface StoppingAudit {
  /** Stopped trials that are trained to their end all the same, and how many have ended. */
  readonly trials: number;
  readonly ended: number;
  /** Mean over the seeds of the best trial that was promoted to its end; null while none has ended. */
  readonly bestKept: number | null;
  /** Audited trials that end better than it. */
  readonly beaten: number;
  /** Share of the stopped trials that would have, with its 95 % interval (Wilson); null while none has ended. */
  readonly share: { readonly mean: number; readonly low: number; readonly high: number } | null;
  /**
   * How much better than the best kept one a stopped trial ends, 0 where it is not; mean over the audited with its 95 % interval,
   * which one audited trial does not have. In the unit of the metric.
   */
  readonly regret: Summary | null;
}

/** @returns null for a sweep without `early_terminate`. */
export async function describeStopping(
  sweep: Pick<SweepView, 'id' | 'spec' | 'runCount' | 'progress'>,
  { read, stopping }: { readonly read: Pick<ReadModel, 'scores'>; readonly stopping: StoppingLedger },
): Promise<StoppingView | null> {
  const plan = planOf(storedSpec(sweep.spec));
  const given = plan.earlyTermination;
  if (given === null) return null;
  const { name, goal } = given.metric;
  const members = await stopping.members(sweep.id, name);
  const compared = compareAtRungs(given, members, {
    seedCount: plan.seedCount,
    expanded: sweep.progress.expandedRuns === sweep.runCount,
  });
  const { images, trials } = compared;
  const at = plan.metrics.find((metric) => metric.name === name)?.at ?? 'last';
  const ends = await endsOf(sweep.id, { name, at, goal }, read);
  const isStopped = ({ passes, runs }: ComparedTrial): boolean =>
    passes < images.length && runs.every((run) => run.imagesSeen >= (images[passes] ?? 0) || run.audited);
  const whole = sweep.runCount * given.images;
  const seen = (trial: ComparedTrial, most: number): number =>
    trial.runs.reduce((sum, run) => sum + Math.min(run.imagesSeen, most), 0);
  const all = trials.reduce((sum, trial) => sum + seen(trial, Number.POSITIVE_INFINITY), 0);
  const withoutAudit = trials.reduce(
    (sum, trial) =>
      sum + seen(trial, trial.audited ? (images[trial.passes] ?? given.images) : Number.POSITIVE_INFINITY),
    0,
  );
  return {
    type: given.rule.type,
    metric: name,
    goal,
    rungs: compared.rungs.map((rung, i) => ({ images: images[i] ?? 0, ...rung })),
    settled: compared.settled,
    stopped: trials.filter(isStopped).length,
    budget: { share: withoutAudit / whole, audit: (all - withoutAudit) / whole },
    audit: auditOf(trials, images.length, goal, ends),
  };
}

/** Mean over the seeds of each trial that has succeeded runs. */
async function endsOf(
  id: SweepId,
  {
    name,
    at,
    goal,
  }: { readonly name: ScoreName; readonly at: 'last' | 'best' | 'mean-last-3'; readonly goal: 'minimize' | 'maximize' },
  read: Pick<ReadModel, 'scores'>,
): Promise<ReadonlyMap<string, number>> {
  const byTrial = new Map<string, number[]>();
  for (const { trialId, value } of await read.scores(id, { trialIds: null, name, at, goal }))
    byTrial.set(trialId, [...(byTrial.get(trialId) ?? []), value]);
  return new Map(
    [...byTrial].map(([trial, values]) => [trial, values.reduce((sum, value) => sum + value, 0) / values.length]),
  );
}

function auditOf(
  trials: readonly ComparedTrial[],
  rungs: number,
  goal: 'minimize' | 'maximize',
  ends: ReadonlyMap<string, number>,
): StoppingAudit | null {
  const audited = trials.filter((trial) => trial.audited);
  if (audited.length === 0) return null;
  const sign = goal === 'minimize' ? 1 : -1;
  // With a seed still under way its mean is of those that were quicker.
  const isOver = ({ runs }: ComparedTrial): boolean => runs.every(({ state }) => isTerminal(state));
  const kept = trials
    .filter((trial) => trial.passes === rungs && !trial.audited && isOver(trial))
    .flatMap(({ id }) => ends.get(id) ?? [])
    .map((value) => sign * value);
  const best = kept.length === 0 ? null : Math.min(...kept);
  const over = audited.filter(isOver);
  const gains =
    best === null
      ? []
      : over.map(({ id }) => {
          const end = ends.get(id);
          // A run that diverges or fails after it was stopped beats nobody.
          return end === undefined ? 0 : Math.max(0, best - sign * end);
        });
  const beaten = gains.filter((gain) => gain > 0).length;
  const regret = gains.length === 0 ? null : summarise(gains);
  return {
    trials: audited.length,
    ended: over.length,
    bestKept: best === null ? null : sign * best,
    beaten,
    share: gains.length === 0 ? null : wilson(beaten, gains.length),
    regret: regret && { ...regret, low: regret.low === null ? null : Math.max(0, regret.low) },
  };
}

const Z = 1.959964;

/**
 * Share k/n with its 95 % interval.
 * @see Wilson (1927), Probable inference, the law of succession, and statistical inference, doi:10.2307/2276774
 */
export function wilson(k: number, n: number): { readonly mean: number; readonly low: number; readonly high: number } {
  const p = k / n;
  const middle = p + Z ** 2 / (2 * n);
  const half = Z * Math.sqrt((p * (1 - p)) / n + Z ** 2 / (4 * n ** 2));
  const scale = 1 + Z ** 2 / n;
  return { mean: p, low: Math.max(0, (middle - half) / scale), high: Math.min(1, (middle + half) / scale) };
}
