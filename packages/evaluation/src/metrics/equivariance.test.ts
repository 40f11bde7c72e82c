import { describe, expect, it } from 'vitest';
import { peakSignalToNoise, type RealValuedImages, translationEquivariance } from './equivariance.ts';

/** A slow wave, so that it can be moved by a fraction of a pixel. */
const wave = (dx: number, dy: number, change: (value: number, i: number) => number = (value) => value) => {
  const [width, height] = [24, 20];
  const data = Float64Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [(i % width) - dx, Math.floor(i / width) - dy];
    return change(0.4 * Math.sin(0.3 * x) + 0.4 * Math.cos(0.25 * y), i);
  });
  return { count: 1, channels: 1, width, height, data } satisfies RealValuedImages;
};

describe('the ratio of signal to noise', () => {
  it('of a mean square error of .01 in [−1, 1] is 26.0206 dB', () => {
    expect(peakSignalToNoise(0.01)).toBeCloseTo(26.0206, 4);
    expect(peakSignalToNoise(4)).toBeCloseTo(0, 12);
  });
});

describe('translation equivariance', () => {
  it('is perfect for a generator that moves by whole pixels, in either direction', () => {
    for (const shift of [
      { x: 3, y: -2 },
      { x: -1, y: 0 },
      { x: 0, y: 0 },
    ])
      expect(
        translationEquivariance({ plain: wave(0, 0), moved: wave(shift.x, shift.y), shifts: [shift] }),
      ).toBeGreaterThan(200);
  });

  it('is high for fractions of a pixel and low for a generator that stays where it was', () => {
    const shift = { x: 1.4, y: -0.7 };
    const good = translationEquivariance({ plain: wave(0, 0), moved: wave(1.4, -0.7), shifts: [shift] });
    const bad = translationEquivariance({ plain: wave(0, 0), moved: wave(0, 0), shifts: [shift] });
    expect(good).toBeGreaterThan(40);
    expect(bad).toBeLessThan(25);
  });

  it('is the ratio of the noise that the moved outputs have, and looks only at pixels that stay in the picture', () => {
    const noisy = wave(2, 0, (value, i) => value + (i % 2 === 0 ? 0.1 : -0.1));
    expect(translationEquivariance({ plain: wave(0, 0), moved: noisy, shifts: [{ x: 2, y: 0 }] })).toBeCloseTo(
      26.0206,
      4,
    );
    const border = wave(2, 0, (value, i) => (i % 24 < 2 ? 9 : value));
    expect(translationEquivariance({ plain: wave(0, 0), moved: border, shifts: [{ x: 2, y: 0 }] })).toBeGreaterThan(
      200,
    );
    expect(() => translationEquivariance({ plain: wave(0, 0), moved: wave(0, 0), shifts: [{ x: 24, y: 0 }] })).toThrow(
      RangeError,
    );
  });
});
