import { createHash, randomBytes } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { DatasetId, ImageReals } from '@gansweep/domain';
import { openImageReader } from './image-reader.ts';

/** One split of an image set in one preparation, and how it is made where its file is missing. */
export interface ImageFileSource {
  readonly set: DatasetId;
  readonly split: string;
  /** What was done to the raw images; part of the file's name. */
  readonly preparation: string;
  /** Hash of the raw data that the images come from; its beginning is part of the file's name. */
  readonly sourceHash: string;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** All images, `[count, height, width, channels]` uint8. Called only where there is no whole file. */
  readonly decode: () => Promise<Uint8Array>;
}

const ENDING = '.u8';
const HASHED_AT_ONCE = 1 << 20;
/** A half-written file this old belongs to a process that is gone. */
const ABANDONED_MS = 3_600_000;

/**
 * Images decoded once into a file, `[count, height, width, channels]` uint8 and nothing else, and read from there by
 * position: the memory is the system's page cache, shared by all processes. The name ends in the sha256 of the content,
 * which is verified here; a damaged file is removed and made again.
 * @param folder is made where it is missing. @param note is told, in one line, of a file that was mended.
 */
export async function openImageFile(
  folder: string,
  source: ImageFileSource,
  note: (line: string) => void = () => {},
): Promise<ImageReals> {
  const { height, width, channels } = source;
  const imageBytes = height * width * channels;
  const file = (await findWhole(folder, source, note)) ?? (await make(folder, source));
  const count = (await stat(file)).size / imageBytes;
  const refuseOutside = (positions: Uint32Array): void => {
    for (const position of positions) if (position >= count) throw new RangeError(`image ${position} of ${count}`);
  };
  return {
    kind: 'images',
    count,
    height,
    width,
    channels,
    copy: (positions, out) => {
      if (out.length !== positions.length * imageBytes)
        throw new RangeError(
          `${positions.length} images need ${positions.length * imageBytes} bytes, not ${out.length}`,
        );
      refuseOutside(positions);
      const descriptor = openSync(file, 'r');
      try {
        positions.forEach((position, i) => {
          const read = readSync(descriptor, out, i * imageBytes, imageBytes, position * imageBytes);
          if (read < imageBytes) throw new Error(`${file} was cut off while it was read; start again to mend it`);
        });
      } finally {
        closeSync(descriptor);
      }
    },
    openReader: (images) => openImageReader({ file, imageBytes, count, images }),
  };
}

function prefixOf({ set, split, preparation, sourceHash }: ImageFileSource): string {
  return `${set}.${split}.${preparation}.${sourceHash.slice(0, 12)}.`;
}

/** Path of the file whose content is what its name says, or null. Others of the same source are removed. */
async function findWhole(
  folder: string,
  source: ImageFileSource,
  note: (line: string) => void,
): Promise<string | null> {
  const prefix = prefixOf(source);
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

async function make(folder: string, source: ImageFileSource): Promise<string> {
  const prefix = prefixOf(source);
  const images = await source.decode();
  await mkdir(folder, { recursive: true });
  await removeAbandoned(folder, prefix);
  const file = path.join(folder, `${prefix}${createHash('sha256').update(images).digest('hex')}${ENDING}`);
  const unfinished = path.join(folder, `${prefix}${randomBytes(6).toString('hex')}.tmp`);
  try {
    const handle = await open(unfinished, 'wx');
    try {
      await handle.writeFile(images);
      await handle.sync();
    } finally {
      await handle.close();
    }
    // Whoever makes the same file meanwhile makes the same bytes.
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  return file;
}

async function removeAbandoned(folder: string, prefix: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(prefix) || !name.endsWith('.tmp')) continue;
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
