import type { DecodedPicture } from './picture.ts';

export type Colour = readonly [red: number, green: number, blue: number];

/** Raised whenever the same file would give other pixels. Part of a data set's hash. */
export const PREPARATION_VERSION = 1;

/** ITU-R BT.601: what grey is of red, green and blue. */
const LUMA: Colour = [0.299, 0.587, 0.114];
const SHARPNESS = -0.5;
const REACH = 2;

/**
 * The middle square of a picture as training sees it: flattened on the background, made grey if asked to, then resized
 * by antialiased bicubic interpolation per channel in floating point, rounded once at the end.
 * @returns `[side, side, channels]`, 0…255.
 */
export function squareOf(
  { width, height, rgba }: DecodedPicture,
  { side, channels, background }: { readonly side: number; readonly channels: 1 | 3; readonly background: Colour },
): Uint8Array {
  const whole = Math.min(width, height);
  const [left, top] = [Math.floor((width - whole) / 2), Math.floor((height - whole) / 2)];
  const taps = tapsOf(whole, side);
  const flat = new Float32Array(whole * channels);
  // Rows of the square, each already as narrow as the result.
  const narrow = new Float32Array(whole * side * channels);
  for (let y = 0; y < whole; y++) {
    flatten({ rgba, from: 4 * ((top + y) * width + left), out: flat, channels, background });
    resizeLine({ line: flat, taps, channels, out: narrow, at: y * side * channels });
  }
  const result = new Uint8Array(side * side * channels);
  const rowLength = side * channels;
  const sums = new Float64Array(rowLength);
  for (let y = 0; y < side; y++) {
    const { first, weights } = taps[y] as Taps;
    sums.fill(0);
    for (let k = 0; k < weights.length; k++) {
      const weight = weights[k] as number;
      const from = (first + k) * rowLength;
      for (let i = 0; i < rowLength; i++) sums[i] = (sums[i] as number) + weight * (narrow[from + i] as number);
    }
    for (let i = 0; i < rowLength; i++)
      result[y * rowLength + i] = Math.round(Math.min(255, Math.max(0, sums[i] as number)));
  }
  return result;
}

function flatten({
  rgba,
  from,
  out,
  channels,
  background,
}: {
  readonly rgba: DecodedPicture['rgba'];
  readonly from: number;
  readonly out: Float32Array;
  readonly channels: 1 | 3;
  readonly background: Colour;
}): void {
  for (let x = 0, at = from; x < out.length / channels; x++, at += 4) {
    const opacity = (rgba[at + 3] as number) / 255;
    const red = opacity * (rgba[at] as number) + (1 - opacity) * background[0];
    const green = opacity * (rgba[at + 1] as number) + (1 - opacity) * background[1];
    const blue = opacity * (rgba[at + 2] as number) + (1 - opacity) * background[2];
    if (channels === 1) out[x] = LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue;
    else {
      out[3 * x] = red;
      out[3 * x + 1] = green;
      out[3 * x + 2] = blue;
    }
  }
}

function resizeLine({
  line,
  taps,
  channels,
  out,
  at,
}: {
  readonly line: Float32Array;
  readonly taps: readonly Taps[];
  readonly channels: number;
  readonly out: Float32Array;
  readonly at: number;
}): void {
  for (let x = 0; x < taps.length; x++) {
    const { first, weights } = taps[x] as Taps;
    for (let channel = 0; channel < channels; channel++) {
      let sum = 0;
      for (let k = 0; k < weights.length; k++)
        sum += (weights[k] as number) * (line[(first + k) * channels + channel] as number);
      out[at + x * channels + channel] = sum;
    }
  }
}

/** What one pixel of the result is made of: pixels from `first` on, weights of sum 1. */
interface Taps {
  readonly first: number;
  readonly weights: Float64Array;
}

let lastTaps: { readonly from: number; readonly to: number; readonly taps: readonly Taps[] } | null = null;

/**
 * Weights of the cubic with a = −½, stretched by the factor of the reduction, so that every source pixel counts; pixels
 * outside do not exist, and the others share their weight.
 * @see Keys (1981), IEEE Trans. ASSP 29(6); the same as Pillow's and `torch.nn.functional.interpolate(antialias=True)`.
 */
function tapsOf(from: number, to: number): readonly Taps[] {
  if (lastTaps?.from === from && lastTaps.to === to) return lastTaps.taps;
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  const taps = Array.from({ length: to }, (_, i): Taps => {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - REACH * stretch + 0.5));
    const end = Math.min(from, Math.trunc(centre + REACH * stretch + 0.5));
    const raw = Float64Array.from({ length: end - first }, (_unused, k) => cubic((first + k + 0.5 - centre) / stretch));
    const total = raw.reduce((sum, weight) => sum + weight, 0);
    return { first, weights: raw.map((weight) => weight / total) };
  });
  lastTaps = { from, to, taps };
  return taps;
}

function cubic(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return ((SHARPNESS + 2) * x - (SHARPNESS + 3)) * x * x + 1;
  return x < REACH ? (((x - 5) * x + 8) * x - 4) * SHARPNESS : 0;
}
