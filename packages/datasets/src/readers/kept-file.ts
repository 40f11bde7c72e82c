import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';

/** What a file is made from and how, where it is missing. */
export interface KeptFileSource {
  /** Name of the set as files may carry it. */
  readonly set: string;
  readonly split: string;
  /** What was done to the raw images; part of the file's name. */
  readonly preparation: string;
  /** Hash of the raw data that the content comes from; its beginning is part of the file's name. */
  readonly sourceHash: string;
  /** The whole content, at once or in parts. Called only where there is no whole file. */
  readonly decode: () => Promise<Uint8Array | AsyncIterable<Uint8Array>>;
}

const ENDING = '.u8';
const HASHED_AT_ONCE = 1 << 20;
/** A half-written file this old belongs to a process that is gone. */
const ABANDONED_MS = 3_600_000;

/**
 * Path of a file whose name ends in the sha256 of its content, which is verified here; a damaged one is removed and made
 * again. Content that comes in parts is written as it comes.
 * @param folder is made where it is missing. @param note is told, in one line, of a file that was mended.
 */
export async function keepFile(folder: string, source: KeptFileSource, note: (line: string) => void): Promise<string> {
  return (await findKeptFile(folder, source, note)) ?? (await writeKeptFile(folder, await source.decode(), source));
}

/** Path of the file whose content is what its name says, or null. Others of the same source are removed. */
export async function findKeptFile(
  folder: string,
  source: Omit<KeptFileSource, 'decode'>,
  note: (line: string) => void,
): Promise<string | null> {
  const prefix = `${placeOf(source)}${source.sourceHash.slice(0, 12)}.`;
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  for (const name of names.filter((known) => known.startsWith(prefix) && known.endsWith(ENDING))) {
    const file = path.join(folder, name);
    if ((await contentHash(file)) === name.slice(prefix.length, -ENDING.length)) return file;
    note(`${file} is damaged; it is made again`);
    await rm(file, { force: true });
  }
  return null;
}

/**
 * Writes content to a file that is named for it, and gives its path.
 * @param kept its `sourceHash` is asked for once the content has ended, since it may come with it.
 */
export async function writeKeptFile(
  folder: string,
  content: Uint8Array | AsyncIterable<Uint8Array>,
  kept: Omit<KeptFileSource, 'decode'>,
): Promise<string> {
  const place = placeOf(kept);
  await mkdir(folder, { recursive: true });
  await removeAbandoned(folder, place);
  const unfinished = path.join(folder, `${place}${randomBytes(6).toString('hex')}.tmp`);
  try {
    const hash = createHash('sha256');
    const handle = await open(unfinished, 'wx');
    try {
      for await (const part of content instanceof Uint8Array ? [content] : content) {
        hash.update(part);
        await handle.writeFile(part);
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    const file = path.join(folder, `${place}${kept.sourceHash.slice(0, 12)}.${hash.digest('hex')}${ENDING}`);
    // Whoever makes the same file meanwhile makes the same bytes.
    await rename(unfinished, file);
    return file;
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

function placeOf({ set, split, preparation }: Pick<KeptFileSource, 'set' | 'split' | 'preparation'>): string {
  return `${set}.${split}.${preparation}.`;
}

async function removeAbandoned(folder: string, place: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(place) || !name.endsWith('.tmp')) continue;
    const file = path.join(folder, name);
    const facts = await stat(file).catch(() => null);
    if (facts && Date.now() - facts.mtimeMs > ABANDONED_MS) await rm(file, { force: true });
  }
}

async function contentHash(file: string): Promise<string> {
  const hash = createHash('sha256');
  const handle = await open(file, 'r');
  try {
    const part = new Uint8Array(HASHED_AT_ONCE);
    for (;;) {
      const { bytesRead } = await handle.read(part, 0, part.length, null);
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(part.subarray(0, bytesRead));
    }
  } finally {
    await handle.close();
  }
}
