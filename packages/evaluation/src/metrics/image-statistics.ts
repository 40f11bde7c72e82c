import type { ImageSamples } from '@gansweep/domain';
import { spectrumShares } from './power-spectrum.ts';

/** Means over the images of a set; colours are 0…1, grey counts as red = green = blue. */
export interface ImageStatistics {
  /** (max − min)/max of a pixel's colours, black counting 0: HSV saturation, 0…1. */
  readonly saturation: number;
  /** Standard deviation of the luminance within an image, 0…½. */
  readonly contrast: number;
  readonly meanColour: readonly [red: number, green: number, blue: number];
  /** Correlation of the luminance with its mirror image, −1…1; 1 for an image of one luminance. */
  readonly symmetry: number;
  /** Share of the luminance's power, without its mean, above half of the highest frequency, 0…1. */
  readonly highFrequency: number;
  /** Share of that power at the highest frequency of either axis, where every other pixel differs, 0…1. */
  readonly checkerboard: number;
  /** Share of pixels brighter, or darker, than all of their neighbours by at least a quarter, 0…1. */
  readonly isolated: number;
  /** Mean difference of neighbours in luminance, horizontal and vertical added, 0…2. */
  readonly totalVariation: number;
}

/** Rec. 709 weights of linear light, used on the stored values as pictures are looked at. */
const LUMINANCE = [0.2126, 0.7152, 0.0722] as const;
const ISOLATED_BY = 0.25;

/**
 * Statistics of pictures that claims about training are stated in; each is defined at its field.
 * @param images 1 or 3 channels. An image without power counts as 0 in both spectral shares.
 */
export function imageStatistics(images: ImageSamples): ImageStatistics {
  const { count, height, width, channels } = images;
  if (count === 0 || (channels !== 1 && channels !== 3))
    throw new RangeError(`statistics need images of 1 or 3 channels, not ${count} of ${channels}`);
  let [saturation, contrast, symmetry, highFrequency, checkerboard, isolated, totalVariation] = [0, 0, 0, 0, 0, 0, 0];
  const colour: [number, number, number] = [0, 0, 0];
  const shares = spectrumShares(height, width);
  for (let image = 0; image < count; image++) {
    const { luminance, colours, saturated } = lookedAt(images, image);
    colours.forEach((value, c) => {
      colour[c] = (colour[c] as number) + value;
    });
    saturation += saturated;
    contrast += deviationOf(luminance);
    symmetry += mirrorCorrelation(luminance, width);
    const spectrum = shares(luminance);
    highFrequency += spectrum.high;
    checkerboard += spectrum.highest;
    isolated += isolatedShare(luminance, height, width);
    totalVariation += variationOf(luminance, height, width);
  }
  return {
    saturation: saturation / count,
    contrast: contrast / count,
    meanColour: [colour[0] / count, colour[1] / count, colour[2] / count],
    symmetry: symmetry / count,
    highFrequency: highFrequency / count,
    checkerboard: checkerboard / count,
    isolated: isolated / count,
    totalVariation: totalVariation / count,
  };
}

/** Luminance `[height, width]`, mean colour and mean saturation of one image. */
function lookedAt({ height, width, channels, data }: ImageSamples, image: number) {
  const pixels = height * width;
  const luminance = new Float64Array(pixels);
  const sums: [number, number, number] = [0, 0, 0];
  let saturated = 0;
  for (let i = 0; i < pixels; i++) {
    const at = (image * pixels + i) * channels;
    const red = (data[at] as number) / 255;
    const green = channels === 1 ? red : (data[at + 1] as number) / 255;
    const blue = channels === 1 ? red : (data[at + 2] as number) / 255;
    luminance[i] = channels === 1 ? red : LUMINANCE[0] * red + LUMINANCE[1] * green + LUMINANCE[2] * blue;
    sums[0] += red;
    sums[1] += green;
    sums[2] += blue;
    const top = Math.max(red, green, blue);
    if (top > 0) saturated += (top - Math.min(red, green, blue)) / top;
  }
  return { luminance, colours: sums.map((sum) => sum / pixels), saturated: saturated / pixels };
}

function deviationOf(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

function mirrorCorrelation(luminance: Float64Array, width: number): number {
  const mean = luminance.reduce((sum, value) => sum + value, 0) / luminance.length;
  let [products, squares] = [0, 0];
  luminance.forEach((value, i) => {
    const x = i % width;
    const other = luminance[i - x + (width - 1 - x)] as number;
    products += (value - mean) * (other - mean);
    squares += (value - mean) ** 2;
  });
  // Rounding leaves a flat image with a square of about 1e-30.
  return squares / luminance.length < 1e-20 ? 1 : products / squares;
}

function isolatedShare(luminance: Float64Array, height: number, width: number): number {
  let found = 0;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++)
        for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
          if (u === x && v === y) continue;
          const value = luminance[v * width + u] as number;
          if (value < least) least = value;
          if (value > most) most = value;
        }
      const own = luminance[y * width + x] as number;
      if (own - most >= ISOLATED_BY || least - own >= ISOLATED_BY) found++;
    }
  return found / (height * width);
}

function variationOf(luminance: Float64Array, height: number, width: number): number {
  let [across, down] = [0, 0];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const own = luminance[y * width + x] as number;
      if (x + 1 < width) across += Math.abs((luminance[y * width + x + 1] as number) - own);
      if (y + 1 < height) down += Math.abs((luminance[(y + 1) * width + x] as number) - own);
    }
  return across / (height * Math.max(1, width - 1)) + down / (Math.max(1, height - 1) * width);
}
