import type { ImageSamples } from '@gansweep/domain';
import { describe, expect, it } from 'vitest';
import { referenceGenerator } from '../../test/reference-inputs.ts';
import { imageStatistics } from './image-statistics.ts';
import { spectrumShares } from './power-spectrum.ts';

type Paint = (x: number, y: number, channel: number, image: number) => number;

function painted(paint: Paint, { side = 8, channels = 1, count = 1 } = {}): ImageSamples {
  const data = Uint8Array.from({ length: count * side * side * channels }, (_, i) => {
    const pixel = Math.floor(i / channels);
    return paint(pixel % side, Math.floor(pixel / side) % side, i % channels, Math.floor(pixel / (side * side)));
  });
  return { kind: 'images', count, height: side, width: side, channels, data };
}

describe('statistics of images', () => {
  it('of a flat grey are its colour and nothing else', () => {
    expect(imageStatistics(painted(() => 51))).toEqual({
      saturation: 0,
      contrast: expect.closeTo(0, 12),
      meanColour: [expect.closeTo(0.2, 12), expect.closeTo(0.2, 12), expect.closeTo(0.2, 12)],
      symmetry: 1,
      highFrequency: 0,
      checkerboard: 0,
      isolated: 0,
      totalVariation: 0,
    });
  });

  it('of colours: saturation (max − min)/max, black without any, mean of each channel', () => {
    const colours = [
      [255, 0, 0],
      [200, 100, 150],
      [0, 0, 0],
      [80, 80, 80],
    ];
    const found = imageStatistics(painted((x, _, c) => colours[x % 4]?.[c] ?? 0, { channels: 3 }));
    expect(found.saturation).toBeCloseTo((1 + 0.5 + 0 + 0) / 4, 12);
    expect(found.meanColour.map((value) => value * 255)).toEqual([
      expect.closeTo((255 + 200 + 80) / 4, 9),
      expect.closeTo((100 + 80) / 4, 9),
      expect.closeTo((150 + 80) / 4, 9),
    ]);
    const green = imageStatistics(painted((x, _, c) => (c === 1 && x < 4 ? 255 : 0), { channels: 3 }));
    expect(green.contrast).toBeCloseTo(0.7152 / 2, 12);
  });

  it('of halves and stripes: contrast, symmetry and total variation by hand', () => {
    const halves = imageStatistics(painted((x) => (x < 4 ? 0 : 255)));
    expect(halves.contrast).toBeCloseTo(0.5, 12);
    expect(halves.symmetry).toBeCloseTo(-1, 12);
    expect(halves.totalVariation).toBeCloseTo(1 / 7, 12);
    const valley = imageStatistics(painted((x) => 30 * Math.abs(2 * x - 7)));
    expect(valley.symmetry).toBeCloseTo(1, 12);
  });

  it('of a checkerboard: all power is at the highest frequency', () => {
    const board = imageStatistics(painted((x, y) => 255 * ((x + y) % 2)));
    expect(board).toMatchObject({ highFrequency: expect.closeTo(1, 12), checkerboard: expect.closeTo(1, 12) });
    expect(board.totalVariation).toBeCloseTo(2, 12);
    // A wave of eight pixels is none of it, one of two thirds of the highest frequency is high only.
    const slow = imageStatistics(painted((x) => 128 + 100 * Math.cos((2 * Math.PI * x) / 8)));
    expect(slow.highFrequency).toBeLessThan(0.001);
    const quick = imageStatistics(painted((x) => 128 + 100 * Math.cos((2 * Math.PI * 3 * x) / 8)));
    expect(quick.highFrequency).toBeGreaterThan(0.99);
    expect(quick.checkerboard).toBeLessThan(0.01);
  });

  it('count pixels that stand out from all their neighbours by a quarter, also at the border', () => {
    const dots: readonly string[] = ['2,2', '0,7', '5,5'];
    const found = imageStatistics(painted((x, y) => (dots.includes(`${x},${y}`) ? 220 : 100)));
    expect(found.isolated).toBeCloseTo(3 / 64, 12);
    expect(imageStatistics(painted((x, y) => (dots.includes(`${x},${y}`) ? 20 : 100))).isolated).toBeCloseTo(
      3 / 64,
      12,
    );
    expect(imageStatistics(painted((x, y) => (dots.includes(`${x},${y}`) ? 160 : 100))).isolated).toBe(0);
    const pair = imageStatistics(painted((x, y) => (y === 3 && (x === 3 || x === 4) ? 255 : 0)));
    expect(pair.isolated).toBe(0);
  });

  it('are means over the images, in any order, and rise with noise', () => {
    const { uniform } = referenceGenerator(801);
    const noise = Array.from({ length: 4 * 256 }, () => uniform() - 0.5);
    const noisy = (amount: number, order: (image: number) => number = (image) => image) =>
      imageStatistics(
        painted(
          (x, y, _, image) => 128 + 8 * Math.abs(x - 7.5) + amount * (noise[order(image) * 256 + y * 16 + x] ?? 0),
          { side: 16, count: 4 },
        ),
      );
    const reversed = noisy(80, (image) => 3 - image);
    const forward = noisy(80);
    for (const name of ['contrast', 'symmetry', 'highFrequency', 'totalVariation', 'isolated'] as const)
      expect(reversed[name], name).toBeCloseTo(forward[name], 12);
    const amounts = [0, 20, 60, 120].map((amount) => noisy(amount));
    for (const name of ['contrast', 'highFrequency', 'checkerboard', 'totalVariation'] as const) {
      const values = amounts.map((one) => one[name]);
      expect(values, name).toEqual(values.toSorted((a, b) => a - b));
    }
    const symmetry = amounts.map((one) => one.symmetry);
    expect(symmetry).toEqual(symmetry.toSorted((a, b) => b - a));
  });

  it('refuse two channels', () => {
    expect(() => imageStatistics(painted(() => 0, { channels: 2 }))).toThrow(RangeError);
  });
});

it.each([
  [32, 32, 0.702355865624494, 0.05508359971403086],
  [20, 12, 0.46779489318705003, 0.055651829268134834],
  [15, 9, 0.4068781818071044, 0],
])('power of %i×%i pixels is that of numpy.fft.fft2', (height, width, high, highest) => {
  const picture = Float64Array.from({ length: height * width }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    return ((7 * y + 3 * x * x + ((x * y) % 5) * 11) % 256) / 255;
  });
  const found = spectrumShares(height, width)(picture);
  expect(found.high).toBeCloseTo(high, 12);
  expect(found.highest).toBeCloseTo(highest, 12);
});
