import { GLYPH_HEIGHT, GLYPH_WIDTH, glyphOf } from './glyphs.ts';
import type { Colour, Picture } from './picture.ts';

export type Point = readonly [x: number, y: number];

/** An RGB picture to draw on; pixel (0, 0) is the upper left one, its middle at (0.5, 0.5). */
export interface Canvas extends Picture {
  readonly channels: 3;
}

export function blankCanvas(width: number, height: number, colour: Colour): Canvas {
  const data = new Uint8Array(width * height * 3);
  for (let at = 0; at < 3 * width; at += 3) data.set(colour, at);
  for (let row = 1; row < height; row++) data.copyWithin(row * 3 * width, 0, 3 * width);
  return { width, height, channels: 3, data };
}

/** Lays colour over a pixel; outside of the canvas nothing happens. @param strength 0…1. */
export function blend({ width, height, data }: Canvas, x: number, y: number, colour: Colour, strength: number): void {
  if (x < 0 || y < 0 || x >= width || y >= height || !(strength > 0)) return;
  const at = (y * width + x) * 3;
  const share = Math.min(strength, 1);
  for (let c = 0; c < 3; c++) {
    const before = data[at + c] as number;
    data[at + c] = Math.round(before + ((colour[c] as number) - before) * share);
  }
}

/** A filled upright rectangle on whole pixels. */
export function fillRectangle(
  canvas: Canvas,
  {
    left,
    top,
    width,
    height,
  }: { readonly left: number; readonly top: number; readonly width: number; readonly height: number },
  colour: Colour,
  strength = 1,
): void {
  for (let y = top; y < top + height; y++)
    for (let x = left; x < left + width; x++) blend(canvas, x, y, colour, strength);
}

/** A round dot with a soft edge. */
export function drawDot(canvas: Canvas, [x, y]: Point, radius: number, colour: Colour, strength = 1): void {
  if (!Number.isFinite(x) || !Number.isFinite(y)) return;
  for (let py = Math.floor(y - radius - 1); py <= y + radius + 1; py++)
    for (let px = Math.floor(x - radius - 1); px <= x + radius + 1; px++)
      blend(canvas, px, py, colour, strength * edge(radius - Math.hypot(px + 0.5 - x, py + 0.5 - y)));
}

/** A straight line with soft edges and round ends. */
export function drawLine(
  canvas: Canvas,
  [[x0, y0], [x1, y1]]: readonly [Point, Point],
  { width, colour, strength = 1 }: { readonly width: number; readonly colour: Colour; readonly strength?: number },
): void {
  if (![x0, y0, x1, y1].every(Number.isFinite)) return;
  const reach = width / 2 + 1;
  const [dx, dy] = [x1 - x0, y1 - y0];
  const square = dx * dx + dy * dy;
  const [left, right] = [
    Math.max(0, Math.floor(Math.min(x0, x1) - reach)),
    Math.min(canvas.width - 1, Math.max(x0, x1) + reach),
  ];
  const [top, bottom] = [
    Math.max(0, Math.floor(Math.min(y0, y1) - reach)),
    Math.min(canvas.height - 1, Math.max(y0, y1) + reach),
  ];
  for (let py = top; py <= bottom; py++)
    for (let px = left; px <= right; px++) {
      const ax = px + 0.5 - x0;
      const ay = py + 0.5 - y0;
      const along = square === 0 ? 0 : Math.min(Math.max((ax * dx + ay * dy) / square, 0), 1);
      const beside = ax - along * dx;
      const below = ay - along * dy;
      blend(canvas, px, py, colour, strength * edge(width / 2 - Math.sqrt(beside * beside + below * below)));
    }
}

/** A line with a head at its second end; one too short for a head is a dot. */
export function drawArrow(canvas: Canvas, [from, to]: readonly [Point, Point], colour: Colour): void {
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
  drawLine(canvas, [from, to], { width: 1.2, colour });
  if (length < 3) return;
  const head = Math.min(5, 0.4 * length);
  const [ux, uy] = [(to[0] - from[0]) / length, (to[1] - from[1]) / length];
  for (const side of [1, -1])
    drawLine(canvas, [to, [to[0] - head * (ux + side * 0.6 * uy), to[1] - head * (uy - side * 0.6 * ux)]], {
      width: 1.2,
      colour,
    });
}

/** A filled triangle, each pixel whose middle is in it; those on the edge between two neighbours belong to one of them. */
export function fillTriangle(
  canvas: Canvas,
  corners: readonly [Point, Point, Point],
  colour: Colour,
  strength: number,
): void {
  const [a, b, c] = corners;
  if (!corners.flat().every(Number.isFinite)) return;
  const area = cross(a, b, c);
  if (area === 0) return;
  const [p, q, r] = area > 0 ? [a, b, c] : [a, c, b];
  const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)];
  const [left, right] = [
    Math.max(0, Math.floor(Math.min(...xs))),
    Math.min(canvas.width - 1, Math.ceil(Math.max(...xs))),
  ];
  const [top, bottom] = [
    Math.max(0, Math.floor(Math.min(...ys))),
    Math.min(canvas.height - 1, Math.ceil(Math.max(...ys))),
  ];
  for (let y = top; y <= bottom; y++)
    for (let x = left; x <= right; x++) {
      const at: Point = [x + 0.5, y + 0.5];
      if (isWithin(p, q, at) && isWithin(q, r, at) && isWithin(r, p, at)) blend(canvas, x, y, colour, strength);
    }
}

const cross = (a: Point, b: Point, p: Point): number => (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]);

function isWithin(from: Point, to: Point, at: Point): boolean {
  const side = cross(from, to, at);
  return side > 0 || (side === 0 && (to[1] < from[1] || (to[1] === from[1] && to[0] > from[0])));
}

/** How much of a pixel lies inside of an edge that is so far from its middle. */
const edge = (inside: number): number => Math.min(Math.max(inside + 0.5, 0), 1);

/** Small letters, digits and signs, seven pixels high. @param at upper left corner, on whole pixels. */
export function drawText(canvas: Canvas, text: string, [left, top]: Point, colour: Colour): void {
  [...text].forEach((letter, i) => {
    glyphOf(letter).forEach((row, y) => {
      for (let x = 0; x < GLYPH_WIDTH; x++)
        if (row[x] === '#') blend(canvas, Math.round(left) + i * (GLYPH_WIDTH + 1) + x, Math.round(top) + y, colour, 1);
    });
  });
}

/** Pixels that a text takes. */
export function textSize(text: string): { readonly width: number; readonly height: number } {
  return { width: text.length * (GLYPH_WIDTH + 1) - 1, height: GLYPH_HEIGHT };
}
