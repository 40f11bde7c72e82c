import { createHash } from 'node:crypto';
import { lstat, readdir, readFile } from 'node:fs/promises';
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
  /** In the order of batches. */
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
  const hash = createHash('sha256');
  const batches: { readonly name: string; readonly bytes: Uint8Array }[] = [];
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
    const bytes = await readFile(place);
    for (let at = 0; at < bytes.length; at += RECORD)
      if ((bytes[at] as number) >= CIFAR10_CLASSES.length)
        throw new FolderRefused(`${place} has label ${bytes[at]} at image ${at / RECORD}: labels are 0 … 9`);
    hash.update(`${name}\n`).update(bytes);
    batches.push({ name: name.replace(/\.bin$/, ''), bytes });
  }
  return {
    hash: hash.digest('hex'),
    count: batches.reduce((total, { bytes }) => total + bytes.length / RECORD, 0),
    images: function* () {
      for (const { name, bytes } of batches)
        for (let i = 0; i * RECORD < bytes.length; i++) {
          const record = bytes.subarray(i * RECORD, (i + 1) * RECORD);
          const label = CIFAR10_CLASSES[record[0] as number] as string;
          yield { name: `${label}/${name}-${String(i).padStart(5, '0')}`, pixels: interleaved(record.subarray(1)) };
        }
    },
  };
}

/** `[3, 32, 32]` → `[32, 32, 3]`. */
function interleaved(planes: Uint8Array): Uint8Array {
  const pixels = new Uint8Array(planes.length);
  for (let i = 0; i < PLANE; i++)
    for (let channel = 0; channel < 3; channel++) pixels[3 * i + channel] = planes[channel * PLANE + i] as number;
  return pixels;
}
