import { isUuidV7, type RunId, type SweepId, type TrialId, type WorkerId } from '@gansweep/domain';
import { z } from 'zod';

/** Ids travel as UUIDv7 text; anything else cannot name a thing of ours. Branded without a transform, so it serialises. */
const uuidV7 = (what: string) =>
  z
    .string()
    .refine(isUuidV7, { message: `must be the id of a ${what} (a UUIDv7)` })
    .meta({ format: 'uuid' });

export const sweepId = uuidV7('sweep') as unknown as z.ZodType<SweepId, string>;
export const runId = uuidV7('run') as unknown as z.ZodType<RunId, string>;
export const workerId = uuidV7('worker') as unknown as z.ZodType<WorkerId, string>;
export const trialId = z.string().regex(/^[0-9a-f]{64}$/) as unknown as z.ZodType<TrialId, string>;

/** RFC 3339 in UTC. */
export const instant = z.iso.datetime();
export const count = z.int().min(0);
/** Never NaN or infinite: what was not finite travels as null. */
export const finiteOrNull = z.number().nullable();

/** A configuration with every default filled in, or any part of one. */
export const configurationFields = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));
export type ConfigurationFields = z.infer<typeof configurationFields>;

/** Whole number in a query string. */
export const queryInteger = (bounds: { readonly min: number; readonly max: number }) =>
  z.coerce.number<number | string>().int().min(bounds.min).max(bounds.max);

/** `true` or `false` in a query string; the bare name counts as true. */
export const queryFlag = z.union([z.boolean(), z.enum(['true', 'false', '1', '0', ''])]).transform((value) => {
  return value === true || value === 'true' || value === '1' || value === '';
});
