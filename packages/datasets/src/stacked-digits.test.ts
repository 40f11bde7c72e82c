import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ImageReals } from '@gansweep/domain';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDataset } from './open-dataset.ts';
import { loadMnist } from './readers/mnist.ts';

const PIXELS = 32 * 32;
let folder: string;
let fromFile: ImageReals;
let fromMemory: ImageReals;
let heldOut: ImageReals;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'stacked-'));
  const [kept, read] = [
    await openDataset({ dataset: 'stacked-mnist' }, { folder }),
    await openDataset({ dataset: 'stacked-mnist' }),
  ];
  if (kept.train.kind !== 'images' || read.train.kind !== 'images' || kept.heldOut.kind !== 'images')
    throw new Error('not images');
  [fromFile, fromMemory, heldOut] = [kept.train, read.train, kept.heldOut];
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const copied = (images: ImageReals, positions: readonly number[]): Uint8Array => {
  const out = new Uint8Array(positions.length * 3 * PIXELS);
  images.copy(Uint32Array.from(positions), out);
  return out;
};

it('stacks three digits as three channels, whose number is the label', async () => {
  const digits = await loadMnist('train');
  const label = fromMemory.labels?.[7] ?? -1;
  const [image] = [copied(fromMemory, [7])];
  // Each channel is a digit of the class that the label says, wherever it lies in MNIST.
  for (const [channel, digit] of [Math.floor(label / 100), Math.floor(label / 10) % 10, label % 10].entries()) {
    const plane = Buffer.from(image.filter((_, i) => i % 3 === channel));
    const at = Array.from(digits.labels.keys()).find((position) =>
      plane.equals(digits.pixels.subarray(position * PIXELS, (position + 1) * PIXELS)),
    );
    expect(digits.labels[at ?? -1]).toBe(digit);
  }
  expect(fromMemory.classes?.[label]).toBe(String(label).padStart(3, '0'));
});

it('has 128,000 stacks and 26,000 held-out ones, of all 1,000 modes', () => {
  expect([fromMemory.count, heldOut.count]).toEqual([128_000, 26_000]);
  expect(new Set(Array.from(fromMemory.labels ?? [])).size).toBe(1_000);
  expect(new Set(Array.from(heldOut.labels ?? [])).size).toBe(1_000);
});

it('reads the same images from the file of MNIST, at once and ahead, however they are taken', async () => {
  const positions = [5, 127_999, 0, 64_000];
  const expected = copied(fromMemory, positions);
  expect(copied(fromFile, positions)).toEqual(expected);
  await using reader = fromFile.openReader?.(10) ?? null;
  if (reader === null) throw new Error('no reader');
  expect(reader.capacity).toBeGreaterThanOrEqual(10);
  reader.ask(Uint32Array.from(positions));
  const taken = new Uint8Array(expected.length);
  await reader.take(taken.subarray(0, 3 * PIXELS));
  await reader.take(taken.subarray(3 * PIXELS));
  expect(taken).toEqual(expected);
});

it('refuses positions outside and buffers of another size', () => {
  expect(() => copied(fromMemory, [128_000])).toThrow('image 128000 of 128000');
  expect(() => fromMemory.copy(Uint32Array.of(1), new Uint8Array(PIXELS))).toThrow(RangeError);
});

it('leaves modes out where classes are chosen', async () => {
  const { train } = await openDataset({ dataset: 'stacked-mnist', classes: '000,427' });
  if (train.kind !== 'images') throw new Error('not images');
  expect(train.classes).toEqual(['000', '427']);
  expect(train.count).toBeGreaterThan(150);
  expect(train.count).toBeLessThan(400);
});
