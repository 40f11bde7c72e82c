import {
  CURVE_NAMES,
  type CurveName,
  FAILURE_KINDS,
  FINDING_NAMES,
  PANEL_NAMES,
  type PanelName,
  PLUGIN_METRIC_PATTERN,
  RUN_STATES,
} from '@gansweep/domain';
import { z } from 'zod';
import { pageQuery } from './lists.ts';
import {
  configurationFields,
  count,
  finiteOrNull,
  instant,
  queryFlag,
  queryInteger,
  runId,
  sweepId,
  trialId,
  workerId,
} from './scalars.ts';

export const backend = z.object({ name: z.string(), version: z.string(), device: z.string() });

const failure = z.object({ kind: z.enum(FAILURE_KINDS), message: z.string() });

export const outcome = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('succeeded'), atImagesSeen: count, endedBy: z.enum(['images', 'budget']) }),
  z.object({ kind: z.literal('diverged'), atImagesSeen: count, firstBadTensor: z.string() }),
  z.object({ kind: z.literal('pruned'), atImagesSeen: count }),
  z.object({ kind: z.literal('cancelled'), atImagesSeen: count }),
  z.object({ kind: z.literal('failed'), failure }),
  z.object({ kind: z.literal('quarantined'), failure }),
]);

/** One execution of a run by one worker. */
export const attempt = z.object({
  epoch: count,
  workerId,
  host: z.string(),
  slot: count,
  startedAt: instant,
  endedAt: instant.nullable(),
  /** `inherited`: epoch 0, what the shorter run recorded that this one continues. */
  endedAs: z.enum(['finished', 'released', 'failed', 'lease-expired', 'worker-lost', 'inherited']).nullable(),
  resumedAtImages: count,
  imagesSeen: count.nullable(),
  seconds: finiteOrNull,
  /** Most MiB that its trainer's process had resident, with all runs that it trained at once; null where nobody could tell. */
  peakMemoryMib: finiteOrNull,
  /** Most runs that shared its trainer when one of them was claimed, itself included, and why the worker took so many. */
  pack: z.object({ size: count, because: z.string().nullable() }),
  backend: backend.nullable(),
  failure: failure.extend({ exitCode: z.int().nullable(), signal: z.string().nullable() }).nullable(),
});

/** Something a detector saw, with the evidence. */
const finding = z.object({
  name: z.enum(FINDING_NAMES),
  imagesSeen: count,
  /** The numbers that it rests on. */
  evidence: z.record(z.string(), z.union([z.number(), z.string()])),
});

export type FindingAnswer = z.infer<typeof finding>;

export const run = z.object({
  id: runId,
  trialId,
  config: configurationFields,
  seed: count,
  state: z.enum(RUN_STATES),
  outcome: outcome.nullable(),
  imagesSeen: count,
  sweepIds: z.array(sweepId),
  /** The shorter run from whose last checkpoint it goes on, which may have been deleted since; null where it begins anew. */
  continues: runId.nullable(),
  createdAt: instant,
  endedAt: instant.nullable(),
  attempts: z.array(attempt),
  /** Of the newest attempt; null before the first has chosen one. */
  backend: backend.nullable(),
  cost: z.object({
    /** Wall clock of all attempts, evaluations between two calls included. */
    seconds: z.number(),
    /** Work of all evaluations that were recorded, of attempts whose scores were made again too; may have gone on beside the training. */
    evaluationSeconds: z.number(),
    /** Most that its trainer's process had resident in any attempt, in MiB; null where nobody could tell. */
    peakMemoryMib: z.number().nullable(),
  }),
  findings: z.array(finding),
});
export type RunAnswer = z.infer<typeof run>;
export type AttemptAnswer = z.infer<typeof attempt>;

export const runsQuery = pageQuery.extend({ sweep: sweepId.optional(), state: z.enum(RUN_STATES).optional() });

const curveNames = z
  .string()
  .transform((text) => text.split(','))
  .pipe(z.array(z.enum(CURVE_NAMES)).min(1));

export const curvesQuery = z.strictObject({
  /** Curve names joined by commas; all when left out. */
  names: curveNames.optional(),
  /** Decimation keeps each bucket's minimum and maximum; 0 gives every point. */
  maxPoints: queryInteger({ min: 0, max: 100_000 }).default(1000),
});

/** Equally long lists; `min` and `max` equal `value` where nothing was left out. */
export const curve = z.object({
  images: z.array(count),
  value: z.array(finiteOrNull),
  min: z.array(finiteOrNull),
  max: z.array(finiteOrNull),
});
export const curves = z.object({
  series: z.object(
    Object.fromEntries(CURVE_NAMES.map((name) => [name, curve.optional()])) as Record<
      CurveName,
      z.ZodOptional<typeof curve>
    >,
  ),
});
export type Curve = z.infer<typeof curve>;
export type Curves = z.infer<typeof curves>;

export const evaluation = z.object({
  imagesSeen: count,
  /** As `kid-lenet/v1`; of registered extractors too, and metrics of plugins. */
  protocol: z.string().regex(new RegExp(`^[a-z0-9]+(-[a-z0-9]+)*/v\\d+$|${PLUGIN_METRIC_PATTERN}`)),
  passport: z.record(z.string(), z.unknown()),
  scores: z.record(z.string(), finiteOrNull),
});
export type EvaluationAnswer = z.infer<typeof evaluation>;

export const sample = z.object({
  imagesSeen: count,
  /** Path of the PNG under the same host. */
  url: z.string(),
});

export const panelName = z.enum(PANEL_NAMES as [PanelName, ...PanelName[]]);

/** A picture of a run's networks at a moment. */
export const panel = z.object({
  name: panelName,
  imagesSeen: count,
  /** Path of the PNG under the same host. */
  url: z.string(),
  /** Path of the numbers behind it, JSON. */
  dataUrl: z.string(),
});
export type PanelAnswer = z.infer<typeof panel>;

export const checkpoint = z.object({
  imagesSeen: count,
  /** `full`: everything needed to continue; `generator`: G's weights only. */
  kind: z.enum(['full', 'generator']),
  epoch: count,
  bytes: count,
  sha256: z.string(),
  createdAt: instant,
});
export type CheckpointAnswer = z.infer<typeof checkpoint>;

export const logsQuery = pageQuery.extend({
  /** Keeps the answer open as an event stream and sends each new line as an event `line`. */
  follow: queryFlag.optional(),
});

export const logLine = z.object({ epoch: count, lineNo: count, at: instant, line: z.string() });
export type LogLine = z.infer<typeof logLine>;

/** `fresh` starts over; otherwise the last checkpoint is resumed. */
export const retryBody = z.strictObject({ fresh: z.boolean().default(false) });
export const runState = z.object({ id: runId, state: z.enum(RUN_STATES) });
