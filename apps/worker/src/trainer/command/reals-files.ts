import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, rename } from 'node:fs/promises';
import path from 'node:path';
import { npyHead, npyTableHead, type OpenDataset } from '@gansweep/datasets';
import type { ImageReals } from '@gansweep/domain';

/** Points of a law that a program gets; it may draw from them as long as it likes. */
const POINTS = 1 << 16;
const IMAGES_AT_ONCE = 1_000;

/** The training data as .npy files that programs of any language map, by path. */
interface RealsFiles {
  /** `uint8 [n, height, width, channels]`, written once for a part of a data set, or `float32 [65536, 2]`, the first draw of the run's seed. */
  readonly reals: string;
  /** Names of the classes in the order of their numbers; null where the set has none. */
  readonly classes: readonly string[] | null;
  /** The number of each image's class, `int32 [n]`; null where the set has none. */
  readonly labels: string | null;
  /** The numbers that are known of each image, `float32 [n, length]`; null where none are. */
  readonly numbers: string | null;
}

export async function realsFiles(
  { train, part }: Pick<OpenDataset, 'train' | 'part'>,
  { seed, datasets, scratch }: { readonly seed: number; readonly datasets: string; readonly scratch: string },
): Promise<RealsFiles> {
  if (train.kind === 'plane') {
    const points = new Float32Array(2 * POINTS);
    train.draw(seed, 0, points);
    const reals = path.join(scratch, 'reals.npy');
    await write(reals, [npyHead({ kind: 'points' }, POINTS), bytesOf(points)]);
    return { reals, classes: null, labels: null, numbers: null };
  }
  const { count, height, width, classes, labels, vectors } = train;
  const name = path.join(datasets, 'npy', createHash('sha256').update(part).digest('hex').slice(0, 16));
  return {
    reals: await once(`${name}-${height}x${width}.npy`, () => imageParts(train)),
    classes: classes ?? null,
    labels: labels
      ? await once(`${name}-labels.npy`, () => [npyTableHead('<i4', [count]), bytesOf(Int32Array.from(labels))])
      : null,
    numbers: vectors
      ? await once(`${name}-numbers.npy`, () => [
          npyTableHead('<f4', [count, vectors.length / count]),
          bytesOf(vectors),
        ])
      : null,
  };
}

function* imageParts(images: ImageReals): Generator<Uint8Array> {
  yield npyHead(images, images.count);
  const imageBytes = images.height * images.width * images.channels;
  for (let from = 0; from < images.count; from += IMAGES_AT_ONCE) {
    const length = Math.min(IMAGES_AT_ONCE, images.count - from);
    const out = new Uint8Array(length * imageBytes);
    images.copy(
      Uint32Array.from({ length }, (_, i) => from + i),
      out,
    );
    yield out;
  }
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array | Int32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** A file that is there already, or is written. @returns its path. */
async function once(file: string, parts: () => Iterable<Uint8Array>): Promise<string> {
  if (!existsSync(file)) await write(file, parts());
  return file;
}

/** Whole or not at all, also when two trainers write it at once. */
async function write(file: string, parts: Iterable<Uint8Array>): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const unfinished = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  const handle = await open(unfinished, 'wx');
  try {
    for (const part of parts) await handle.write(part);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(unfinished, file);
}
