import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { type DeclaredField, fieldsOf } from './plugin-fields.ts';

/** A plugin cannot be used; the message names its file and the mend. */
export class PluginError extends Error {
  override readonly name = 'PluginError';
}

/** What every export of a plugin has, checked in form. */
interface Named {
  readonly name: string;
  readonly doc: string;
  /** Hash of its file, 16 hexadecimal digits. */
  readonly hash: string;
  /** For people. */
  readonly file: string;
  readonly fields: readonly DeclaredField[];
}

/** A function as a file exports it; what it takes and gives is checked by those who call it. */
type Exported = (...given: never[]) => unknown;

export interface LoadedLoss extends Named {
  /** `({ real, fake, realLabel, fakeLabel }, operations, fields) => scalar` */
  readonly discriminator: Exported;
  /** `(fake, operations, fields) => scalar` */
  readonly generator: Exported;
}

export interface LoadedNoiseLaw extends Named {
  /** `(shares, fields) => noise` */
  readonly place: Exported;
}

export interface LoadedMetric extends Named {
  readonly on: 'points' | 'images';
  readonly features?: string | undefined;
  /** `({ real, fake }, fields) => score` */
  readonly measure: Exported;
}

export interface LoadedDataSet extends Named {
  readonly data:
    | {
        readonly kind: 'points';
        readonly box: { readonly low: number; readonly high: number };
        readonly modes: { readonly centres: readonly [number, number][]; readonly sigma: number } | null;
      }
    | {
        readonly kind: 'images';
        readonly side: number;
        readonly channels: 1 | 3;
        readonly count: number;
        readonly classes: readonly string[] | null;
      };
  /** `({ uniform, normals }, fields) => [x, y]` */
  readonly point?: Exported | undefined;
  /** `(index, fields) => bytes` */
  readonly image?: Exported | undefined;
  /** `(index, fields) => label` */
  readonly label?: Exported | undefined;
}

export interface LoadedModel extends Named {
  readonly learns: 'points' | 'images';
  readonly sides: readonly number[] | null;
  readonly condition?: 'classes' | undefined;
  /** `({ nz, side, channels, classes }, fields) => ({ parameters, apply })` */
  readonly generator: Exported;
  readonly discriminator: Exported;
}

export interface Plugins {
  readonly losses: readonly LoadedLoss[];
  readonly noiseLaws: readonly LoadedNoiseLaw[];
  readonly metrics: readonly LoadedMetric[];
  readonly datasets: readonly LoadedDataSet[];
  readonly models: readonly LoadedModel[];
}

const PLUGIN_FILE = /\.(ts|mts|mjs|js)$/;
const HASH_DIGITS = 16;
const functionSchema = z.custom<Exported>((value) => typeof value === 'function', 'must be a function');
const named = {
  name: z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, 'has small letters, digits and hyphens'),
  doc: z.string().min(1).max(500),
  fields: functionSchema.optional(),
};
const pointSetSchema = z
  .strictObject({
    ...named,
    kind: z.literal('points'),
    box: z.strictObject({ low: z.number(), high: z.number() }).refine(({ low, high }) => low < high, 'is empty'),
    modes: z
      .strictObject({ centres: z.array(z.tuple([z.number(), z.number()])).min(2), sigma: z.number().positive() })
      .optional(),
    point: functionSchema,
  })
  .transform(({ kind, box, modes = null, ...set }) => ({ ...set, data: { kind, box, modes } }));
/** All images lie in memory. */
const LARGEST_SET = 2 ** 29;
const imageSetSchema = z
  .strictObject({
    ...named,
    kind: z.literal('images'),
    side: z.int().min(16).max(256).multipleOf(16),
    channels: z.literal([1, 3]),
    count: z.int().min(100),
    classes: z
      .array(z.string().regex(/^[^,\s]+$/, 'has no comma and no space'))
      .min(2)
      .optional(),
    image: functionSchema,
    label: functionSchema.optional(),
  })
  .refine(({ classes, label }) => (classes === undefined) === (label === undefined), {
    error: 'has classes without label, or label without classes: give both',
  })
  .refine(({ side, channels, count }) => count * side ** 2 * channels <= LARGEST_SET, {
    error: 'has more than 512 MiB of images: have fewer, or register a folder (gansweep dataset add)',
  })
  .transform(({ kind, side, channels, count, classes = null, ...set }) => ({
    ...set,
    data: { kind, side, channels, count, classes },
  }));
/** Neither of the words that stand for no network in names of scores. */
const EXTRACTOR_NAME = /^(?!(?:features|points)$)[a-z][a-z0-9]{1,30}$/;
const moduleSchema = z
  .strictObject({
    losses: z.array(z.strictObject({ ...named, discriminator: functionSchema, generator: functionSchema })).default([]),
    noiseLaws: z.array(z.strictObject({ ...named, place: functionSchema })).default([]),
    metrics: z
      .array(
        z
          .strictObject({
            ...named,
            on: z.enum(['points', 'images']),
            features: z.string().regex(EXTRACTOR_NAME, 'is lenet, random, pixels or a registered extractor').optional(),
            measure: functionSchema,
          })
          .refine(({ on, features }) => on === 'images' || features === undefined, {
            error: 'looks at points, and extractors at images: take features out',
          }),
      )
      .default([]),
    datasets: z
      .array(
        z.unknown().transform((value, context) => {
          // By its kind, so that a problem is told of the form that was meant.
          const isPoints = (value as { kind?: unknown } | null)?.kind === 'points';
          const parsed = isPoints ? pointSetSchema.safeParse(value) : imageSetSchema.safeParse(value);
          if (parsed.success) return parsed.data;
          for (const issue of parsed.error.issues)
            context.addIssue({ code: 'custom', message: issue.message, path: issue.path });
          return z.NEVER;
        }),
      )
      .default([]),
    models: z
      .array(
        z
          .strictObject({
            ...named,
            learns: z.enum(['points', 'images']),
            sides: z
              .array(z.int().min(8).max(1024))
              .min(1)
              .optional()
              .transform((sides) => sides ?? null),
            condition: z.literal('classes').optional(),
            generator: functionSchema,
            discriminator: functionSchema,
          })
          .refine(({ learns, condition }) => learns === 'images' || condition === undefined, {
            error: 'learns points and is told classes, which points have none of: take condition out',
          }),
      )
      .default([]),
  })
  .refine((module) => Object.values(module).some((list) => list.length > 0), {
    error: () => `exports nothing: export a list as ${TABLES.join(' or ')}`,
  });
const TABLES = Object.keys(moduleSchema.shape) as readonly (keyof Plugins)[];
const NONE: Plugins = { losses: [], noiseLaws: [], metrics: [], datasets: [], models: [] };

/**
 * Loads the plugins of a folder: every `.ts`, `.mts`, `.mjs` and `.js` file directly in it, by name. Loading runs their
 * code, with the rights of the process.
 * @param folder absolute path, or null for none. @throws PluginError naming the file and what is wrong with it.
 */
export async function loadPlugins(folder: string | null): Promise<Plugins> {
  if (folder === null) return NONE;
  let names: readonly string[];
  try {
    names = readdirSync(folder).filter((name) => PLUGIN_FILE.test(name));
  } catch (error) {
    throw new PluginError(
      `${folder} cannot be read (${(error as NodeJS.ErrnoException).code}): GANSWEEP_PLUGINS, or plugin check, takes a folder that holds plugins`,
    );
  }
  const files: Plugins[] = [];
  for (const name of [...names].sort()) files.push(await loadFile(path.join(folder, name)));
  return {
    losses: files.flatMap(({ losses }) => losses),
    noiseLaws: files.flatMap(({ noiseLaws }) => noiseLaws),
    metrics: files.flatMap(({ metrics }) => metrics),
    datasets: files.flatMap(({ datasets }) => datasets),
    models: files.flatMap(({ models }) => models),
  };
}

async function loadFile(file: string): Promise<Plugins> {
  const text = readFileSync(file);
  // Its hash is its identity, and says nothing of what it would import.
  if (importsOthers(text.toString('utf8')))
    throw new PluginError(`${file}: a plugin is one file and imports nothing: put what it needs into it`);
  let module: object;
  try {
    module = (await import(pathToFileURL(file).href)) as object;
  } catch (error) {
    throw new PluginError(
      `${file}: throws when it is loaded: ${error instanceof Error ? error.message : String(error)}: mend it, or take it out of the folder`,
    );
  }
  const parsed = moduleSchema.safeParse({ ...module });
  if (!parsed.success) throw new PluginError(`${file}: ${problemOf(parsed.error)}`);
  const hash = createHash('sha256').update(text).digest('hex').slice(0, HASH_DIGITS);
  const whole = <Export extends { readonly name: string; readonly fields?: Exported | undefined }>(one: Export) => {
    const fields = fieldsOf(one.fields);
    if (typeof fields === 'string') throw new PluginError(`${file}: ${one.name}: ${fields}`);
    return { ...one, hash, file, fields };
  };
  const { losses, noiseLaws, metrics, datasets, models } = parsed.data;
  return {
    losses: losses.map(whole),
    noiseLaws: noiseLaws.map(whole),
    metrics: metrics.map(whole),
    datasets: datasets.map(whole),
    models: models.map(whole),
  };
}

const WORDS_AND_NOTES = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;

/** Whether a file's code, and not a text or a note in it, takes anything from other files. */
function importsOthers(text: string): boolean {
  const code = text.replace(WORDS_AND_NOTES, (part) =>
    part.startsWith('/') ? ' ' : /^.node:/.test(part) ? '0' : "''",
  );
  return /(?<![.\w$])(?:from\s*''|import\s*\(?\s*''|require\s*\(\s*'')/.test(code);
}

function problemOf(error: z.ZodError): string {
  const [issue] = error.issues;
  if (issue?.code === 'unrecognized_keys' && issue.path.length === 0)
    return `exports ${issue.keys.join(' and ')}: a plugin exports ${TABLES.join(', ')} and nothing else`;
  return `${issue?.path.join('.') || 'its exports'}: ${issue?.message ?? 'not valid'}`;
}
