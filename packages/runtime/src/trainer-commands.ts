import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

/** A program that trains: registered by whoever owns the machine, in a file, and never through the API. */
export interface TrainerCommand {
  /** Program and arguments; started without a shell in `folder`. */
  readonly argv: readonly [string, ...string[]];
  /** Absolute path: where the registering file lies. */
  readonly folder: string;
  /** Paths relative to `folder` whose contents are part of the identity of what it trains. */
  readonly files: readonly string[];
}

export type TrainerCommands = ReadonlyMap<string, TrainerCommand>;

const HASH_DIGITS = 16;

const registrySchema = z.record(
  z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'a name has small letters, digits and hyphens'),
  z.strictObject({
    argv: z.tuple([z.string().min(1)], z.string()),
    files: z.array(z.string().min(1)).optional(),
  }),
);

/**
 * Reads the file of GANSWEEP_TRAINERS: `{ "name": { "argv": ["python3", "train.py"], "files": ["train.py"] } }`. Without
 * `files` they are the arguments that name a file beside it.
 * @throws Error saying what is wrong with it.
 */
export function readTrainerCommands(file: string): TrainerCommands {
  const folder = path.dirname(path.resolve(file));
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`cannot be read as JSON (${error instanceof Error ? error.message : String(error)})`);
  }
  const parsed = registrySchema.safeParse(document);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new Error(`${issue?.path.join('.') || 'the whole file'}: ${issue?.message ?? 'not valid'}`);
  }
  return new Map(
    Object.entries(parsed.data).map(([name, { argv, files }]) => {
      const named = files ?? argv.filter((word) => existsSync(path.join(folder, word)));
      const missing = named.find((one) => !existsSync(path.join(folder, one)));
      if (missing !== undefined) throw new Error(`${name}: there is no file ${path.join(folder, missing)}`);
      return [name, { argv, folder, files: named }];
    }),
  );
}

/** Hash of a command's files as they are now: names and contents, 16 hexadecimal digits. */
export function trainerFilesHash({ folder, files }: TrainerCommand): string {
  const hash = createHash('sha256');
  for (const file of [...files].sort())
    hash.update(
      `${file}\n${createHash('sha256')
        .update(readFileSync(path.join(folder, file)))
        .digest('hex')}\n`,
    );
  return hash.digest('hex').slice(0, HASH_DIGITS);
}

/** The commands as those see them who only name them; hashes are of the files as they are when asked. */
export function trainerRegistry(commands: TrainerCommands): {
  readonly names: readonly string[];
  filesHash(name: string): string;
} {
  return {
    names: [...commands.keys()],
    filesHash: (name) => {
      const command = commands.get(name);
      if (!command) throw new Error(`${name} is not registered`);
      return trainerFilesHash(command);
    },
  };
}
