import type { ImageSamples } from '@gansweep/domain';
import type { Picture } from './picture.ts';

/** Ten rows of eight: 64 images as a rule, and a row for each of ten classes. */
const COLUMNS = 8;
const IMAGES = 80;
/** More than that is drawn as a square of at most 14 × 14. */
const WIDE_COLUMNS = 14;
const IMAGES_MAX = WIDE_COLUMNS ** 2;
/** Images smaller than this are enlarged by whole factors, so that a digit can be read without a magnifier. */
const SIDE_SHOWN = 64;
export const GRID_GAP = 2;
export const GRID_GREY = 72;

/** The first images in rows of eight, of more than 80 in rows of fourteen, with narrow grey gaps, each pixel a square of whole pixels. */
export function drawImageGrid(samples: ImageSamples): Picture {
  const { height, width, data } = samples;
  if (samples.channels !== 1 && samples.channels !== 3)
    throw new RangeError(`pictures have 1 or 3 channels, not ${samples.channels}`);
  const channels = samples.channels;
  const count = Math.min(samples.count, IMAGES_MAX);
  const columns = Math.max(1, Math.min(count, count > IMAGES ? WIDE_COLUMNS : COLUMNS));
  const rows = Math.max(1, Math.ceil(count / columns));
  const scale = Math.max(1, Math.floor(SIDE_SHOWN / Math.max(height, width)));
  const [stepX, stepY] = [width * scale + GRID_GAP, height * scale + GRID_GAP];
  const [outWidth, outHeight] = [columns * stepX + GRID_GAP, rows * stepY + GRID_GAP];
  const out = new Uint8Array(outWidth * outHeight * channels).fill(GRID_GREY);
  for (let image = 0; image < count; image++) {
    const left = GRID_GAP + (image % columns) * stepX;
    const top = GRID_GAP + Math.floor(image / columns) * stepY;
    for (let y = 0; y < height * scale; y++)
      for (let x = 0; x < width * scale; x++) {
        const from = ((image * height + Math.floor(y / scale)) * width + Math.floor(x / scale)) * channels;
        const to = ((top + y) * outWidth + left + x) * channels;
        for (let c = 0; c < channels; c++) out[to + c] = data[from + c] ?? 0;
      }
  }
  return { width: outWidth, height: outHeight, channels, data: out };
}
