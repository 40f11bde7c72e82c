import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { FolderRefused } from '../folder/read-folder.ts';
import { CIFAR10_CLASSES, readCifar10 } from './cifar10.ts';

const home = mkdtempSync(path.join(tmpdir(), 'gansweep-cifar-'));
const folder = path.join(home, 'batches');
afterAll(() => rmSync(home, { recursive: true, force: true }));
beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
});

/** An image whose red, green and blue planes count from three numbers on. */
const record = (label: number, of: number): Uint8Array =>
  Uint8Array.from({ length: 3073 }, (_, i) =>
    i === 0 ? label : (of + 70 * Math.floor((i - 1) / 1024) + (i - 1)) % 256,
  );
const write = (name: string, ...records: readonly Uint8Array[]): void =>
  writeFileSync(path.join(folder, name), Buffer.concat(records));

it('gives every image of every batch with its class, colours together, and a hash of all of it', async () => {
  write('data_batch_2.bin', record(9, 5));
  write('data_batch_1.bin', record(3, 1), record(0, 2));
  write('test_batch.bin', record(1, 1));
  const { hash, count, images } = await readCifar10(folder);
  expect(count).toBe(3);
  const all = [...images()];
  expect(all.map(({ name }) => name)).toEqual([
    'cat/data_batch_1-00000',
    'airplane/data_batch_1-00001',
    'truck/data_batch_2-00000',
  ]);
  expect(Array.from(all[0]?.pixels.subarray(0, 6) ?? [])).toEqual([1, 71, 141, 2, 72, 142]);
  expect(all[2]?.pixels[3071]).toBe((5 + 140 + 3071) % 256);
  expect((await readCifar10(folder)).hash).toBe(hash);
  write('data_batch_2.bin', record(9, 6));
  expect((await readCifar10(folder)).hash).not.toBe(hash);
});

it('reads on where one part of a batch ends, and sees that a batch changed while it was read', async () => {
  write('data_batch_1.bin', ...Array.from({ length: 2_003 }, (_, i) => record(i % 10, i % 7)));
  const { count, images } = await readCifar10(folder);
  expect(count).toBe(2_003);
  const pixels = new Map([...images()].map((image) => [image.name, image.pixels]));
  expect(pixels.size).toBe(2_003);
  for (const number of [999, 1_000, 2_000, 2_002]) {
    const name = `${CIFAR10_CLASSES[number % 10]}/data_batch_1-${String(number).padStart(5, '0')}`;
    expect(Array.from(pixels.get(name)?.subarray(0, 4) ?? []), name).toEqual(
      [0, 70, 140, 1].map((by) => (number % 7) + by),
    );
  }
  const changing = images();
  changing.next();
  write('data_batch_1.bin', ...Array.from({ length: 2_003 }, () => record(1, 1)));
  expect(() => [...changing]).toThrow('changed while it was read');
});

it.each([
  ['without a batch', () => write('test_batch.bin', record(1, 1)), /no data_batch_\*\.bin/],
  [
    'with a batch that is cut off',
    () => write('data_batch_1.bin', record(1, 1).subarray(0, 3000)),
    /data_batch_1\.bin has 3000 bytes.*cut off/,
  ],
  ['with an empty one', () => write('data_batch_1.bin'), /has 0 bytes/],
  ['with a label that is none', () => write('data_batch_1.bin', record(1, 1), record(10, 1)), /label 10 at image 1/],
  ['with a link', () => symlinkSync('/dev/zero', path.join(folder, 'data_batch_1.bin')), /no file of its own/],
])('refuses a folder %s', async (_, make, message) => {
  make();
  await expect(readCifar10(folder)).rejects.toThrow(FolderRefused);
  await expect(readCifar10(folder)).rejects.toThrow(message);
});

it('refuses a folder that is not there', async () => {
  await expect(readCifar10(path.join(home, 'nowhere'))).rejects.toThrow('cannot be read here (ENOENT)');
});
