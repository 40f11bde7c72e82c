import { blankCanvas, drawDot, drawLine, fillTriangle, type Point } from '../render/canvas.ts';
import { frameOf, SIDE, toX, toY } from '../render/point-plot.ts';
import { INK, MADE, PAPER, REAL } from './colours.ts';
import { lawOf, type Panel, type PanelMaker, pairs, pointsOf, rounded } from './panel.ts';

/** Lines of the lattice along each of its two directions. */
const LINES = 25;
/** Points of the line that noise of one number gives. */
const LINE_POINTS = 401;
/** Probability that lies beyond the outermost lines, on each side. */
const CUT = 0.005;
const DOTS = 400;
/** A cell that covers its share of the law's box is coloured so much; a smaller one more. */
const PLAIN = 0.1;

/**
 * G's picture of a lattice whose lines part the noise into equal shares: every cell is as probable as every other, so
 * the ink is the density of what G makes.
 */
export const gManifold: PanelMaker = {
  fits: ({ law }) => law !== null,
  make: async (subject): Promise<Panel> => {
    const frame = frameOf(lawOf(subject));
    const { nz } = subject;
    const isLine = nz === 1;
    const shares = equalShares(isLine ? LINE_POINTS : LINES);
    const rows = isLine ? shares.map((u) => [u]) : shares.flatMap((v) => shares.map((u) => [u, v]));
    const lattice = Float32Array.from(rows.flatMap((row) => Array.from({ length: nz }, (_, i) => row[i] ?? 0.5)));
    const made = await subject.generate({ z: subject.noiseAt(lattice) });
    const reals = pointsOf((await subject.reals(DOTS)).samples);
    const at = (i: number): Point => [toX(frame, made[2 * i] as number), toY(frame, made[2 * i + 1] as number)];
    const canvas = blankCanvas(SIDE, SIDE, PAPER);
    for (let i = 0; i < reals.length; i += 2)
      drawDot(canvas, [toX(frame, reals[i] as number), toY(frame, reals[i + 1] as number)], 1.7, REAL, 0.35);
    if (isLine) {
      for (let i = 0; i + 1 < LINE_POINTS; i++)
        drawLine(canvas, [at(i), at(i + 1)], { width: 2, colour: MADE, strength: 0.8 });
    } else {
      const boxArea = ((frame.high - frame.low) * frame.scale) ** 2;
      for (let v = 0; v + 1 < LINES; v++)
        for (let u = 0; u + 1 < LINES; u++) {
          const first = v * LINES + u;
          const [a, b, c, d] = [at(first), at(first + 1), at(first + LINES + 1), at(first + LINES)];
          const share = ((areaOf(a, b, c) + areaOf(a, c, d)) / boxArea) * (LINES - 1) ** 2;
          const strength = Math.min(0.9, PLAIN / Math.max(share, 1e-6));
          fillTriangle(canvas, [a, b, c], MADE, strength);
          fillTriangle(canvas, [a, c, d], MADE, strength);
        }
      const thin = { width: 0.7, colour: INK, strength: 0.3 };
      for (let i = 0; i < LINES; i++)
        for (let k = 0; k + 1 < LINES; k++) {
          drawLine(canvas, [at(i * LINES + k), at(i * LINES + k + 1)], thin);
          drawLine(canvas, [at(k * LINES + i), at((k + 1) * LINES + i)], thin);
        }
    }
    return {
      picture: canvas,
      data: { shares: rounded(shares), directions: isLine ? 1 : 2, made: pairs(made), reals: pairs(reals) },
    };
  },
};

/** From the lower cut to the upper one. */
function equalShares(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => CUT + ((1 - 2 * CUT) * i) / (count - 1));
}

const areaOf = (a: Point, b: Point, c: Point): number =>
  Math.abs((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])) / 2;
