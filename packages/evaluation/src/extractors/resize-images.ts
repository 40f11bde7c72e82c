import type { ImageSamples } from '@gansweep/domain';

/** Of the cubic kernel, as Pillow has it. */
const SHARPNESS = -0.5;
const REACH = 2;

/**
 * Resizes images channel by channel in floating point: bicubic, antialiased when they shrink, never rounded back to
 * bytes. One rule for both sides of a score. @returns `[count, channels, height, width]`, 0…255 and a little beyond.
 * @see Parmar et al. (2022), "On aliased resizing and surprising subtleties in GAN evaluation", arXiv:2104.11222; Keys
 * (1981), IEEE Trans. ASSP 29.
 */
export function resizeImages(
  images: ImageSamples,
  { height, width, channels }: { readonly height: number; readonly width: number; readonly channels: number },
): Float32Array {
  if (images.channels !== channels && images.channels !== 1)
    throw new RangeError(`images of ${images.channels} channels for an extractor of ${channels}`);
  const [down, across] = [tapsOf(images.height, height), tapsOf(images.width, width)];
  const out = new Float32Array(images.count * channels * height * width);
  const narrow = new Float64Array(images.height * width);
  for (let image = 0; image < images.count; image++)
    for (let channel = 0; channel < channels; channel++) {
      const from = Math.min(channel, images.channels - 1);
      const start = image * images.height * images.width * images.channels + from;
      for (let y = 0; y < images.height; y++)
        across.forEach(({ first, weights }, x) => {
          let sum = 0;
          for (let k = 0; k < weights.length; k++)
            sum +=
              (weights[k] as number) *
              (images.data[start + (y * images.width + first + k) * images.channels] as number);
          narrow[y * width + x] = sum;
        });
      const to = (image * channels + channel) * height * width;
      down.forEach(({ first, weights }, y) => {
        for (let x = 0; x < width; x++) {
          let sum = 0;
          for (let k = 0; k < weights.length; k++)
            sum += (weights[k] as number) * (narrow[(first + k) * width + x] as number);
          out[to + y * width + x] = sum;
        }
      });
    }
  return out;
}

interface Taps {
  readonly first: number;
  readonly weights: Float64Array;
}

function tapsOf(from: number, to: number): readonly Taps[] {
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.floor(centre - REACH * stretch + 0.5));
    const end = Math.min(from, Math.floor(centre + REACH * stretch + 0.5));
    const weights = Float64Array.from({ length: end - first }, (_, k) => cubic((first + k + 0.5 - centre) / stretch));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return { first, weights: weights.map((weight) => weight / total) };
  });
}

function cubic(position: number): number {
  const x = Math.abs(position);
  if (x < 1) return ((SHARPNESS + 2) * x - (SHARPNESS + 3)) * x * x + 1;
  return x < REACH ? (((x - 5) * x + 8) * x - 4) * SHARPNESS : 0;
}
