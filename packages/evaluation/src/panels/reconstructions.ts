import { normalityTest } from '../metrics/normality.ts';
import { blankCanvas, type Canvas, drawText } from '../render/canvas.ts';
import { drawImageGrid } from '../render/image-grid.ts';
import type { Picture } from '../render/picture.ts';
import { INK, PAPER } from './colours.ts';
import { COLUMNS, cut, imagesOf, joined, paste, rowsOf, squareDistance } from './image-panel.ts';
import { type Panel, type PanelMaker, rounded } from './panel.ts';

/** Held-out images that are measured; the first of them are shown. */
const MEASURED = 200;
const LINE_HEIGHT = 12;
const PAIRS_SHOWN = 5 * COLUMNS;

/** Held-out images (odd rows) and G(E(x)) below each, with their mean square differences and the moments of the codes. */
export const reconstructions: PanelMaker = {
  fits: ({ encode }) => encode !== undefined,
  make: async (subject): Promise<Panel> => {
    if (!subject.encode) throw new TypeError('nothing encodes');
    const originals = imagesOf((await subject.reals(MEASURED)).samples);
    const codes = await subject.encode(subject.seen(originals));
    const made = imagesOf(subject.shown(await subject.generate({ z: codes })));
    const { count } = originals;
    const errors = Array.from({ length: count }, (_, i) => squareDistance(originals, i, made, i));
    const shown = Math.min(count, PAIRS_SHOWN);
    const strips = Array.from({ length: Math.ceil(shown / COLUMNS) }, (_, row) => {
      const [first, length] = [row * COLUMNS, Math.min(COLUMNS, shown - row * COLUMNS)];
      return [cut(originals, first, length), cut(made, first, length)];
    });
    const moments = momentsOf(codes, subject.nz);
    const normality = normalityOf(codes, subject.nz);
    return {
      picture: withWords(drawImageGrid(joined(strips.flat())), [
        `codes: mean variance ${mean(moments.variance).toFixed(2)}, N(0, 1) has 1`,
        `KS: ${normality.p.filter((p) => p < 0.05).length} of ${subject.nz} not N(0, 1) at 5 %`,
      ]),
      data: {
        count,
        // Of pixels in 0…1; that of answering with the mean image beside it.
        meanSquareError: mean(errors),
        errorOfMeanImage: errorOfMeanImage(originals.data, count),
        errors: rounded(errors, 4),
        codeMoments: moments,
        // Kolmogorov–Smirnov tests of each number of the codes against N(0, 1).
        codeNormality: normality,
        codes: rowsOf(codes, subject.nz).slice(0, shown),
      },
    };
  },
};

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** What every picture loses when all are answered by their mean. */
function errorOfMeanImage(bytes: Uint8Array, count: number): number {
  const each = bytes.length / count;
  let total = 0;
  for (let at = 0; at < each; at++) {
    let [sum, squares] = [0, 0];
    for (let i = 0; i < count; i++) {
      const value = (bytes[i * each + at] as number) / 255;
      sum += value;
      squares += value * value;
    }
    total += squares / count - (sum / count) ** 2;
  }
  return total / each;
}

/** Distance of each number of the codes from N(0, 1) over the images, and its p. */
function normalityOf(
  codes: Float32Array,
  nz: number,
): { readonly statistic: readonly number[]; readonly p: readonly number[] } {
  const count = codes.length / nz;
  const tests = Array.from({ length: nz }, (_, k) =>
    normalityTest(Float64Array.from({ length: count }, (__, i) => codes[i * nz + k] as number)),
  );
  return {
    statistic: rounded(
      tests.map(({ statistic }) => statistic),
      4,
    ),
    p: rounded(
      tests.map(({ p }) => p),
      4,
    ),
  };
}

/** A picture with lines of words below it. */
function withWords(picture: Picture, lines: readonly string[]): Canvas {
  const canvas = blankCanvas(picture.width, picture.height + LINE_HEIGHT * lines.length + LINE_HEIGHT / 2, PAPER);
  paste(canvas, picture, { left: 0, top: 0 });
  lines.forEach((line, i) => {
    drawText(canvas, line, [6, picture.height + 6 + i * LINE_HEIGHT], INK);
  });
  return canvas;
}

/** Mean and variance of each number of the codes over the images. */
function momentsOf(
  codes: Float32Array,
  nz: number,
): { readonly mean: readonly number[]; readonly variance: readonly number[] } {
  const count = codes.length / nz;
  const column = (k: number): number[] => Array.from({ length: count }, (_, i) => codes[i * nz + k] as number);
  const means = Array.from({ length: nz }, (_, k) => mean(column(k)));
  const variances = means.map((centre, k) => mean(column(k).map((value) => (value - centre) ** 2)));
  return { mean: rounded(means, 4), variance: rounded(variances, 4) };
}
