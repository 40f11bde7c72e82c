import { GENERATOR_NAME, LATENT_LAWS, PIXEL_RANGES } from '@gansweep/domain';
import { z } from 'zod';
import { evaluation } from './runs.ts';
import { finiteOrNull, instant } from './scalars.ts';

const input = z.string().min(1).max(255);
const size = z.int().min(1).max(1_000_000);
const hash = z.string().regex(/^[0-9a-f]{64}$/);
export const generatorName = z.string().regex(GENERATOR_NAME);

/** A generator that was trained elsewhere, as the machine that has its file registers it. */
export const foreignGenerator = z.strictObject({
  name: generatorName,
  weights: hash,
  path: z.string().min(1).max(4096),
  file: hash,
  latent: z.strictObject({ input, size, law: z.enum(LATENT_LAWS) }),
  classes: z
    .strictObject({
      input,
      form: z.enum(['number', 'one-hot']),
      type: z.enum(['float32', 'int32', 'int64']),
      count: size,
    })
    .nullable(),
  layerNoise: z.strictObject({ input, size }).nullable(),
  truncation: z.strictObject({ input, value: z.number() }).nullable(),
  output: z.discriminatedUnion('kind', [
    z.strictObject({ name: input, kind: z.literal('points') }),
    z.strictObject({
      name: input,
      kind: z.literal('images'),
      layout: z.enum(['nchw', 'nhwc']),
      height: size,
      width: size,
      channels: z.union([z.literal(1), z.literal(3)]),
      range: z.enum(PIXEL_RANGES),
    }),
  ]),
  batch: size.nullable(),
});

/** What one protocol gave for it, as a run's evaluation but without images seen. */
const foreignEvaluation = evaluation.omit({ imagesSeen: true });

export const registeredGenerator = z.object({
  ...foreignGenerator.shape,
  registeredAt: instant,
  /** `passportKey` is equal where scores may be compared. */
  evaluations: z.array(foreignEvaluation.extend({ passportKey: z.string() })),
});

export const generatorRegistered = z.object({ name: z.string(), done: z.enum(['new', 'same', 'replaced']) });

/**
 * Scores by the weights they were made of, and when these were registered as they were read, so that a name that stands for another
 * generator by now, or for the same weights read otherwise, takes none of them.
 */
export const foreignScores = z.strictObject({
  weights: hash,
  registeredAt: instant.optional(),
  evaluations: z.array(z.strictObject(foreignEvaluation.shape)).min(1).max(100),
});

/** A foreign generator beside the trials of a sweep: scores of passports that runs of it have too. */
export const generatorBeside = z.object({
  name: z.string(),
  weights: z.string(),
  scores: z.record(z.string(), z.object({ value: finiteOrNull, protocol: z.string() })),
});
export type GeneratorBesideAnswer = z.infer<typeof generatorBeside>;
export type RegisteredGeneratorAnswer = z.infer<typeof registeredGenerator>;
