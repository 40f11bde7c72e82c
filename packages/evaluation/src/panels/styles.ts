import type { ImageSamples } from '@gansweep/domain';
import { COLUMNS, cut, drawLabelledGrid, imagesOf, joined, rowsOf, squareDistance } from './image-panel.ts';
import { type Panel, type PanelMaker, rounded } from './panel.ts';
import type { PanelSubject, StyledGenerator } from './panel-subject.ts';

const ROWS = 8;
/** ψ of the columns: past the mean of all styles (0) on both sides. */
const TRUNCATIONS = [-1, -0.5, 0, 0.25, 0.5, 0.7, 1, 1.25];
const TRUNCATION_DRAW = 0;
const SOURCE_DRAW = 2;
/** Pairs by which the effect of every crossover is measured. */
const PAIRS = 16;

function stylesOf({ styled }: PanelSubject): StyledGenerator {
  if (!styled) throw new TypeError('this panel is of styles');
  return styled;
}

/** The same latents, each of a class where there are any, with their styles drawn towards the mean style, and beyond it. */
export const truncation: PanelMaker = {
  fits: ({ styled }) => styled !== undefined,
  make: async (subject): Promise<Panel> => {
    const { nz, classCount } = subject;
    const z = subject.noise(ROWS, TRUNCATION_DRAW);
    const rows = Array.from({ length: ROWS * COLUMNS }, (_, i) =>
      z.subarray(Math.floor(i / COLUMNS) * nz, (Math.floor(i / COLUMNS) + 1) * nz),
    );
    const psi = Float32Array.from(rows, (_, i) => TRUNCATIONS[i % COLUMNS] as number);
    const classes = rows.map((_, i) => (classCount > 0 ? Math.floor(i / COLUMNS) % classCount : 0));
    const images = imagesOf(
      subject.shown(await stylesOf(subject).generate({ z: joinedRows(rows, nz), classes, truncation: psi })),
    );
    return {
      picture: drawLabelledGrid(images, TRUNCATIONS.map(String)),
      data: { truncations: TRUNCATIONS, z: rowsOf(z, nz) },
    };
  },
};

/**
 * All of the first class, where G is told one. Rows: coarse styles of the image on the left; columns: fine styles of the image above, from half of the layers on. For
 * every crossover the data say how far mixtures are from their two sources.
 */
export const styleMixing: PanelMaker = {
  fits: ({ styled }) => styled !== undefined && styled.layers > 1,
  make: async (subject): Promise<Panel> => {
    const { nz } = subject;
    const { layers, generate } = stylesOf(subject);
    const [left, above] = [COLUMNS - 1, COLUMNS - 1];
    const sources = subject.noise(Math.max(left + above, 2 * PAIRS), SOURCE_DRAW);
    const source = (i: number): Float32Array => sources.subarray(i * nz, (i + 1) * nz);
    const mixed = async (
      pairs: readonly (readonly [coarse: number, fine: number])[],
      from: number,
    ): Promise<ImageSamples> => {
      const rows = (side: 0 | 1): Float32Array =>
        joinedRows(
          pairs.map((pair) => source(pair[side])),
          nz,
        );
      return imagesOf(subject.shown(await generate({ z: rows(0), mixing: { second: rows(1), from } })));
    };
    const half = Math.ceil(layers / 2);
    const alone = await mixed(
      Array.from({ length: left + above }, (_, i) => [i, i] as const),
      layers,
    );
    const grid = await mixed(
      Array.from({ length: left * above }, (_, i) => [Math.floor(i / above), left + (i % above)] as const),
      half,
    );
    const blank = { ...cut(alone, 0, 1), data: new Uint8Array(cut(alone, 0, 1).data.length).fill(BLANK) };
    const rows = Array.from({ length: left }, (_, row) => [cut(alone, row, 1), cut(grid, row * above, above)]);
    const pairs = Array.from({ length: PAIRS }, (_, i) => [2 * i, 2 * i + 1] as const);
    const coarse = await mixed(pairs, layers);
    const fine = await mixed(
      pairs.map(([, second]) => [second, second] as const),
      layers,
    );
    const crossovers: Record<string, number>[] = [];
    for (let from = 1; from < layers; from++) {
      const between = await mixed(pairs, from);
      const distanceTo = (images: ImageSamples): number =>
        pairs.reduce((sum, _, i) => sum + squareDistance(between, i, images, i), 0) / PAIRS;
      crossovers.push({ from, toCoarse: distanceTo(coarse), toFine: distanceTo(fine) });
    }
    return {
      picture: drawLabelledGrid(joined([blank, cut(alone, left, above), ...rows.flat()]), [
        'coarse',
        ...Array.from({ length: above }, () => 'fine'),
      ]),
      data: {
        layers,
        // Styles from this layer on are those of the column.
        from: half,
        crossovers: crossovers.map(({ from, ...distances }) => ({
          from,
          ...Object.fromEntries(Object.entries(distances).map(([name, value]) => [name, rounded([value], 4)[0]])),
        })),
        sources: rowsOf(sources.subarray(0, (left + above) * nz), nz),
      },
    };
  },
};

const BLANK = 72;

function joinedRows(rows: readonly Float32Array[], width: number): Float32Array {
  const out = new Float32Array(rows.length * width);
  rows.forEach((row, i) => {
    out.set(row, i * width);
  });
  return out;
}
