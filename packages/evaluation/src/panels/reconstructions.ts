import { drawImageGrid } from '../render/image-grid.ts';
import { COLUMNS, cut, imagesOf, joined, rowsOf, squareDistance } from './image-panel.ts';
import { type Panel, type PanelMaker, rounded } from './panel.ts';

/** Held-out images that are measured; the first of them are shown. */
const MEASURED = 200;
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
    return {
      picture: drawImageGrid(joined(strips.flat())),
      data: {
        count,
        // Of pixels in 0…1; that of answering with the mean image beside it.
        meanSquareError: mean(errors),
        errorOfMeanImage: errorOfMeanImage(originals.data, count),
        errors: rounded(errors, 4),
        codeMoments: momentsOf(codes, subject.nz),
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
