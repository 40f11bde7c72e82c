import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, rename } from 'node:fs/promises';
import path from 'node:path';
import { npyHead, type OpenDataset } from '@gansweep/datasets';

/** Points of a law that a program gets; it may draw from them as long as it likes. */
const POINTS = 1 << 16;
const IMAGES_AT_ONCE = 1_000;

/**
 * The training reals as a .npy file that programs of any language map: `uint8 [n, height, width, channels]`, written once
 * for a part of a data set, or `float32 [65536, 2]`, the first draw of the run's seed. @returns its path.
 */
export async function realsFile(
  { train, part }: Pick<OpenDataset, 'train' | 'part'>,
  { seed, datasets, scratch }: { readonly seed: number; readonly datasets: string; readonly scratch: string },
): Promise<string> {
  if (train.kind === 'plane') {
    const points = new Float32Array(2 * POINTS);
    train.draw(seed, 0, points);
    return write(path.join(scratch, 'reals.npy'), [npyHead({ kind: 'points' }, POINTS), bytesOf(points)]);
  }
  const name = createHash('sha256').update(part).digest('hex').slice(0, 16);
  const file = path.join(datasets, 'npy', `${name}-${train.height}x${train.width}.npy`);
  if (existsSync(file)) return file;
  const imageBytes = train.height * train.width * train.channels;
  const parts = function* () {
    yield npyHead(train, train.count);
    for (let from = 0; from < train.count; from += IMAGES_AT_ONCE) {
      const positions = Uint32Array.from({ length: Math.min(IMAGES_AT_ONCE, train.count - from) }, (_, i) => from + i);
      const out = new Uint8Array(positions.length * imageBytes);
      train.copy(positions, out);
      yield out;
    }
  };
  return write(file, parts());
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Whole or not at all, also when two trainers write it at once. */
async function write(file: string, parts: Iterable<Uint8Array>): Promise<string> {
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
  return file;
}
