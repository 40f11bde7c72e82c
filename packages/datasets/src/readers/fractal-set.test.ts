import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { paletteOf } from '../fractal/palettes.ts';
import { fractalsIn, makeFractals } from './fractal-set.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'fractals-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const quiet = (): void => {};

it('makes the same content at every side, and again', async () => {
  const [small, large] = [
    await makeFractals({ folder, side: 32, count: 6, note: quiet }),
    await makeFractals({ folder, side: 128, count: 6, note: quiet }),
  ];
  expect(large).toBe(small);
  expect((await readdir(folder)).map((name) => name.split('.').slice(0, 3).join('.'))).toEqual([
    'fractal.all.128x128x1',
    'fractal.all.32x32x1',
    'fractal.all.parameters',
  ]);
});

it('paints the shades by a palette, and knows six numbers of each image, scaled over the set', async () => {
  const sourceHash = await makeFractals({ folder, side: 32, count: 6, note: quiet });
  const open = (palette: 'fractal' | 'fractal-green') =>
    fractalsIn(palette, { folder, side: 32, note: quiet, sourceHash });
  const [blue, green] = [await open('fractal'), await open('fractal-green')];
  expect([blue.count, blue.height, blue.width, blue.channels]).toEqual([6, 32, 32, 3]);
  const pixelsOf = (images: typeof blue): Uint8Array => {
    const out = new Uint8Array(2 * 32 * 32 * 3);
    images.copy(Uint32Array.of(5, 0), out);
    return out;
  };
  const [inBlue, inGreen] = [pixelsOf(blue), pixelsOf(green)];
  const palettes = { blue: paletteOf('fractal'), green: paletteOf('fractal-green') };
  const shadeOf = new Map(
    Array.from({ length: 256 }, (_, shade) => [palettes.blue.subarray(3 * shade, 3 * shade + 3).join(), shade]),
  );
  for (let at = 0; at < inBlue.length; at += 3) {
    const shade = shadeOf.get(inBlue.subarray(at, at + 3).join()) ?? -1;
    expect(inGreen.subarray(at, at + 3)).toEqual(palettes.green.subarray(3 * shade, 3 * shade + 3));
  }
  const vectors = blue.vectors ?? new Float32Array();
  expect(vectors).toHaveLength(36);
  for (let column = 0; column < 6; column++) {
    const values = Array.from({ length: 6 }, (_, row) => vectors[row * 6 + column] ?? 0);
    expect(values.reduce((a, b) => a + b, 0)).toBeCloseTo(0, 5);
    expect(values.reduce((a, b) => a + b * b, 0)).toBeCloseTo(6, 5);
  }
});
