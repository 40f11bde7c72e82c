import type { ImageSamples, Samples } from '@gansweep/domain';
import { blankCanvas, type Canvas, drawText, textSize } from '../render/canvas.ts';
import { drawImageGrid, GRID_GAP, GRID_GREY } from '../render/image-grid.ts';
import type { Colour, Picture } from '../render/picture.ts';
import { rounded } from './panel.ts';

/** Images in a row of every panel. */
export const COLUMNS = 8;

const HEADER = 15;
const PALE: Colour = [235, 236, 240];

/** @throws TypeError for points. */
export function imagesOf(samples: Samples): ImageSamples {
  if (samples.kind !== 'images') throw new TypeError('this panel is of images');
  return samples;
}

/** A grid of images with words over its columns. @param labels one a column. */
export function drawLabelledGrid(images: ImageSamples, labels: readonly string[]): Canvas {
  const grid = drawImageGrid(images);
  const canvas = blankCanvas(grid.width, grid.height + HEADER, [GRID_GREY, GRID_GREY, GRID_GREY]);
  paste(canvas, grid, { left: 0, top: HEADER });
  const step = (grid.width - GRID_GAP) / labels.length;
  labels.forEach((label, i) => {
    const left = GRID_GAP + i * step + (step - GRID_GAP - textSize(label).width) / 2;
    drawText(canvas, label, [left, 5], PALE);
  });
  return canvas;
}

/** Copies a picture onto a canvas, on whole pixels within it. */
export function paste(
  canvas: Canvas,
  picture: Picture,
  { left, top }: { readonly left: number; readonly top: number },
): void {
  for (let y = 0; y < picture.height; y++)
    for (let x = 0; x < picture.width; x++)
      for (let c = 0; c < 3; c++)
        canvas.data[((top + y) * canvas.width + left + x) * 3 + c] = picture.data[
          (y * picture.width + x) * picture.channels + Math.min(c, picture.channels - 1)
        ] as number;
}

/** Images one behind the other. */
export function joined(parts: readonly ImageSamples[]): ImageSamples {
  const [first] = parts;
  if (!first) throw new RangeError('nothing to join');
  const data = new Uint8Array(parts.reduce((length, part) => length + part.data.length, 0));
  let at = 0;
  for (const part of parts) {
    data.set(part.data, at);
    at += part.data.length;
  }
  return { ...first, count: parts.reduce((sum, { count }) => sum + count, 0), data };
}

/** `count` images from number `first` on. */
export function cut(images: ImageSamples, first: number, count: number): ImageSamples {
  const each = images.height * images.width * images.channels;
  return { ...images, count, data: images.data.subarray(first * each, (first + count) * each) };
}

/** Mean square difference of image i of one set and image k of the other, of pixels in 0…1. */
export function squareDistance(a: ImageSamples, i: number, b: ImageSamples, k: number): number {
  const each = a.height * a.width * a.channels;
  let sum = 0;
  for (let at = 0; at < each; at++) sum += ((a.data[i * each + at] as number) - (b.data[k * each + at] as number)) ** 2;
  return sum / each / 255 ** 2;
}

/** Rows `[n, width]` as lists. */
export function rowsOf(values: Float32Array, width: number): readonly (readonly number[])[] {
  const numbers = rounded(values);
  return Array.from({ length: values.length / width }, (_, i) => numbers.slice(i * width, (i + 1) * width));
}
