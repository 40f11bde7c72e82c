import { blankCanvas, blend, type Canvas, drawArrow, drawDot, type Point } from '../render/canvas.ts';
import { type Frame, frameOf, SIDE, toX, toY } from '../render/point-plot.ts';
import { INK, MADE, mix, PAPER, REAL } from './colours.ts';
import { lawOf, type Panel, type PanelMaker, pairs, pointsOf, rounded } from './panel.ts';

/** Points of the lattice along each axis; colours in between are interpolated. */
const LATTICE = 64;
const DOTS = 400;
const ARROWS = 48;
/** Pixels of the longest arrow, and of one that is worth drawing. */
const LONGEST = 34;
const SHORTEST = 4;
/** How strongly answers that are certain are coloured. */
const TINT = 0.5;

/** σ(D) over the plane, real and generated points, and the gradient of σ(D) at some of the generated ones. */
export const dSurface: PanelMaker = {
  fits: ({ law }) => law !== null,
  make: async (subject): Promise<Panel> => {
    const frame = frameOf(lawOf(subject));
    const axis = Array.from({ length: LATTICE }, (_, i) => ((i + 0.5) * SIDE) / LATTICE / frame.scale - frame.shift);
    const lattice = Float32Array.from(axis.flatMap((y) => axis.flatMap((x) => [x, y])));
    const probabilities = await subject.surface(lattice);
    const reals = pointsOf((await subject.reals(DOTS)).samples);
    const made = await subject.generate({ z: subject.noise(DOTS) });
    const at = made.slice(0, 2 * ARROWS);
    const pull = await subject.pull(at);
    const canvas = blankCanvas(SIDE, SIDE, PAPER);
    const field = overPixels(probabilities);
    tint(canvas, field);
    drawContour(canvas, field);
    for (const [points, colour] of [
      [reals, REAL],
      [made, MADE],
    ] as const)
      for (let i = 0; i < points.length; i += 2) drawDot(canvas, place(frame, points, i), 1.7, colour, 0.75);
    drawPull(canvas, frame, { at, pull });
    return {
      picture: canvas,
      data: {
        axis: rounded(axis),
        /** Rows by y from below, in each by x. */
        probabilities: rounded(probabilities, 4),
        reals: pairs(reals),
        made: pairs(made),
        gradients: { at: pairs(at), of: pairs(pull) },
      },
    };
  },
};

/** Pixels of point `at / 2`. */
function place(frame: Frame, points: Float32Array, at: number): Point {
  return [toX(frame, points[at] as number), toY(frame, points[at + 1] as number)];
}

/** Every pixel by the probability there: towards blue for real, towards orange for generated. */
function tint(canvas: Canvas, field: Float32Array): void {
  for (let y = 0; y < SIDE; y++)
    for (let x = 0; x < SIDE; x++) {
      const probability = field[y * SIDE + x] as number;
      const share = Math.abs(2 * probability - 1);
      blend(canvas, x, y, mix(PAPER, probability > 0.5 ? REAL : MADE, TINT * share), 1);
    }
}

/** A thin line where D is undecided. */
function drawContour(canvas: Canvas, field: Float32Array): void {
  for (let y = 0; y < SIDE - 1; y++)
    for (let x = 0; x < SIDE - 1; x++) {
      const at = y * SIDE + x;
      const isReal = (field[at] as number) > 0.5;
      if (isReal !== (field[at + 1] as number) > 0.5 || isReal !== (field[at + SIDE] as number) > 0.5)
        blend(canvas, x, y, INK, 0.35);
    }
}

/**
 * The probability at the middle of every pixel, rows from above, interpolated linearly along both axes. Plain loops:
 * small trainings take less time than a function called for every pixel.
 */
function overPixels(probabilities: Float32Array): Float32Array {
  const field = new Float32Array(SIDE * SIDE);
  const cells = Array.from({ length: SIDE }, (_, pixel) => cellOf(pixel));
  for (let y = 0; y < SIDE; y++) {
    const [row, upwards] = cells[SIDE - 1 - y] as readonly [number, number];
    for (let x = 0; x < SIDE; x++) {
      const [column, rightwards] = cells[x] as readonly [number, number];
      const at = row * LATTICE + column;
      const left = probabilities[at] as number;
      const above = probabilities[at + LATTICE] as number;
      const low = left + ((probabilities[at + 1] as number) - left) * rightwards;
      const high = above + ((probabilities[at + LATTICE + 1] as number) - above) * rightwards;
      field[y * SIDE + x] = low + (high - low) * upwards;
    }
  }
  return field;
}

/** Number of the lattice point before a pixel, and how far towards the next one the pixel lies. */
function cellOf(pixel: number): readonly [number, number] {
  const position = ((pixel + 0.5) * LATTICE) / SIDE - 0.5;
  const cell = Math.min(Math.max(Math.floor(position), 0), LATTICE - 2);
  return [cell, Math.min(Math.max(position - cell, 0), 1)];
}

/** Arrows by the root of the gradient's length, so that one steep place does not hide all others. */
function drawPull(
  canvas: Canvas,
  frame: Frame,
  { at, pull }: { readonly at: Float32Array; readonly pull: Float32Array },
): void {
  let steepest = 0;
  for (let i = 0; i < pull.length; i += 2)
    steepest = Math.max(steepest, Math.hypot(pull[i] as number, pull[i + 1] as number));
  if (!(steepest > 0)) return;
  for (let i = 0; i < pull.length; i += 2) {
    const [x, y] = place(frame, at, i);
    const [gx, gy] = [pull[i] as number, pull[i + 1] as number];
    const steepness = Math.hypot(gx, gy);
    const reach = LONGEST * Math.sqrt(steepness / steepest);
    if (!(reach >= SHORTEST)) continue;
    drawArrow(
      canvas,
      [
        [x, y],
        [x + (gx / steepness) * reach, y - (gy / steepness) * reach],
      ],
      INK,
    );
  }
}
