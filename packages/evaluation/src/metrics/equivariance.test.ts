import { describe, expect, it } from 'vitest';
import {
  peakSignalToNoise,
  type RealValuedImages,
  rotationEquivariance,
  translationEquivariance,
} from './equivariance.ts';
import { turnOf } from './turned-pictures.ts';

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

describe('rotation equivariance', () => {
  /** Waves that a turn about the centre carries along: clockwise, as rows grow downwards. */
  const turnedWaves = (angle: number, change: (value: number, i: number) => number = (value) => value) => {
    const side = 32;
    const data = Float64Array.from({ length: 2 * side * side }, (_, i) => {
      const [x, y] = [(i % side) - 15.5, (Math.floor(i / side) % side) - 15.5];
      const [back, down] = [x * Math.cos(angle) + y * Math.sin(angle), y * Math.cos(angle) - x * Math.sin(angle)];
      const tilt = i < side * side ? 0.9 : -1.3;
      return change(0.4 * Math.sin(tilt * back + 0.2 * down) + 0.3 * Math.cos(0.8 * down), i);
    });
    return { count: 1, channels: 2, width: side, height: side, data } satisfies RealValuedImages;
  };
  const plain = turnedWaves(0);
  const of = (angle: number, turned: RealValuedImages = turnedWaves(angle), from: RealValuedImages = plain): number =>
    rotationEquivariance({ plain: from, turned, angles: [angle] });

  it('is high for a generator that turns by any angle, and low for one that stays, turns the other way or not as far', () => {
    for (const angle of [0.3, 2.5, 5.1]) {
      expect(of(angle), `${angle}`).toBeGreaterThan(50);
      for (const other of [0, -angle, angle - 0.2]) expect(of(angle, turnedWaves(other)), `${other}`).toBeLessThan(25);
    }
  });

  it('is perfect for quarter turns, whatever the picture, and looks only at pixels that stay in it', () => {
    const side = 8;
    const noise = (i: number): number => ((i * 7919) % 97) / 97 - 0.5;
    const square = (value: (row: number, column: number) => number): RealValuedImages => ({
      count: 1,
      channels: 1,
      width: side,
      height: side,
      data: Float64Array.from({ length: side * side }, (_, i) => value(Math.floor(i / side), i % side)),
    });
    const still = square((row, column) => noise(row * side + column));
    // What stood on the left stands at the top.
    const turned = square((row, column) => noise((side - 1 - column) * side + row));
    expect(of(Math.PI / 2, turned, still)).toBeGreaterThan(200);
    expect(of(-Math.PI / 2, turned, still)).toBeLessThan(20);
    const corners = (value: number, i: number): number => (i % 31 === 0 && i % 1024 < 32 ? value + 9 : value);
    expect(of(0.7, turnedWaves(0.7, corners), turnedWaves(0, corners))).toBe(of(0.7));
  });

  it('is the ratio of the noise that the turned outputs have, as far as both grids of pixels hold it', () => {
    const [amplitude, offset] = [0.1, 0.4];
    const noisy = turnedWaves(0.7, (value, i) => value + amplitude * Math.SQRT2 * Math.sin(offset * (i % 32)));
    expect(of(0.7, noisy)).toBeCloseTo(26.0206, 0);
    // The highest frequency of one axis lies beyond the other grid.
    const checked = turnedWaves(
      0.7,
      (value, i) => value + amplitude * (((i % 32) + Math.floor(i / 32)) % 2 === 0 ? 1 : -1),
    );
    expect(of(0.7, checked)).toBeGreaterThan(45);
  });

  it('filters by the transform of where both squares of frequencies overlap', () => {
    const [angle, reach, steps] = [0.4, 6, 200];
    const { places, weights } = turnOf(angle, { height: 32, width: 32 }).alike;
    const weightAt = (x: number, y: number): number => weights[places.indexOf(-y * 32 - x)] as number;
    const transform = (x: number, y: number): number => {
      let [total, area] = [0, 0];
      for (let i = 0; i < steps ** 2; i++) {
        const [u, v] = [((i % steps) + 0.5) / steps - 0.5, (Math.floor(i / steps) + 0.5) / steps - 0.5];
        const [across, down] = [u * Math.cos(angle) + v * Math.sin(angle), v * Math.cos(angle) - u * Math.sin(angle)];
        if (Math.max(Math.abs(across), Math.abs(down)) > 0.5) continue;
        total += Math.cos(2 * Math.PI * (u * x + v * y));
        area++;
      }
      const r = (Math.PI * Math.hypot(x, y)) / reach;
      return ((total / area) * Math.sin(r)) / r;
    };
    for (const [x, y] of [
      [1, 0],
      [2, 1],
      [3, 1],
      [1, 3],
    ] as const)
      expect(weightAt(x, y) / weightAt(0, 0), `${x}, ${y}`).toBeCloseTo(transform(x, y), 3);
  });

  it('refuses pictures that are too small, and angles that are not those of the images', () => {
    const tiny = { count: 1, channels: 1, height: 3, width: 3, data: new Float64Array(9) };
    expect(() => rotationEquivariance({ plain: tiny, turned: tiny, angles: [1] })).toThrow('3×3 pixels are too small');
    expect(() => rotationEquivariance({ plain, turned: plain, angles: [] })).toThrow('1 and 1 images with 0 angles');
  });
});
