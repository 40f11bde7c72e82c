import type { ImageSamples } from '@gansweep/domain';
import { describe, expect, it } from 'vitest';
import { referenceGenerator } from '../../test/reference-inputs.ts';
import { cutPatches, patchDistance } from './patch-distance.ts';

const settings = { patchesPerImage: 16, seed: 1 };

/** Smooth pictures of random waves, changed pixel by pixel. */
function waves(
  seed: number,
  options: {
    side?: number;
    channels?: number;
    noise?: number;
    slow?: boolean;
    change?: (value: number) => number;
  } = {},
): ImageSamples {
  const { side = 32, channels = 3, noise = 0, slow = false, change = (value) => value } = options;
  const { uniform, normal } = referenceGenerator(seed);
  const count = 40;
  const data = new Uint8Array(count * side * side * channels);
  let at = 0;
  for (let image = 0; image < count; image++) {
    const [a, b, phase] = [uniform(), uniform(), 6 * uniform()].map((value) => (slow ? value / 3 : value));
    for (let i = 0; i < side * side; i++)
      for (let c = 0; c < channels; c++) {
        const wave = Math.sin((a ?? 0) * (i % side) + (b ?? 0) * Math.floor(i / side) + (phase ?? 0) + c);
        data[at++] = Math.min(255, Math.max(0, change(128 + 60 * wave) + noise * normal()));
      }
  }
  return { kind: 'images', count, height: side, width: side, channels, data };
}

const distance = (real: ImageSamples, fake: ImageSamples) =>
  patchDistance({ real: cutPatches(real, settings), fake: cutPatches(fake, settings), directions: 64, seed: 1 });

describe('the sliced distance of image patches', () => {
  const real = waves(701);

  it('is zero for a set with itself, symmetric, and does not see brightness and contrast of a channel', () => {
    expect(distance(real, real)).toEqual({
      levels: [
        { side: 32, distance: 0 },
        { side: 16, distance: 0 },
      ],
      mean: 0,
    });
    const other = waves(702, { noise: 20 });
    expect(distance(real, other)).toEqual(distance(other, real));
    // Standardised channel by channel; only the rounding to whole grey values is left.
    const faint = distance(real, waves(701, { change: (value) => 64 + value / 2 }));
    expect(faint.levels.at(-1)?.distance).toBeLessThan(3);
  });

  it('rises with noise, in the finest level first', () => {
    const found = [0, 5, 15, 40].map((noise) => distance(real, waves(701, { noise })));
    const means = found.map(({ mean }) => mean);
    expect(means).toEqual(means.toSorted((a, b) => a - b));
    const [fine, coarse] = found.at(-1)?.levels ?? [];
    expect(fine?.distance).toBeGreaterThan(2 * (coarse?.distance ?? Number.NaN));
  });

  it('rises when pictures of one kind are dropped', () => {
    expect(distance(real, waves(703, { slow: true })).mean).toBeGreaterThan(2 * distance(real, waves(703)).mean);
  });

  it('standardises patches channel by channel, and a constant channel to zero', () => {
    const { count, levels } = cutPatches(real, { patchesPerImage: 20, seed: 1 });
    const { rows, columns, data } = levels[0]?.patches ?? { rows: 0, columns: 0, data: [] };
    expect([count, rows, columns]).toEqual([800, 800, 148]);
    for (let channel = 0; channel < 3; channel++) {
      const values = Array.from(
        { length: 800 * 49 },
        (_, i) => data[Math.floor(i / 49) * 148 + channel * 49 + (i % 49)] ?? 0,
      );
      expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 6);
      expect(values.reduce((sum, value) => sum + value * value, 0) / values.length).toBeCloseTo(1, 9);
    }
    const flat = cutPatches({ ...real, data: real.data.map(() => 9) }, settings);
    expect(flat.levels[1]?.patches.data.every((value) => value === 0)).toBe(true);
  });

  it('refuses other numbers of images and pictures that are no squares', () => {
    expect(() => distance(real, { ...real, count: 20 })).toThrow(RangeError);
    expect(() => cutPatches({ ...real, height: 16, count: 2 }, settings)).toThrow(RangeError);
  });
});
