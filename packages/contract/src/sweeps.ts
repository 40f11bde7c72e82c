import { RUN_STATES, SWEEP_STATES } from '@gansweep/domain';
import { z } from 'zod';
import { pageQuery } from './lists.ts';
import { configurationFields, count, finiteOrNull, instant, sweepId, trialId } from './scalars.ts';
import { metricSummary } from './trials.ts';

/** Counts by run state; every state is there. */
export const runStateCounts = z.object(
  Object.fromEntries(RUN_STATES.map((state) => [state, count])) as Record<(typeof RUN_STATES)[number], typeof count>,
);

export const metricGoal = z.object({
  name: z.string(),
  goal: z.enum(['minimize', 'maximize']),
  at: z.enum(['last', 'best', 'mean-last-3']),
});

/** What `POST /sweeps` answers. */
export const submittedSweep = z.object({
  id: sweepId,
  name: z.string(),
  state: z.enum(SWEEP_STATES),
  specHash: z.string(),
  trialCount: count,
  runCount: count,
  /** Runs that existed before: after submission of the first chunk, in `GET /sweeps/:id` of all. */
  adoptedRunCount: count,
});
export type SubmittedSweep = z.infer<typeof submittedSweep>;

export const sweepProgress = z.object({
  /** Runs written down so far; below `runCount` while the sweep is expanding. */
  expandedRuns: count,
  endedRuns: count,
  /** Real images seen by all runs, and their budget together. */
  imagesSeen: count,
  images: count,
});

export const sweepListItem = submittedSweep.extend({
  createdAt: instant,
  endedAt: instant.nullable(),
  priority: z.int(),
  counts: runStateCounts,
  progress: sweepProgress,
});
export type SweepListItem = z.infer<typeof sweepListItem>;

/** Seeds of a trial: as many each, or where `max` is above `min` up to that where the order of trials is uncertain. */
const seedRange = z.object({ min: count, max: count });

/** A part of a spec that was merged into a sweep's after it was submitted. */
export const growth = z.object({
  at: instant,
  /** A line for each thing that is other than before: `lrG: 0.001 → 0.001, 0.002`. */
  changes: z.array(z.string()),
  /** What a person may wonder about: why no run was added, how many longer runs go on from the shorter ones, and why the others do not. */
  notes: z.array(z.string()),
  addedTrialCount: count,
  addedRunCount: count,
  /** Of these, runs that were recorded before; of the first chunk of ≤ 5,000. */
  adoptedRunCount: count,
});

/** What `PATCH /sweeps/:id` answers: the sweep as it is now, and what was added. */
export const grownSweep = submittedSweep.extend({ growth: growth.omit({ at: true }) });

/** What `early_terminate` did, and what it cost. */
export const stoppingAnswer = z.object({
  type: z.enum(['asha', 'median']),
  metric: z.string(),
  goal: z.enum(['minimize', 'maximize']),
  /** Where trials are compared, and how many of those compared went on. */
  rungs: z.array(z.object({ images: count, compared: count, passed: count })),
  /** Nothing is left to compare. */
  settled: z.boolean(),
  /** Trials that were compared and not promoted so far. */
  stopped: count,
  /** Images seen, of those of all runs to their end: without the audit, and the audit alone. */
  budget: z.object({ share: z.number(), audit: z.number() }),
  /** Stopped trials that were trained to their end all the same; null while there is none. */
  audit: z
    .object({
      trials: count,
      ended: count,
      /** Of the trials that were promoted to their end. */
      bestKept: finiteOrNull,
      /** Audited trials that ended better than the best kept one. */
      beaten: count,
      /** Share of stopped trials that would have, with its 95 % interval (Wilson). */
      share: z.object({ mean: z.number(), low: z.number(), high: z.number() }).nullable(),
      /** How much better than the best kept one they end, 0 where they do not: mean with its 95 % interval. */
      regret: z
        .object({ n: count, mean: finiteOrNull, std: finiteOrNull, low: finiteOrNull, high: finiteOrNull })
        .nullable(),
    })
    .nullable(),
});
export type StoppingAnswer = z.infer<typeof stoppingAnswer>;

export const sweepDetail = sweepListItem.extend({
  description: z.string(),
  /** Why the service paused the sweep by itself; null when it did not. */
  pausedBecause: z.string().nullable(),
  /** What runs that wait need and no live worker has, and how to mend it; null where nothing is wanting. */
  waitingBecause: z.string().nullable(),
  /** The spec as it was posted. */
  spec: z.unknown(),
  metrics: z.array(metricGoal),
  /** Parameters that differ between trials, in the spec's order. */
  axes: z.array(z.string()),
  seeds: seedRange,
  /** By the first metric over succeeded runs; null while there is none. */
  bestTrial: z
    .object({ id: trialId, config: configurationFields, metric: z.string(), summary: metricSummary })
    .nullable(),
  /** What was added after it was submitted, oldest first; `spec` has all of it. */
  growths: z.array(growth),
  /** Null without `early_terminate`. */
  stopping: stoppingAnswer.nullable(),
  cost: z.object({
    /** Training and evaluation of all attempts. */
    seconds: z.number(),
  }),
});
export type SweepDetail = z.infer<typeof sweepDetail>;

export const sweepPreview = z.object({
  name: z.string(),
  specHash: z.string(),
  trialCount: count,
  /** With `min` seeds each. */
  runCount: count,
  /** Trials behind the decided ones that are proposed as results come (`method: tpe`): what they are is not known yet. */
  proposedTrialCount: count,
  seeds: seedRange,
  /** The first 20 in the sweep's order, with all defaults. */
  configurations: z.array(z.object({ trialId, config: configurationFields })),
  estimatedCost: z.object({
    /** Real images to be seen by all runs. */
    images: count,
    /** Seconds of one slot, from the speed of recorded runs; null when nothing comparable is recorded. */
    seconds: finiteOrNull,
    /** Recorded runs that the estimate rests on. */
    basedOnRuns: count,
  }),
});
export type SweepPreview = z.infer<typeof sweepPreview>;

export const sweepsQuery = pageQuery.extend({
  state: z.enum(SWEEP_STATES).optional(),
  /** Part of the name. */
  q: z.string().max(200).optional(),
});

export const sweepState = z.object({ id: sweepId, state: z.enum(SWEEP_STATES) });

export const deleteQuery = z.strictObject({
  /** The sweep's name, so that nothing is deleted by a slip. */
  confirm: z.string().max(4096),
});

export const deletedSweep = z.object({
  id: sweepId,
  /** Files that no other sweep uses and that are gone now. */
  removedArtifacts: count,
});

export const exportQuery = z.strictObject({ format: z.enum(['csv', 'json', 'jsonl']).default('jsonl') });
