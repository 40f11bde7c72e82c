import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import { FolderRefused } from '../folder/read-folder.ts';

/** Classes by their number in the files, which is that of their order by name, too. */
export const CIFAR10_CLASSES = [
  'airplane',
  'automobile',
  'bird',
  'cat',
  'deer',
  'dog',
  'frog',
  'horse',
  'ship',
  'truck',
] as const;

const SIDE = 32;
const PLANE = SIDE * SIDE;
/** A label, then the red, the green and the blue of an image, row by row. */
const RECORD = 1 + 3 * PLANE;
/** No batch has more images; a file that would is none. */
const RECORDS_MAX = 100_000;
/** Records in memory at once, 3 MB. */
const RECORDS_HELD = 1_000;

/** An image of a batch. */
export interface CifarImage {
  /** `<class>/<batch>-<number>`, without an ending. */
  readonly name: string;
  /** `[32, 32, 3]`. */
  readonly pixels: Uint8Array;
}

/** The batches of a folder. */
export interface CifarBatches {
  /** sha256 over their files, in the order of names. */
  readonly hash: string;
  readonly count: number;
  /** In the order of batches, read anew. @throws FolderRefused at the end when they are no longer those of the hash. */
  images(): Generator<CifarImage>;
}

/**
 * Reads the batches `data_batch_*.bin` of CIFAR-10's binary version.
 * @throws FolderRefused naming the file that is cut off, has a label that is none, or is no file.
 * @see Krizhevsky (2009), "Learning multiple layers of features from tiny images"
 */
export async function readCifar10(folder: string): Promise<CifarBatches> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    throw new FolderRefused(`${folder} cannot be read here (${error.code}): mend its path or its rights`);
  });
  const found = names.filter((name) => /^data_batch_[0-9A-Za-z]+\.bin$/.test(name)).sort();
  if (found.length === 0)
    throw new FolderRefused(`${folder} holds no data_batch_*.bin: give the folder of CIFAR-10's binary version`);
  let count = 0;
  for (const name of found) {
    const place = path.join(folder, name);
    // A link might lead anywhere, a pipe never ends.
    const { size } = await lstat(place).then((facts) => {
      if (!facts.isFile()) throw new FolderRefused(`${place} is no file of its own: put a copy of the batch there`);
      return facts;
    });
    if (size === 0 || size % RECORD !== 0 || size > RECORDS_MAX * RECORD)
      throw new FolderRefused(
        `${place} has ${size} bytes, which is no whole number of images of ${RECORD}: it is cut off, or no batch of CIFAR-10`,
      );
    count += size / RECORD;
  }
  const whole = hashOf(folder, found);
  return {
    hash: whole,
    count,
    images: function* () {
      const hash = createHash('sha256');
      for (const file of found) {
        const name = file.replace(/\.bin$/, '');
        hash.update(`${file}\n`);
        let number = 0;
        for (const record of recordsOf(path.join(folder, file), (bytes) => hash.update(bytes))) {
          const label = CIFAR10_CLASSES[record[0] as number] as string;
          const place = `${label}/${name}-${String(number).padStart(5, '0')}`;
          yield { name: place, pixels: interleaved(record.subarray(1)) };
          number++;
        }
      }
      if (hash.digest('hex') !== whole)
        throw new FolderRefused(`${folder} changed while it was read: give the command again when it is at rest`);
    },
  };
}

/** sha256 over names and contents, every label looked at on the way. */
function hashOf(folder: string, names: readonly string[]): string {
  const hash = createHash('sha256');
  for (const name of names) {
    hash.update(`${name}\n`);
    for (const _ of recordsOf(path.join(folder, name), (bytes) => hash.update(bytes)));
  }
  return hash.digest('hex');
}

/**
 * The records of a batch, some thousand in memory at once; each is valid until the next is asked for.
 * @param onBytes sees all bytes in their order. @throws FolderRefused at a label that is none.
 */
function* recordsOf(file: string, onBytes: (bytes: Uint8Array) => void): Generator<Uint8Array> {
  const held = new Uint8Array(RECORDS_HELD * RECORD);
  const descriptor = openSync(file, 'r');
  try {
    let before = 0;
    for (;;) {
      let filled = 0;
      let read = 0;
      do {
        read = readSync(descriptor, held, filled, held.length - filled, null);
        filled += read;
      } while (read > 0 && filled < held.length);
      onBytes(held.subarray(0, filled));
      const records = Math.floor(filled / RECORD);
      for (let i = 0; i < records; i++) {
        const record = held.subarray(i * RECORD, (i + 1) * RECORD);
        if ((record[0] as number) >= CIFAR10_CLASSES.length)
          throw new FolderRefused(`${file} has label ${record[0]} at image ${before + i}: labels are 0 … 9`);
        yield record;
      }
      before += records;
      if (filled < held.length) return;
    }
  } finally {
    closeSync(descriptor);
  }
}

/** `[3, 32, 32]` → `[32, 32, 3]`. */
function interleaved(planes: Uint8Array): Uint8Array {
  const pixels = new Uint8Array(planes.length);
  for (let i = 0; i < PLANE; i++)
    for (let channel = 0; channel < 3; channel++) pixels[3 * i + channel] = planes[channel * PLANE + i] as number;
  return pixels;
}
