import type { Path } from '../latent-paths.ts';
import { drawImageGrid } from '../render/image-grid.ts';
import { COLUMNS, imagesOf, rowsOf, squareDistance } from './image-panel.ts';
import { type Panel, type PanelMaker, rounded } from './panel.ts';

const ROWS = 8;
/** Draw of the ends; the fixed grid has number 0. */
const DRAW = 1;

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
