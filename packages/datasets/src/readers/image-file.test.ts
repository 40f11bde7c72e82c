import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ImageReals } from '@gansweep/domain';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openDataset } from '../open-dataset.ts';
import { type ImageFileSource, openImageFile } from './image-file.ts';
import { liveImageReaders } from './image-reader.ts';
import { loadMnist } from './mnist.ts';

const COUNT = 100;
/** Image i is 2×3×1 bytes: i, i + 1, … */
const PIXELS = Uint8Array.from({ length: COUNT * 6 }, (_, i) => Math.floor(i / 6) + (i % 6));
let decoded = 0;
const SOURCE: ImageFileSource = {
  set: 'mnist',
  split: 'train',
  preparation: '2x3x1',
  sourceHash: 'abcdefabcdefabcdef',
  height: 2,
  width: 3,
  channels: 1,
  decode: async () => {
    decoded += 1;
    return PIXELS;
  },
};
const NAME = `mnist.train.2x3x1.abcdefabcdef.${createHash('sha256').update(PIXELS).digest('hex')}.u8`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gansweep-images-'));
  decoded = 0;
});
afterEach(() => rm(folder, { recursive: true }));

const imagesAt = (positions: readonly number[]): number[] =>
  positions.flatMap((position) => Array.from(PIXELS.subarray(6 * position, 6 * position + 6)));
const copied = (images: ImageReals, positions: readonly number[]): number[] => {
  const out = new Uint8Array(6 * positions.length);
  images.copy(Uint32Array.from(positions), out);
  return Array.from(out);
};

describe('a file of decoded images', () => {
  it('is made once, named for its content, and read by position', async () => {
    const first = await openImageFile(join(folder, 'new'), SOURCE);
    const again = await openImageFile(join(folder, 'new'), SOURCE);
    expect(await readdir(join(folder, 'new'))).toEqual([NAME]);
    expect(decoded).toBe(1);
    for (const images of [first, again]) {
      expect(images.count).toBe(COUNT);
      expect(copied(images, [99, 0, 42, 42])).toEqual(imagesAt([99, 0, 42, 42]));
    }
  });

  it.each([
    ['changed in one byte', (file: string) => writeFile(file, PIXELS.with(77, PIXELS[77] === 0 ? 1 : 0))],
    ['cut off', (file: string) => truncate(file, 120)],
    ['empty', (file: string) => truncate(file, 0)],
  ])('that is %s is noticed, said, and made again', async (_, damage) => {
    await openImageFile(folder, SOURCE);
    await damage(join(folder, NAME));
    const notes: string[] = [];
    const images = await openImageFile(folder, SOURCE, (line) => notes.push(line));
    expect(notes).toEqual([`${join(folder, NAME)} is damaged; it is made again`]);
    expect(decoded).toBe(2);
    expect(new Uint8Array(await readFile(join(folder, NAME)))).toEqual(PIXELS);
    expect(copied(images, [77])).toEqual(imagesAt([77]));
  });

  it('is never seen half-written: two that make it at once get the whole of it', async () => {
    const both = await Promise.all([openImageFile(folder, SOURCE), openImageFile(folder, SOURCE)]);
    expect(both.map((images) => copied(images, [5]))).toEqual([imagesAt([5]), imagesAt([5])]);
    expect(await readdir(folder)).toEqual([NAME]);
  });

  it('clears away what a process that is gone left half-written, and nothing of one at work', async () => {
    const [old, fresh] = [join(folder, `${NAME.slice(0, 30)}.old.tmp`), join(folder, `${NAME.slice(0, 30)}.new.tmp`)];
    await writeFile(old, '');
    await writeFile(fresh, '');
    await utimes(old, new Date(0), new Date(0));
    await openImageFile(folder, SOURCE);
    expect((await readdir(folder)).sort()).toEqual([fresh.slice(folder.length + 1), NAME].sort());
  });

  it('belongs to its split, preparation and source alone', async () => {
    await openImageFile(folder, SOURCE);
    for (const other of [{ split: 'test' }, { preparation: '3x2x1' }, { sourceHash: 'fedcbafedcba' }])
      await openImageFile(folder, { ...SOURCE, ...other });
    expect(decoded).toBe(4);
    expect(await readdir(folder)).toHaveLength(4);
  });

  it('refuses positions outside and buffers of another size', async () => {
    const images = await openImageFile(folder, SOURCE);
    expect(() => copied(images, [COUNT])).toThrow('image 100 of 100');
    expect(() => images.copy(Uint32Array.of(1), new Uint8Array(7))).toThrow(RangeError);
  });

  it('of MNIST holds the very images of the package', async () => {
    const { train, heldOut } = await openDataset({ dataset: 'mnist' }, { folder });
    if (train.kind !== 'images' || heldOut.kind !== 'images') throw new Error('not images');
    expect([train.count, heldOut.count]).toEqual([60_000, 10_000]);
    for (const [split, images] of [
      ['train', train],
      ['test', heldOut],
    ] as const) {
      const positions = Uint32Array.of(0, 9_999, 1, 5_000);
      const [fromFile, fromMemory] = [new Uint8Array(4 * 1024), new Uint8Array(4 * 1024)];
      images.copy(positions, fromFile);
      (await loadMnist(split)).copy(positions, fromMemory);
      expect(fromFile).toEqual(fromMemory);
      expect(
        Buffer.compare(Buffer.from(images.labels as Uint8Array), Buffer.from((await loadMnist(split)).labels)),
      ).toBe(0);
      expect(images.classes).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    }
  });

  it('is written part by part where it comes in parts, under the same name', async () => {
    async function* parts(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < PIXELS.length; at += 70) yield PIXELS.subarray(at, at + 70);
    }
    const images = await openImageFile(folder, { ...SOURCE, decode: async () => parts() });
    expect(await readdir(folder)).toEqual([NAME]);
    expect(copied(images, [99, 11])).toEqual(imagesAt([99, 11]));
  });

  it('leaves nothing behind when its parts end in an error', async () => {
    // biome-ignore lint/correctness/useYield: it ends before its second part.
    async function* parts(): AsyncGenerator<Uint8Array> {
      throw new Error('no more');
    }
    await expect(openImageFile(folder, { ...SOURCE, decode: async () => parts() })).rejects.toThrow('no more');
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('the reader of an image file', () => {
  const opened = async (images = 10) => {
    const reals = await openImageFile(folder, SOURCE);
    if (!reals.openReader) throw new Error('no reader');
    return reals.openReader(images);
  };

  it('gives images in the order in which they were asked for, however the taking is cut', async () => {
    await using reader = await opened();
    const order = Array.from({ length: 300 }, (_, i) => (i * 37) % COUNT);
    reader.ask(Uint32Array.from(order.slice(0, 100)));
    const got: number[] = [];
    for (let taken = 0, cut = 1; taken < 300; cut = (cut % 7) + 1) {
      if (taken === 100) reader.ask(Uint32Array.from(order.slice(100)));
      const n = Math.min(cut, (taken < 100 ? 100 : 300) - taken);
      const out = new Uint8Array(6 * n);
      await reader.take(out);
      got.push(...out);
      taken += n;
    }
    expect(got).toEqual(imagesAt(order));
  });

  it('goes round its ring for as long as it is asked to', async () => {
    const [side, count] = [128, 20];
    const pixels = Uint8Array.from({ length: count * side * side }, (_, i) => Math.floor(i / side) % 251);
    const large = { ...SOURCE, height: side, width: side, decode: async () => pixels };
    const reals = await openImageFile(folder, large);
    await using reader = reals.openReader?.(1) ?? null;
    if (!reader) throw new Error('no reader');
    // 8 MiB of 16 KiB each.
    expect(reader.capacity).toBe(512);
    for (let round = 0; round < 3; round++) {
      const order = Uint32Array.from({ length: 400 }, (_, i) => (i * 7 + round) % count);
      const [out, expected] = [new Uint8Array(400 * side * side), new Uint8Array(400 * side * side)];
      reader.ask(order);
      await reader.take(out);
      reals.copy(order, expected);
      expect(Buffer.from(out).equals(Buffer.from(expected))).toBe(true);
    }
  });

  it('holds no more than it says, and gives nothing that was not asked for', async () => {
    await using reader = await opened();
    reader.ask(new Uint32Array(reader.capacity));
    expect(() => reader.ask(Uint32Array.of(1))).toThrow('more than this reader holds');
    await expect(reader.take(new Uint8Array(6 * (reader.capacity + 1)))).rejects.toThrow('asked for');
    await expect(reader.take(new Uint8Array(7))).rejects.toThrow('not whole images');
    await using other = await opened();
    expect(() => other.ask(Uint32Array.of(COUNT))).toThrow('image 100 of 100');
  });

  it('holds at least as many images as are wanted', async () => {
    await using reader = await opened(3_000_000);
    expect(reader.capacity).toBe(2 ** 22);
  });

  it('shares one thread with all others of the process, which ends with the last of them', async () => {
    expect(liveImageReaders()).toEqual({ threads: 0, readers: 0 });
    const [one, two] = [await opened(), await opened()];
    expect(liveImageReaders()).toEqual({ threads: 1, readers: 2 });
    one.ask(Uint32Array.of(1));
    two.ask(Uint32Array.of(2));
    const out = new Uint8Array(6);
    await two.take(out);
    expect(Array.from(out)).toEqual(imagesAt([2]));
    await two[Symbol.asyncDispose]();
    await two[Symbol.asyncDispose]();
    expect(liveImageReaders()).toEqual({ threads: 1, readers: 1 });
    await one.take(out);
    expect(Array.from(out)).toEqual(imagesAt([1]));
    await one[Symbol.asyncDispose]();
    expect(liveImageReaders()).toEqual({ threads: 0, readers: 0 });
    await expect(one.take(out)).rejects.toThrow('disposed of');
  });

  it('says that its file is gone or was cut off, instead of waiting for ever', async () => {
    const reals = await openImageFile(folder, SOURCE);
    await truncate(join(folder, NAME), 60);
    await using reader = reals.openReader?.(1) ?? null;
    reader?.ask(Uint32Array.of(3, 50));
    await expect(reader?.take(new Uint8Array(12))).rejects.toThrow(/u8 ends before image 50; start again to mend/);
    await rm(join(folder, NAME));
    await using other = reals.openReader?.(1) ?? null;
    other?.ask(Uint32Array.of(3));
    await expect(other?.take(new Uint8Array(6))).rejects.toThrow(/ENOENT/);
  });

  it('wakes a taker that waits when it is disposed of', async () => {
    const reader = await opened();
    reader.ask(new Uint32Array(reader.capacity));
    const waiting = expect(reader.take(new Uint8Array(6 * reader.capacity))).rejects.toThrow('disposed of');
    await reader[Symbol.asyncDispose]();
    await waiting;
  });

  it('says that its thread died, to those who wait and to those who come later', async () => {
    const threads: Worker[] = [];
    const post = Worker.prototype.postMessage;
    const seen = vi.spyOn(Worker.prototype, 'postMessage').mockImplementation(function (this: Worker, message) {
      threads.push(this);
      post.call(this, message);
    });
    await using reader = await opened();
    await using other = await opened();
    seen.mockRestore();
    reader.ask(new Uint32Array(reader.capacity));
    const waiting = expect(reader.take(new Uint8Array(6 * reader.capacity))).rejects.toThrow(
      'the thread that reads the training images ended with code 1',
    );
    await threads[0]?.terminate();
    await waiting;
    other.ask(Uint32Array.of(1));
    await expect(other.take(new Uint8Array(6))).rejects.toThrow('ended with code 1');
    expect(liveImageReaders().threads).toBe(0);
    // Whoever opens one now has a thread that lives.
    await using fresh = await opened();
    fresh.ask(Uint32Array.of(1));
    await fresh.take(new Uint8Array(6));
  });
});
