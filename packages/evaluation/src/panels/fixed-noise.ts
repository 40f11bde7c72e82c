import { drawImageGrid } from '../render/image-grid.ts';
import { COLUMNS, imagesOf, rowsOf } from './image-panel.ts';
import type { Panel, PanelMaker } from './panel.ts';

const ROWS = 8;
const CLASS_ROWS_MAX = 10;

/** G's images of noise that does not depend on the run; a row a class where the networks are told one. */
export const fixedNoise: PanelMaker = {
  fits: ({ law }) => law === null,
  make: async (subject): Promise<Panel> => {
    const { classCount, nz } = subject;
    const rows = classCount > 0 ? Math.min(classCount, CLASS_ROWS_MAX) : ROWS;
    const z = subject.noise(COLUMNS * rows);
    const classes = Array.from({ length: COLUMNS * rows }, (_, i) => Math.floor(i / COLUMNS));
    const images = imagesOf(subject.shown(await subject.generate({ z, classes })));
    return {
      picture: drawImageGrid(images),
      data: { columns: COLUMNS, z: rowsOf(z, nz), ...(classCount > 0 ? { classes } : {}) },
    };
  },
};
