import { matMul } from '../primitives/contraction.ts';
import { abs, relu, sub } from '../primitives/elementwise.ts';
import { expand, reshape, table, transpose } from '../primitives/layout.ts';
import { mean } from '../primitives/selection.ts';
import { type Shape, ShapeError } from '../shape.ts';
import type { Sym } from '../symbolic.ts';

type Images = readonly [batch: number, channels: number, height: number, width: number];
const imagesOf = (x: Sym): Images => {
  if (x.shape.length !== 4) throw new ShapeError(`[${x.shape}] has not the four axes [batch, channels, height, width]`);
  return x.shape as unknown as Images;
};

/** Every pixel `factor` times in both directions: `[batch, channels, height · factor, width · factor]`. */
export function upsampleNearest(x: Sym, factor: number): Sym {
  const [batch, channels, height, width] = imagesOf(x);
  const apart = reshape(x, [batch, channels, height, 1, width, 1]);
  return reshape(expand(apart, [batch, channels, height, factor, width, factor]), [
    batch,
    channels,
    height * factor,
    width * factor,
  ]);
}

/** Means of `factor` × `factor` pixels, which do not overlap. @throws ShapeError unless the factor divides the sides. */
export function averagePool(x: Sym, factor: number): Sym {
  const [batch, channels, height, width] = imagesOf(x);
  if (height % factor !== 0 || width % factor !== 0)
    throw new ShapeError(`averagePool([${x.shape}]): ${factor} does not divide its sides`);
  return mean(reshape(x, [batch, channels, height / factor, factor, width / factor, factor]), [3, 5]);
}

/** A linear map of one direction of images, from `from` to `to` pixels: `weights[i · to + j]` is what pixel i gives pixel j. */
interface LineMap {
  readonly from: number;
  readonly to: number;
  readonly weights: readonly number[];
}

/** Both directions of images by linear maps: two matrix products, whose gradients are products too. */
function mapLines(x: Sym, rows: LineMap, columns: LineMap): Sym {
  const [batch, channels, height, width] = imagesOf(x);
  if (rows.from !== height || columns.from !== width) throw new ShapeError(`[${x.shape}] has other sides`);
  const along = table(x, columns.weights, [columns.from, columns.to]);
  const wide = reshape(matMul(reshape(x, [batch * channels * height, width]), along), [
    batch,
    channels,
    height,
    columns.to,
  ]);
  const down = table(x, rows.weights, [rows.from, rows.to]);
  const turned = reshape(transpose(wide, [0, 1, 3, 2]), [batch * channels * columns.to, height]);
  return transpose(reshape(matMul(turned, down), [batch, channels, columns.to, rows.to]), [0, 1, 3, 2]);
}

/** Images of another size by bilinear interpolation; pixels are squares, so corners do not coincide; edges are repeated. */
export function resizeBilinear(x: Sym, { height, width }: { readonly height: number; readonly width: number }): Sym {
  const [, , ownHeight, ownWidth] = imagesOf(x);
  return mapLines(x, interpolation(ownHeight, height), interpolation(ownWidth, width));
}

function interpolation(from: number, to: number): LineMap {
  const weights = new Array<number>(from * to).fill(0);
  for (let j = 0; j < to; j++) {
    const at = Math.min(Math.max(((j + 0.5) * from) / to - 0.5, 0), from - 1);
    const left = Math.min(Math.floor(at), from - 1);
    const right = Math.min(left + 1, from - 1);
    weights[left * to + j] = (weights[left * to + j] as number) + 1 - (at - left);
    weights[right * to + j] = (weights[right * to + j] as number) + (at - left);
  }
  return { from, to, weights };
}

/** A separable filter between two sampling rates. */
export interface Filter {
  /** Impulse response of one direction. */
  readonly taps: readonly number[];
  /** Zeros put between samples before filtering: `up − 1` of them; 1 for none. */
  readonly up?: number;
  /** Every how many-th sample is kept after filtering. */
  readonly down?: number;
  /** Zeros before and after, counted at the raised rate. */
  readonly before: number;
  readonly after: number;
}

/**
 * Up-sampling by zeros, padding, convolution with the taps in both directions, down-sampling, in this order:
 * `⌊(length · up + before + after − taps) / down⌋ + 1` pixels a side. To keep brightness when up-sampling, taps sum to `up`.
 */
export function filterImages(x: Sym, filter: Filter): Sym {
  const [, , height, width] = imagesOf(x);
  return mapLines(x, filtering(height, filter), filtering(width, filter));
}

function filtering(from: number, { taps, up = 1, down = 1, before, after }: Filter): LineMap {
  const to = Math.floor((from * up + before + after - taps.length) / down) + 1;
  if (to < 1) throw new ShapeError(`${taps.length} taps are more than the ${from * up + before + after} padded pixels`);
  const weights = new Array<number>(from * to).fill(0);
  for (let i = 0; i < from; i++)
    for (let j = 0; j < to; j++) weights[i * to + j] = taps[taps.length - 1 - (i * up + before - j * down)] ?? 0;
  return { from, to, weights };
}

/**
 * Reads images along their width at given places, linearly between pixels, zeros outside: shifts and scales by a fraction,
 * and shears where places differ by row. Three shears turn an image; transpose it for the other direction.
 * @param places `[batch, 1 or height, width of the result]`, 0 being the middle of the first pixel.
 */
export function readAlongWidth(x: Sym, places: Sym): Sym {
  const [batch, channels, height, width] = imagesOf(x);
  const [count, rows, wide] = places.shape as readonly [number, number, number];
  if (places.shape.length !== 3 || count !== batch || (rows !== 1 && rows !== height))
    throw new ShapeError(
      `readAlongWidth([${x.shape}], [${places.shape}]): places are [${batch}, 1 or ${height}, width]`,
    );
  const pixels = table(
    x,
    Array.from({ length: width }, (_, i) => i),
    [width, 1],
  );
  const weights = relu(sub(1, abs(sub(reshape(places, [batch, rows, 1, wide]), pixels))));
  if (rows === 1) {
    const shape: Shape = [batch, channels * height, width];
    return reshape(matMul(reshape(x, shape), reshape(weights, [batch, width, wide])), [batch, channels, height, wide]);
  }
  return transpose(matMul(transpose(x, [0, 2, 1, 3]), weights), [0, 2, 1, 3]);
}
