import { drawImageGrid } from '../render/image-grid.ts';
import { COLUMNS, imagesOf, rowsOf, squareDistance } from './image-panel.ts';
import { type Panel, type PanelMaker, rounded } from './panel.ts';

const ROWS = 8;
/** Draw of the ends; the fixed grid has number 0. */
const DRAW = 1;

/** Between two latents. @param share 0 for the first, 1 for the second. */
export type Path = (from: Float32Array, to: Float32Array, share: number) => Float32Array;

export const lerp: Path = (from, to, share) => from.map((value, i) => value + ((to[i] as number) - value) * share);

/**
 * Along the great circle between the directions of two latents; the straight line where they have one direction, opposite
 * ones, or none. @see White (2016), section 2.1, arXiv:1609.04468
 */
export const slerp: Path = (from, to, share) => {
  let [dot, square, otherSquare] = [0, 0, 0];
  from.forEach((value, i) => {
    const other = to[i] as number;
    dot += value * other;
    square += value * value;
    otherSquare += other * other;
  });
  const angle = Math.acos(Math.min(Math.max(dot / Math.sqrt(square * otherSquare), -1), 1));
  const sine = Math.sin(angle);
  if (!(sine > 1e-6)) return lerp(from, to, share);
  const [first, second] = [Math.sin((1 - share) * angle) / sine, Math.sin(share * angle) / sine];
  return from.map((value, i) => value * first + (to[i] as number) * second);
};

/** Eight strips between pairs of latents that are the same for every run, ends included, each of one class. */
export const interpolation = (path: Path): PanelMaker => ({
  fits: ({ law }) => law === null,
  make: async (subject): Promise<Panel> => {
    const { nz, classCount } = subject;
    const ends = subject.noise(2 * ROWS, DRAW);
    const end = (i: number): Float32Array => ends.subarray(i * nz, (i + 1) * nz);
    const shares = Array.from({ length: COLUMNS }, (_, i) => i / (COLUMNS - 1));
    const z = new Float32Array(ROWS * COLUMNS * nz);
    for (let row = 0; row < ROWS; row++)
      shares.forEach((share, i) => {
        z.set(path(end(2 * row), end(2 * row + 1), share), (row * COLUMNS + i) * nz);
      });
    const classes = Array.from({ length: ROWS * COLUMNS }, (_, i) =>
      classCount > 0 ? Math.floor(i / COLUMNS) % classCount : 0,
    );
    const images = imagesOf(subject.shown(await subject.generate({ z, classes })));
    const steps = Array.from({ length: ROWS }, (_, row) =>
      rounded(
        shares.slice(1).map((__, i) => squareDistance(images, row * COLUMNS + i, images, row * COLUMNS + i + 1)),
        4,
      ),
    );
    return {
      picture: drawImageGrid(images),
      data: {
        shares: rounded(shares),
        ends: rowsOf(ends, nz),
        // Mean square difference of neighbours, of pixels in 0…1.
        steps,
        ...(classCount > 0 ? { classes } : {}),
      },
    };
  },
});
