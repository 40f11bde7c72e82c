import { PLUGIN_METRIC_PATTERN, RUN_STATES } from '@gansweep/domain';
import { z } from 'zod';
import { configurationFields, count, finiteOrNull, runId, trialId } from './scalars.ts';

/**
 * A score over the seeds of a trial: mean ± t(.975, n − 1)·s/√n of succeeded runs with one passport. `low`, `high` and
 * `std` are null with n = 1, the mean too with n = 0.
 */
export const metricSummary = z.object({
  n: count,
  mean: finiteOrNull,
  std: finiteOrNull,
  low: finiteOrNull,
  high: finiteOrNull,
  /** Diverged runs: counted beside the mean, never in it. */
  diverged: count,
  /** Scores left out because their passport differs from that of the others. */
  otherPassports: count,
  /** Protocol of the values, or null when there are none. */
  protocol: z.string().nullable(),
});
export type MetricSummary = z.infer<typeof metricSummary>;

export const trial = z.object({
  id: trialId,
  config: configurationFields,
  /** One per seed, in the order of the sweep's seeds. */
  runIds: z.array(runId),
  /** States of `runIds`, position by position. */
  states: z.array(z.enum(RUN_STATES)),
  metrics: z.record(z.string(), metricSummary),
});
export type TrialAnswer = z.infer<typeof trial>;

/** A score or a parameter, `focal.gamma` of a plugin included. */
export const FIELD = '[A-Za-z][A-Za-z0-9-]*(\\.[A-Za-z0-9]+)?';

export const trialsQuery = z.strictObject({
  cursor: z.string().min(1).max(500).optional(),
  limit: z.coerce.number<number | string>().int().min(1).max(500).default(50),
  /** A score or parameter name; with `-` before it descending. Without: the sweep's order. */
  sort: z
    .string()
    .max(200)
    .regex(new RegExp(`^-?(${FIELD}|${PLUGIN_METRIC_PATTERN.slice(1, -1)})$`))
    .optional(),
  /** `name=value` pairs of parameters joined by commas, all of which must match: `lrG=0.001,noise=uniform`. */
  filter: z.string().max(1000).optional(),
});

export const compareQuery = z.strictObject({
  /** A score name; the sweep's first metric when left out. */
  metric: z.string().max(200).optional(),
  /** One or two parameter names joined by a comma. */
  by: z
    .string()
    .max(200)
    .regex(new RegExp(`^${FIELD}(,${FIELD})?$`), 'must be one or two parameter names: by=lrG,lrD'),
});

/** Marginal table of a score over one or two parameters. */
export const comparison = z.object({
  metric: z.string(),
  goal: z.enum(['minimize', 'maximize']),
  by: z.array(z.string()),
  /** Values that occur, for each parameter of `by`. */
  axes: z.array(z.object({ name: z.string(), values: z.array(z.union([z.string(), z.number(), z.boolean()])) })),
  cells: z.array(
    metricSummary.extend({
      values: configurationFields,
      /** Trials that have these values. */
      trials: count,
    }),
  ),
});
export type Comparison = z.infer<typeof comparison>;
