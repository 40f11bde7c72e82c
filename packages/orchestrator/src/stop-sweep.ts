import { createHash } from 'node:crypto';
import type { RunState, TrialId } from '@gansweep/domain';
import { type RungScore, rungsOf, type StoppingState, scoringPoints, stopTrials } from '@gansweep/search';
import { type EarlyTermination, planOf } from '@gansweep/spec';
import { evaluationTargets } from './evaluation-plan.ts';
import type { EvaluationPlan, StoppingLedger, StoppingMember, StoppingSweep } from './ports.ts';
import { rungPlan } from './rung-plan.ts';
import { storedSpec } from './submit-sweep.ts';

/** Share of the stopped trials that are trained to their end all the same, and from how many on it is one at least. */
const AUDITED_SHARE = 0.05;
const AUDITED_FROM = 10;

/** A trial of a sweep that stops, as it was compared. */
export interface ComparedTrial {
  readonly id: TrialId;
  readonly runs: readonly StoppingMember[];
  /** Rungs that it may pass; all of them: it trains to its end. */
  readonly passes: number;
  readonly audited: boolean;
}

export interface ComparedSweep extends Pick<StoppingState, 'rungs' | 'settled'> {
  /** Images of each rung. */
  readonly images: readonly number[];
  /** In the order of the sweep. */
  readonly trials: readonly ComparedTrial[];
}

/** What the scores say that are there, whatever has been done about it. */
export function compareAtRungs(
  { rule, metric, images }: EarlyTermination,
  members: readonly StoppingMember[],
  { seedCount, expanded }: { readonly seedCount: number; readonly expanded: boolean },
): ComparedSweep {
  const rungs = rungsOf(rule, images);
  const byTrial = new Map<TrialId, StoppingMember[]>();
  for (const member of members) byTrial.set(member.trialId, [...(byTrial.get(member.trialId) ?? []), member]);
  const trials = [...byTrial];
  const sign = metric.goal === 'minimize' ? 1 : -1;
  const table = trials.map(([, runs]) =>
    rungs.map((rung): RungScore[] => [
      ...runs.map((run) => scoreAtRung(run, rung, sign)),
      // Seeds that are not expanded yet.
      ...Array.from({ length: Math.max(0, seedCount - runs.length) }, () => ({ kind: 'pending' }) as const),
    ]),
  );
  const { passes, rungs: counts, settled } = stopTrials(rule, table, expanded);
  return {
    images: rungs,
    rungs: counts,
    settled,
    trials: trials.map(([id, runs], i) => ({
      id,
      runs,
      // Whoever was let go to the end stays so, also where a sweep has grown since and would now take others.
      passes: runs.every(({ untilImages, audited }) => untilImages === null && !audited)
        ? rungs.length
        : (passes[i] ?? 0),
      audited: runs.some(({ audited }) => audited),
    })),
  };
}

const LOST: readonly RunState[] = ['diverged', 'pruned', 'failed', 'cancelled', 'quarantined'];

/**
 * What a run has at a rung: at each scoring point its first score from there on, which is the same whatever else it was
 * evaluated for. A run that was trained by another sweep before, which did not score it there, counts with what came next;
 * one that ended as succeeded before (its minutes were spent), with what it had. One that was stopped before the sweep
 * grew will not get there, whatever another sweep does with it.
 */
function scoreAtRung({ state, scores, stopped }: StoppingMember, rung: number, sign: 1 | -1): RungScore {
  const reached = scores.some(({ imagesSeen }) => imagesSeen >= rung);
  if (!reached && (stopped || LOST.includes(state))) return { kind: 'worst' };
  if (!reached && state !== 'succeeded') return { kind: 'pending' };
  const taken = scoringPoints(rung).map(
    (point) => scores.find(({ imagesSeen }) => imagesSeen >= point) ?? scores.at(-1),
  );
  const values = [...new Set(taken)].map((score) => score?.value ?? Number.NaN);
  return values.every(Number.isFinite)
    ? { kind: 'scored', values: values.map((value) => sign * value) }
    : { kind: 'worst' };
}

/**
 * Stopped trials to be audited besides those that are already: 5 %, chosen by the hash of the sweep and the trial, so the
 * choice knows nothing of the scores and is the same wherever it is made.
 */
export function chooseAudits(sweepId: string, stopped: readonly ComparedTrial[]): readonly TrialId[] {
  const { length } = stopped;
  const wanted = length < AUDITED_FROM ? 0 : Math.max(1, Math.round(length * AUDITED_SHARE));
  const already = stopped.filter(({ audited }) => audited).length;
  const lot = (id: TrialId): string => createHash('sha256').update(`${sweepId} ${id}`).digest('hex');
  return stopped
    .filter(({ audited, runs }) => !audited && runs.some(({ state, stopped }) => state === 'queued' && !stopped))
    .map(({ id }) => ({ id, lot: lot(id) }))
    .sort((a, b) => (a.lot < b.lot ? -1 : 1))
    .slice(0, Math.max(0, wanted - already))
    .map(({ id }) => id);
}

/**
 * Runs that wait where their trial was not scored, and that nobody would go on with: a sweep that measures something else
 * set them down there, or held them last. Each is wanted up to the next images at which this sweep has it evaluated.
 */
function unscoredAtRungs(
  { images, trials }: ComparedSweep,
  evaluation: EvaluationPlan,
  totalImages: number,
): readonly { readonly runId: StoppingMember['runId']; readonly untilImages: number | null }[] {
  const targets = evaluationTargets([evaluation], totalImages);
  return trials.flatMap(({ passes, runs }) => {
    const rung = images[passes];
    if (rung === undefined) return [];
    return runs.flatMap(({ runId, state, stopped, untilImages, rungImages, scores }) => {
      const waits = state === 'queued' && !stopped && untilImages !== null && rungImages >= Math.max(rung, untilImages);
      if (!waits || scores.some(({ imagesSeen }) => imagesSeen >= rung)) return [];
      const next = targets.find((target) => target > rungImages) ?? totalImages;
      return [{ runId, untilImages: next < totalImages ? next : null }];
    });
  });
}

/**
 * Takes the decisions of one sweep that its scores allow: promotes trials; when all were compared, chooses those to be
 * audited; and when these have ended too, stops the rest. Any process may do it at any time: the decisions are a function
 * of recorded scores, and the record takes each once.
 */
export async function stopSweep({ id, spec, expanded }: StoppingSweep, ledger: StoppingLedger): Promise<void> {
  const plan = planOf(storedSpec(spec));
  if (plan.earlyTermination === null) return;
  const members = await ledger.members(id, plan.earlyTermination.metric.name);
  const compared = compareAtRungs(plan.earlyTermination, members, { seedCount: plan.seedCount, expanded });
  const { images, trials, settled } = compared;
  const wanted = trials.map((trial) => ({ trialId: trial.id, untilImages: images[trial.passes] ?? null, trial }));
  const promoted = wanted.filter(({ trial: { runs }, untilImages }) =>
    runs.some((run) => run.untilImages !== null && (untilImages === null || untilImages > run.untilImages)),
  );
  if (promoted.length > 0) await ledger.promote(id, promoted, 'promotion');
  const evaluation = { ...plan.evaluation, ...rungPlan(plan.earlyTermination) };
  const unscored = unscoredAtRungs(compared, evaluation, plan.earlyTermination.images);
  if (unscored.length > 0) await ledger.goOn(id, unscored);
  if (!settled) return;
  const audits = chooseAudits(
    id,
    trials.filter(({ passes }) => passes < images.length),
  );
  if (audits.length > 0) {
    await ledger.promote(
      id,
      audits.map((trialId) => ({ trialId, untilImages: null })),
      'audit',
    );
    return;
  }
  await ledger.stop(id);
}

/** Looks at every sweep that stops, and decides for those about which something new is recorded since the last call. */
export function stoppingWatch(ledger: StoppingLedger): () => Promise<void> {
  let known = new Map<string, string>();
  return async () => {
    const sweeps = await ledger.sweeps();
    const next = new Map<string, string>();
    for (const sweep of sweeps) {
      if (known.get(sweep.id) !== sweep.fingerprint) await stopSweep(sweep, ledger);
      next.set(sweep.id, sweep.fingerprint);
    }
    known = next;
  };
}
