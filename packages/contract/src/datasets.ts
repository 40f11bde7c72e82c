import { FOLDER_ID } from '@gansweep/domain';
import { z } from 'zod';
import { count, instant } from './scalars.ts';

const byte = z.int().min(0).max(255);
const name = z.string().min(1).max(255);

/** A version of a folder of pictures, as the machine that has read it registers it. */
export const folderVersion = z.strictObject({
  id: z.templateLiteral(['folder:', z.string()]).refine((id) => FOLDER_ID.test(id)),
  dataHash: z.string().regex(/^[0-9a-f]{64}$/),
  root: z.string().min(1).max(4096),
  channels: z.union([z.literal(1), z.literal(3)]),
  background: z.tuple([byte, byte, byte]).readonly(),
  classes: z.array(name).min(1).max(256).readonly().nullable(),
  classesFrom: z.union([z.literal(['folders', 'none']), z.strictObject({ table: z.string().min(1).max(4096) })]),
  excluded: z.array(z.string().min(1).max(4096)).readonly(),
  count: z.int().min(1).max(1_000_000),
});

/** A data set that specs may name. */
export const dataset = z.object({
  id: z.string(),
  kind: z.enum(['law', 'built-in', 'plugin', 'folder']),
  dataHash: z.string(),
  /** Names of its classes, or null. */
  classes: z.array(z.string()).nullable(),
  /** What was registered, of folders. */
  folder: z.object({ ...folderVersion.shape, number: count, registeredAt: instant }).nullable(),
});

export const registeredFolder = z.object({ id: z.string(), dataHash: z.string(), version: count });
