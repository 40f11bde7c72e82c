import { lawModes } from '@gansweep/domain';
import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { renderSamples } from './render-samples.ts';

const images = (options: { count: number; side: number; channels: number }) => ({
  kind: 'images' as const,
  count: options.count,
  height: options.side,
  width: options.side,
  channels: options.channels,
  data: Uint8Array.from({ length: options.count * options.side ** 2 * options.channels }, (_, i) => (i * 37) % 251),
});

describe('the grid of images', () => {
  it('shows 80 images of 32 pixels twice as large in ten rows', () => {
    const samples = images({ count: 80, side: 32, channels: 1 });
    const png = decode(renderSamples(samples));
    expect([png.width, png.height, png.channels]).toEqual([8 * 66 + 2, 10 * 66 + 2, 1]);
    // Image 9 is the second of the second row; its pixel (x 5, y 3) fills a square of two by two.
    const value = samples.data[9 * 1024 + 3 * 32 + 5];
    for (const [dx, dy] of [
      [0, 0],
      [1, 1],
    ] as const) {
      const [x, y] = [2 + 66 + 10 + dx, 2 + 66 + 6 + dy];
      expect(png.data[y * png.width + x]).toBe(value);
    }
    expect(png.data[0]).toBe(72);
  });

  it('shows more than that as fourteen rows of fourteen', () => {
    const png = decode(renderSamples(images({ count: 200, side: 32, channels: 1 })));
    expect([png.width, png.height]).toEqual([14 * 66 + 2, 14 * 66 + 2]);
    expect(decode(renderSamples(images({ count: 81, side: 32, channels: 1 }))).height).toBe(6 * 66 + 2);
  });

  it('keeps colours apart and large images at their size', () => {
    const samples = images({ count: 2, side: 64, channels: 3 });
    const png = decode(renderSamples(samples));
    expect([png.width, png.height, png.channels]).toEqual([2 * 66 + 2, 68, 3]);
    expect(Array.from(png.data.slice((2 * png.width + 2) * 3, (2 * png.width + 3) * 3))).toEqual([0, 37, 74]);
  });

  it('refuses other channel counts', () => {
    expect(() => renderSamples(images({ count: 1, side: 4, channels: 2 }))).toThrow(RangeError);
  });
});

describe('the plot of points', () => {
  const plot = (points: readonly number[]) =>
    decode(renderSamples({ kind: 'points', count: points.length / 2, data: Float32Array.from(points) }, 'ring8'));
  const brightness = (png: ReturnType<typeof plot>, x: number, y: number): number => {
    // Box of ±1.5 with a margin of a tenth: 3.6 units on 384 pixels, y upwards.
    const [px, py] = [Math.floor(((x + 1.8) / 3.6) * 384), Math.floor(((1.8 - y) / 3.6) * 384)];
    const colour = png.palette?.[png.data[py * 384 + px] as number] ?? [];
    return colour.reduce((sum, part) => sum + part, 0);
  };

  it('puts ink where the points are, more where there are more, with y upwards', () => {
    const png = plot([0.5, 0.5, -0.5, 0.5, -0.5, 0.5, -0.5, 0.5, -0.5, 0.5]);
    expect([png.width, png.height, png.channels]).toEqual([384, 384, 1]);
    expect(brightness(png, 0.5, 0.5)).toBeLessThan(600);
    expect(brightness(png, -0.5, 0.5)).toBeLessThan(brightness(png, 0.5, 0.5));
    expect(brightness(png, 0.5, -0.5)).toBeGreaterThan(740);
  });

  it('marks the modes that no point reaches', () => {
    const png = plot([0, 0]);
    const [x, y] = lawModes('ring8')?.centres[0] ?? [0, 0];
    const ring = Array.from({ length: 14 }, (_, k) => brightness(png, x + k * 0.0094, y));
    expect(Math.min(...ring)).toBeLessThan(620);
    expect(brightness(png, x, y)).toBeGreaterThan(740);
  });

  it('leaves out points that are far away or not finite', () => {
    const empty = plot([]);
    const far = plot([1e9, 0, Number.NaN, 0, 0, Number.NEGATIVE_INFINITY]);
    expect(Buffer.compare(far.data as Uint8Array, empty.data as Uint8Array)).toBe(0);
  });

  it('needs the law', () => {
    expect(() => renderSamples({ kind: 'points', count: 0, data: new Float32Array() })).toThrow('law');
  });
});
