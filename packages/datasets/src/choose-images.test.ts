import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { chooseImages } from './choose-images.ts';
import { openImageFile } from './readers/image-file.ts';

const COUNT = 20;
/** Image i is one pixel of value i, its label i mod 3, its vector (i, −i). */
async function wholeIn(folder: string) {
  const images = await openImageFile(folder, {
    set: 'digits',
    split: 'all',
    preparation: '1x1x1',
    sourceHash: 'abcdefabcdef',
    height: 1,
    width: 1,
    channels: 1,
    decode: async () => Uint8Array.from({ length: COUNT }, (_, i) => i),
  });
  return {
    ...images,
    labels: Uint8Array.from({ length: COUNT }, (_, i) => i % 3),
    vectors: Float32Array.from({ length: 2 * COUNT }, (_, i) => (i % 2 === 0 ? 1 : -1) * Math.floor(i / 2)),
  };
}

it('chooses images in a new order, with their labels and vectors, also when they are read ahead', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gansweep-choose-'));
  try {
    const chosen = chooseImages({ ...(await wholeIn(folder)), content: 'all' }, Uint32Array.of(7, 19, 0));
    expect(chosen).not.toHaveProperty('content');
    expect(chosen.count).toBe(3);
    expect(Array.from(chosen.labels ?? [])).toEqual([1, 1, 0]);
    expect(Array.from(chosen.vectors ?? [])).toEqual([7, -7, 19, -19, 0, -0]);
    const out = new Uint8Array(4);
    chosen.copy(Uint32Array.of(2, 1, 0, 0), out);
    expect(Array.from(out)).toEqual([0, 19, 7, 7]);
    expect(() => chosen.copy(Uint32Array.of(3), new Uint8Array(1))).toThrow('image 3 of 3');
    await using reader = chosen.openReader?.(4);
    if (reader === undefined) throw new Error('no reader');
    reader.ask(Uint32Array.of(1, 2));
    const ahead = new Uint8Array(2);
    await reader.take(ahead);
    expect(Array.from(ahead)).toEqual([19, 0]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

it('refuses positions that the set has not', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gansweep-choose-'));
  try {
    const whole = await wholeIn(folder);
    expect(() => chooseImages(whole, Uint32Array.of(20))).toThrow('image 20 of 20');
  } finally {
    await rm(folder, { recursive: true });
  }
});
