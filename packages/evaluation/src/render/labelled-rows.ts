import { blankCanvas, type Canvas, drawText, fillRectangle, textSize } from './canvas.ts';
import { hasGlyph } from './glyphs.ts';
import type { Colour, Picture } from './picture.ts';

/** Greys, so that rows of grey pictures are a grey picture. */
const PAPER: Colour = [250, 250, 250];
const INK: Colour = [64, 64, 64];
const NOTHING: Colour = [224, 224, 224];
const GAP = 8;

/** Pictures in rows, each row under its label (letters that are not drawn are question marks); a missing picture is a grey field. */
export function labelledRows(
  rows: readonly { readonly label: string; readonly pictures: readonly (Picture | null)[] }[],
): Canvas {
  const all = rows.flatMap(({ pictures }) => pictures.filter((picture) => picture !== null));
  const width = Math.max(1, ...all.map((picture) => picture.width));
  const textHeight = textSize('').height;
  const columns = Math.max(1, ...rows.map(({ pictures }) => pictures.length));
  const heights = rows.map(({ pictures }) => Math.max(textHeight, ...pictures.map((picture) => picture?.height ?? 0)));
  const labelled = Math.max(...rows.map(({ label }) => textSize(label).width));
  const canvas = blankCanvas(
    Math.max(columns * (width + GAP), labelled + GAP) + GAP,
    heights.reduce((sum, height) => sum + height + textHeight + 2 * GAP, GAP),
    PAPER,
  );
  let top = GAP;
  rows.forEach(({ label, pictures }, row) => {
    drawText(canvas, [...label].map((letter) => (hasGlyph(letter) ? letter : '?')).join(''), [GAP, top], INK);
    top += textHeight + GAP / 2;
    const height = heights[row] as number;
    pictures.forEach((picture, column) => {
      const left = GAP + column * (width + GAP);
      if (picture) paste(canvas, picture, left, top);
      else fillRectangle(canvas, { left, top, width, height }, NOTHING);
    });
    top += height + (3 * GAP) / 2;
  });
  return canvas;
}

function paste(canvas: Canvas, picture: Picture, left: number, top: number): void {
  for (let y = 0; y < picture.height; y++)
    for (let x = 0; x < picture.width; x++) {
      const from = (y * picture.width + x) * picture.channels;
      const to = ((top + y) * canvas.width + left + x) * 3;
      for (let c = 0; c < 3; c++) canvas.data[to + c] = picture.data[from + (picture.channels === 1 ? 0 : c)] as number;
    }
}

/** The picture at 1/`factor` of its size, each pixel the mean of those it stands for; a rest at the right and below is cut. */
export function shrunkPicture(picture: Picture, factor: number): Picture {
  const { channels } = picture;
  const [width, height] = [Math.floor(picture.width / factor), Math.floor(picture.height / factor)];
  const data = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let dy = 0; dy < factor; dy++)
          for (let dx = 0; dx < factor; dx++)
            sum += picture.data[((y * factor + dy) * picture.width + x * factor + dx) * channels + c] as number;
        data[(y * width + x) * channels + c] = Math.round(sum / factor ** 2);
      }
  return { width, height, channels, data };
}
