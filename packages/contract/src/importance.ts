import { z } from 'zod';
import { count, finiteOrNull, trialId } from './scalars.ts';
import { FIELD } from './trials.ts';

/** A parameter, or the members of a zip joined by `+`. */
const FACTOR = `${FIELD}(\\+${FIELD})*`;

export const importanceQuery = z.strictObject({
  /** A score name; the sweep's first metric when left out. */
  metric: z.string().max(200).optional(),
  /** `log` looks at the logarithm of scores, which all have to be above 0. */
  scale: z.enum(['linear', 'log']).default('linear'),
  /** Two parameter names joined by a comma, to have the score predicted over both: `lrG,lrD`. */
  pair: z
    .string()
    .max(400)
    .regex(new RegExp(`^${FACTOR},${FACTOR}$`), 'must be two parameter names: pair=lrG,lrD')
    .optional(),
});

const parameterValue = z.union([z.string(), z.number(), z.boolean()]);

/** A part of the variance between configurations, 0 to 1, with its interval of 95 %. */
const share = z.object({ share: z.number(), low: finiteOrNull, high: finiteOrNull });

/** Which parameters matter to a score. */
export const importance = z.object({
  metric: z.string(),
  goal: z.enum(['minimize', 'maximize']),
  scale: z.enum(['linear', 'log']),
  /** What answered: `anova` on a whole grid with equally many runs a cell, `fanova` on all else; null where nothing can be said. */
  method: z.enum(['anova', 'fanova']).nullable(),
  /** Why there is no answer yet. */
  because: z.string().nullable(),
  /** Configurations and runs that entered. */
  trials: count,
  runs: count,
  /** Of these runs, those that diverged: they count as the worst score. */
  diverged: count,
  /** Ended runs that did not enter: without a score, under another passport, pruned, failed. */
  leftOut: count,
  /** What seeds do to one configuration: standard deviation, and part of the variance of runs. */
  noise: z.object({ std: z.number(), share: z.number() }).nullable(),
  /** Part of the variance of trials that the forest foresees of those it has not seen; null where there is no forest. */
  explained: finiteOrNull,
  parameters: z.array(
    share.extend({
      name: z.string(),
      /** Predicted mean score at values of the parameter, whatever the others are. */
      marginal: z.array(z.object({ value: parameterValue, mean: z.number(), low: finiteOrNull, high: finiteOrNull })),
    }),
  ),
  /** What two parameters do together beyond what both do alone. */
  interactions: z.array(share.extend({ names: z.tuple([z.string(), z.string()]) })),
  /** Trials with their mean score and the value of each of `parameters`; null where the configuration lacks it. */
  observed: z.array(z.object({ trial: trialId, mean: z.number(), at: z.array(parameterValue.nullable()) })),
  /** Predicted mean score over the pair that was asked for, [first][second]. */
  surface: z
    .object({
      names: z.tuple([z.string(), z.string()]),
      values: z.array(z.array(parameterValue)),
      means: z.array(z.array(z.number())),
    })
    .nullable(),
});
export type ImportanceAnswer = z.infer<typeof importance>;
