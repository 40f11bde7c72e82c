import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';

/** A plugin cannot be used; the message names its file and the mend. */
export class PluginError extends Error {
  override readonly name = 'PluginError';
}

/** A loss as a plugin exports it, checked in form; its functions are called by those who train. */
export interface PluginLoss {
  readonly name: string;
  readonly doc: string;
  /** Hash of its file, 16 hexadecimal digits. */
  readonly hash: string;
  /** For people. */
  readonly file: string;
  /** `({ real, fake, realLabel, fakeLabel }, operations) => scalar` */
  readonly discriminator: (...given: never[]) => unknown;
  /** `(fake, operations) => scalar` */
  readonly generator: (...given: never[]) => unknown;
}

export interface Plugins {
  readonly losses: readonly PluginLoss[];
}

const PLUGIN_FILE = /\.(ts|mts|mjs|js)$/;
const HASH_DIGITS = 16;
const functionSchema = z.custom<(...given: never[]) => unknown>(
  (value) => typeof value === 'function',
  'must be a function',
);
const moduleSchema = z.strictObject({
  losses: z.array(
    z.strictObject({
      name: z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, 'has small letters, digits and hyphens'),
      doc: z.string().min(1).max(500),
      discriminator: functionSchema,
      generator: functionSchema,
    }),
  ),
});

/**
 * Loads the plugins of a folder: every `.ts`, `.mts`, `.mjs` and `.js` file directly in it, by name. Loading runs their
 * code, with the rights of the process.
 * @param folder absolute path, or null for none. @throws PluginError naming the file and what is wrong with it.
 */
export async function loadPlugins(folder: string | null): Promise<Plugins> {
  if (folder === null) return { losses: [] };
  let names: readonly string[];
  try {
    names = readdirSync(folder).filter((name) => PLUGIN_FILE.test(name));
  } catch (error) {
    throw new PluginError(`GANSWEEP_PLUGINS=${folder}: cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  const losses: PluginLoss[] = [];
  for (const name of [...names].sort()) losses.push(...(await loadFile(path.join(folder, name))));
  return { losses };
}

async function loadFile(file: string): Promise<readonly PluginLoss[]> {
  const text = readFileSync(file);
  // Its hash is its identity, and says nothing of what it would import.
  if (/(?:\bfrom|\bimport|\brequire)\s*\(?\s*['"](?!node:)/.test(text.toString('utf8')))
    throw new PluginError(`${file}: a plugin is one file and imports nothing: put what it needs into it`);
  let module: object;
  try {
    module = (await import(pathToFileURL(file).href)) as object;
  } catch (error) {
    throw new PluginError(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  const parsed = moduleSchema.safeParse({ ...module });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new PluginError(`${file}: ${issue?.path.join('.') || 'its exports'}: ${issue?.message ?? 'not valid'}`);
  }
  const hash = createHash('sha256').update(text).digest('hex').slice(0, HASH_DIGITS);
  return parsed.data.losses.map((loss) => ({ ...loss, hash, file }));
}
