import { type Taps, type Turn, turnOf } from './turned-pictures.ts';

/** Images in [−1, 1], `[count, channels, height, width]`. */
export interface RealValuedImages {
  readonly count: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly data: Float32Array | Float64Array;
}

/** A move of the picture, in pixels to the right and down; fractions allowed. */
export interface Shift {
  readonly x: number;
  readonly y: number;
}

/** Peak signal-to-noise ratio in dB of images in [−1, 1]: 20·log₁₀ 2 − 10·log₁₀ mse; equal images have Infinity. */
export function peakSignalToNoise(meanSquaredError: number): number {
  return 20 * Math.log10(2) - 10 * Math.log10(meanSquaredError);
}

/** Lobes of the Lanczos window that moves a picture by a fraction of a pixel. */
const LOBES = 3;

/**
 * Translation equivariance in dB: how well moving the output matches the output of the moved input. Only pixels that the
 * move knows from within the picture count. Whole moves are exact, fractional ones Lanczos-filtered.
 * @param plain outputs of the inputs. @param moved outputs of the moved inputs. @param shifts one for each image.
 * @see Karras et al. (2021), "Alias-free GANs", arXiv:2106.12423, appendix E.
 */
export function translationEquivariance({
  plain,
  moved,
  shifts,
}: {
  readonly plain: RealValuedImages;
  readonly moved: RealValuedImages;
  readonly shifts: readonly Shift[];
}): number {
  if (shifts.length !== plain.count || plain.data.length !== moved.data.length)
    throw new RangeError(`${plain.count} and ${moved.count} images with ${shifts.length} shifts`);
  let [squares, pixels] = [0, 0];
  shifts.forEach((shift, i) => {
    const found = squaredErrorOf(plain, moved, i, shift);
    squares += found.squares;
    pixels += found.pixels;
  });
  if (pixels === 0) throw new RangeError('the shifts leave no pixel in the picture');
  return peakSignalToNoise(squares / pixels);
}

interface RowTaps {
  /** Position of the first tap before the target. */
  readonly first: number;
  readonly weights: Float64Array;
}

/** Weights that read a row at `target − shift`. */
function taps(shift: number): RowTaps {
  const whole = Math.floor(-shift);
  const fraction = -shift - whole;
  if (fraction === 0) return { first: whole, weights: Float64Array.of(1) };
  const weights = Float64Array.from({ length: 2 * LOBES }, (_, k) => lanczos(k - LOBES + 1 - fraction));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return { first: whole - LOBES + 1, weights: weights.map((weight) => weight / total) };
}

function lanczos(x: number): number {
  const sinc = (value: number): number => (value === 0 ? 1 : Math.sin(Math.PI * value) / (Math.PI * value));
  return Math.abs(x) >= LOBES ? 0 : sinc(x) * sinc(x / LOBES);
}

function squaredErrorOf(
  plain: RealValuedImages,
  moved: RealValuedImages,
  image: number,
  shift: Shift,
): { readonly squares: number; readonly pixels: number } {
  const { channels, height, width } = plain;
  const [across, down] = [taps(shift.x), taps(shift.y)];
  let [squares, pixels] = [0, 0];
  for (let channel = 0; channel < channels; channel++) {
    const start = (image * channels + channel) * height * width;
    for (let y = 0; y < height; y++) {
      const top = y + down.first;
      if (top < 0 || top + down.weights.length > height) continue;
      for (let x = 0; x < width; x++) {
        const left = x + across.first;
        if (left < 0 || left + across.weights.length > width) continue;
        let value = 0;
        for (let j = 0; j < down.weights.length; j++) {
          let row = 0;
          for (let k = 0; k < across.weights.length; k++)
            row += (across.weights[k] as number) * (plain.data[start + (top + j) * width + left + k] as number);
          value += (down.weights[j] as number) * row;
        }
        squares += (value - (moved.data[start + y * width + x] as number)) ** 2;
        pixels++;
      }
    }
  }
  return { squares, pixels };
}

/**
 * Rotation equivariance in dB: how well turning the output about its centre matches the output of the turned input. Only pixels that
 * the turn knows from within the picture count, and only frequencies that both the turned and the unturned pixels can hold.
 * @param plain outputs of the inputs. @param turned outputs of the turned inputs. @param angles one for each image, clockwise in
 * radians; equal ones that stand together cost least.
 * @see Karras et al. (2021), "Alias-free GANs", arXiv:2106.12423, appendix E.3.
 */
export function rotationEquivariance({
  plain,
  turned,
  angles,
}: {
  readonly plain: RealValuedImages;
  readonly turned: RealValuedImages;
  readonly angles: readonly number[];
}): number {
  const { count, channels, height, width } = plain;
  if (angles.length !== count || plain.data.length !== turned.data.length)
    throw new RangeError(`${count} and ${turned.count} images with ${angles.length} angles`);
  let [squares, pixels] = [0, 0];
  let last: { readonly angle: number; readonly turn: Turn } | null = null;
  angles.forEach((angle, image) => {
    if (last?.angle !== angle) last = { angle, turn: turnOf(angle, plain) };
    const { turn } = last;
    for (let channel = 0; channel < channels; channel++) {
      const start = (image * channels + channel) * height * width;
      for (const { pixel, turned: taps } of turn.pixels)
        squares += (weighed(plain.data, start, taps) - weighed(turned.data, start + pixel, turn.alike)) ** 2;
      pixels += turn.pixels.length;
    }
  });
  return peakSignalToNoise(squares / pixels);
}

function weighed(data: RealValuedImages['data'], start: number, { places, weights }: Taps): number {
  let value = 0;
  for (let i = 0; i < places.length; i++)
    value += (weights[i] as number) * (data[start + (places[i] as number)] as number);
  return value;
}
