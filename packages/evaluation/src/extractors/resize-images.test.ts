import type { ImageSamples } from '@gansweep/domain';
import { describe, expect, it } from 'vitest';
import { resizeImages } from './resize-images.ts';

function picture(height: number, width: number): ImageSamples {
  const data = Uint8Array.from({ length: height * width }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    return (7 * y + 3 * x * x + ((x * y) % 5) * 11) % 256;
  });
  return { kind: 'images', count: 1, height, width, channels: 1, data };
}

describe('resizing', () => {
  it.each([
    [12, 20, 5, 7, [18.498611375, 104.589473576, 109.207788263], 4072.05884547],
    [6, 5, 9, 14, [-0.695297124, 18.951176845, 84.977342708], 6304.87288249],
  ] as const)(
    '%i×%i to %i×%i gives the numbers of PyTorch 2.15, bicubic and antialiased',
    (h, w, height, width, some, sum) => {
      const out = resizeImages(picture(h, w), { height, width, channels: 1 });
      const at = (y: number, x: number): number => out[y * width + x] ?? Number.NaN;
      [at(0, 0), at(2, 3), at(height - 1, width - 1)].forEach((value, i) => {
        expect(value).toBeCloseTo(some[i] ?? Number.NaN, 4);
      });
      expect(out.reduce((total, value) => total + value, 0)).toBeCloseTo(sum, 2);
    },
  );

  it('keeps images of the right size, repeats grey for colour, and orders by planes', () => {
    const grey = picture(4, 4);
    expect(Array.from(resizeImages(grey, { height: 4, width: 4, channels: 1 }))).toEqual(Array.from(grey.data));
    const repeated = resizeImages(grey, { height: 4, width: 4, channels: 3 });
    expect(Array.from(repeated.subarray(32))).toEqual(Array.from(grey.data));
    const colour = { ...grey, height: 1, width: 2, channels: 3, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
    expect(Array.from(resizeImages(colour, { height: 1, width: 2, channels: 3 }))).toEqual([1, 4, 2, 5, 3, 6]);
    expect(() => resizeImages(colour, { height: 1, width: 2, channels: 1 })).toThrow(RangeError);
  });
});
