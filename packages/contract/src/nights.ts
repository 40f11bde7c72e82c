import { NIGHT_VERDICTS, VERDICTS } from '@gansweep/domain';
import { z } from 'zod';
import { count, finiteOrNull, instant, sweepId } from './scalars.ts';

const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'letters, digits, dots, dashes; 100 at most');
const texts = z.record(z.string(), z.string());
const goal = z.enum(['minimize', 'maximize']);

const circumstances = z.strictObject({
  /** Of the repository that the service runs from; `+changes` behind it where files differ. */
  commit: z.string().nullable(),
  lockfile: z.strictObject({ hash: z.string(), packages: texts }).nullable(),
  backends: z.array(z.string()),
  /** Hash by data set. */
  data: texts,
  trainingVersion: z.int(),
});

/** What nights are compared with: per sweep, configuration and seed the scores, and the circumstances they were made in. */
export const baseline = z.strictObject({
  version: z.literal(1),
  name,
  savedAt: instant,
  circumstances,
  sweeps: z.array(
    z.strictObject({
      name: z.string().min(1).max(200),
      metrics: z.array(z.strictObject({ name: z.string(), goal, at: z.enum(['last', 'best', 'mean-last-3']) })).min(1),
      trials: z.array(
        z.strictObject({
          id: z.string().regex(/^[0-9a-f]{64}$/),
          label: z.string(),
          /** Key of each score's passport. */
          passports: texts,
          seeds: z.array(
            z.strictObject({
              seed: count,
              state: z.enum(['succeeded', 'diverged']),
              scores: z.record(z.string(), z.number()),
            }),
          ),
        }),
      ),
    }),
  ),
});
export type BaselineAnswer = z.infer<typeof baseline>;

export const baselineSaved = z.object({ name: z.string(), savedAt: instant });

/** How nights are judged; `nightly.json` beside regression sweeps holds any of it. */
export const nightSettings = z.strictObject({
  /** Relative difference that does not matter. */
  margin: z.number().gt(0).max(1).default(0.05),
  /** Most nights without a change, as a share, that may say `regressed`. */
  falseAlarms: z.number().min(1e-6).max(0.5).default(0.05),
  /** Seeds of the first look. */
  firstSeeds: z.int().min(2).max(1_000).default(8),
});

/** Asks for a night: its sweeps are trained, and compared with a stored baseline. */
export const nightBody = z.strictObject({
  /** Stored before (`POST /baselines`); null: nothing is compared. */
  baseline: name.nullable().default(null),
  /** Stores the scores under this name; every seed of the specs is trained then. */
  saveBaseline: name.nullable().default(null),
  settings: nightSettings.prefault({}),
  sweeps: z
    .array(z.strictObject({ name: z.string().min(1).max(200), spec: z.record(z.string(), z.unknown()) }))
    .min(1)
    .max(100),
});

const nightId = z.uuid();
const divergedRuns = z.object({ tonight: count, baseline: count, seeds: count });

const question = z.object({
  key: z.string(),
  sweep: z.string(),
  /** Null: all configurations of the sweep together. */
  trialId: z.string().nullable(),
  label: z.string(),
  score: z.string(),
  goal,
  verdict: z.enum(VERDICTS),
  /** Pairs of seeds. */
  pairs: count,
  /** Means over the pairs. */
  baseline: finiteOrNull,
  tonight: finiteOrNull,
  /** Share by which the score got worse (below 0: better), with a 95 % interval. */
  worse: finiteOrNull,
  low: finiteOrNull,
  high: finiteOrNull,
  /** Every pair is equal to twelve digits. */
  identical: z.boolean(),
  pWorse: z.number(),
  diverged: divergedRuns.nullable(),
  pDiverges: finiteOrNull,
  /** Seeds that would decide it, as far as the spread tells. */
  seedsNeeded: finiteOrNull,
  /** Why nothing could be compared. */
  because: z.string().nullable(),
});
export type NightQuestionAnswer = z.infer<typeof question>;

const change = z.object({
  what: z.enum(['commit', 'lockfile', 'backend', 'data', 'training version']),
  baseline: z.string(),
  tonight: z.string(),
  details: z.array(z.string()),
});

const nightReport = z.object({
  verdict: z.enum(NIGHT_VERDICTS),
  questions: z.array(question),
  changes: z.array(change),
  faults: z.array(z.string()),
  circumstances: z.object({ ...circumstances.shape, lockfile: z.object({ hash: z.string() }).nullable() }),
  baselineSavedAt: instant.nullable(),
});

/** A night in a list. */
export const nightListItem = z.object({
  id: nightId,
  /** The date (UTC) that the schedule began it for; null: somebody asked. */
  scheduledFor: z.string().nullable(),
  /** `missed`: no service was there at its time. */
  state: z.enum(['running', 'done', 'missed']),
  verdict: z.enum(NIGHT_VERDICTS).nullable(),
  baseline: z.string().nullable(),
  saveBaseline: z.string().nullable(),
  sweeps: z.array(z.string()),
  /** Questions by verdict. */
  counts: z.record(z.enum(VERDICTS), count),
  createdAt: instant,
  endedAt: instant.nullable(),
});
export type NightListItem = z.infer<typeof nightListItem>;

export const night = nightListItem.extend({
  settings: nightSettings.nullable(),
  /** The first seeds, then those that lacked. */
  looks: z.array(
    z.object({
      sweeps: z.array(
        z.object({
          name: z.string(),
          seeds: z.array(count),
          /** Null until it is submitted. */
          sweepId: sweepId.nullable(),
          endedRuns: count,
          runCount: count,
          waitingBecause: z.string().nullable(),
        }),
      ),
    }),
  ),
  report: nightReport.nullable(),
});
export type NightAnswer = z.infer<typeof night>;

export const nightParams = z.object({ id: nightId });
export const baselineParams = z.object({ name });
export const nightBegun = z.object({ id: nightId });
