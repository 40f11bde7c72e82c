import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { FRACTAL_CONTENT, type ImageReals } from '@gansweep/domain';
import { DatasetError } from '../dataset-error.ts';
import { type AttractorParameters, shadesOf } from '../fractal/attractor.ts';
import { drawAttractors } from '../fractal/draw-attractors.ts';
import { type PaletteName, paletteOf } from '../fractal/palettes.ts';
import { viewOf } from '../image-view.ts';
import { openImageFile } from './image-file.ts';
import { findKeptFile, writeKeptFile } from './kept-file.ts';

const COUNT = 4_096;
const PARAMETERS = 6;
const SET = 'fractal';
const SPLIT = 'all';

export interface FractalOptions {
  /** Where shades and parameters are kept; one file of shades a side serves all palettes. */
  readonly folder: string;
  /** Side in pixels: 32, 64 or 128. */
  readonly side: number;
  readonly note: (line: string) => void;
}

/**
 * The fractals in a palette, each with its six parameters as a vector, scaled to mean 0 and variance 1 over the set. They
 * are made once for each side, which takes a minute, and their content is compared with the hash that stands in the domain.
 * @throws DatasetError where this machine makes others.
 */
export async function openFractals(palette: PaletteName, options: FractalOptions): Promise<ImageReals> {
  const { folder, side, note } = options;
  const kept = { set: SET, split: SPLIT, sourceHash: FRACTAL_CONTENT };
  const preparation = `${side}x${side}x1`;
  const isKept = async (what: string): Promise<boolean> =>
    (await findKeptFile(folder, { ...kept, preparation: what }, note)) !== null;
  if (!((await isKept(preparation)) && (await isKept('parameters')))) {
    note(`${palette}: ${COUNT} fractals are made at ${side} × ${side} pixels, once`);
    const made = await makeFractals({ ...options, count: COUNT });
    if (made !== FRACTAL_CONTENT)
      throw new DatasetError(
        palette,
        `this machine makes fractals with sha256 ${made.slice(0, 12)}…, not ${FRACTAL_CONTENT.slice(0, 12)}…: its arithmetic is not IEEE 754's, so train it on another one`,
      );
  }
  return fractalsIn(palette, { ...options, sourceHash: FRACTAL_CONTENT });
}

/** Fractals that were made, by the hash of their content. */
export async function fractalsIn(
  palette: PaletteName,
  { folder, side, note, sourceHash }: FractalOptions & { readonly sourceHash: string },
): Promise<ImageReals> {
  const kept = { set: SET, split: SPLIT, sourceHash };
  const preparation = `${side}x${side}x1`;
  const decode = async (): Promise<never> => {
    throw new DatasetError(palette, 'its images were taken away while they were opened; start again');
  };
  const shades = await openImageFile(
    folder,
    { ...kept, preparation, height: side, width: side, channels: 1, decode },
    note,
  );
  const file = (await findKeptFile(folder, { ...kept, preparation: 'parameters' }, note)) ?? (await decode());
  const { buffer, byteOffset, byteLength } = await readFile(file);
  return fractalsOf(shades, palette, new Float64Array(buffer.slice(byteOffset, byteOffset + byteLength)));
}

/**
 * Makes the first `count` fractals and keeps their shades `[count, side, side]` and their parameters, float64 `[count, 6]`.
 * @returns sha256 over the parameters and the visits of every one: equal wherever the images are, at any side.
 */
export async function makeFractals({
  folder,
  side,
  note,
  count,
}: FractalOptions & { readonly count: number }): Promise<string> {
  const hash = createHash('sha256');
  const parameters: AttractorParameters[] = [];
  let made = '';
  async function* shades(): AsyncGenerator<Uint8Array> {
    const attractors = drawAttractors();
    for (let at = 0; at < count; at++) {
      const attractor = attractors.next().value;
      parameters.push(attractor.parameters);
      hash.update(Float64Array.from(attractor.parameters)).update(attractor.visits);
      yield shadesOf(attractor.visits, side);
      if (at % Math.ceil(count / 10) === 0 && at > 0) note(`fractal: ${at} of ${count}`);
      // Whoever asks this process for a sign of life is heard in between.
      await turn();
    }
    made = hash.digest('hex');
  }
  await writeKeptFile(folder, shades(), {
    set: SET,
    split: SPLIT,
    preparation: `${side}x${side}x1`,
    // Known once the last one is made.
    get sourceHash() {
      return made;
    },
  });
  const bytes = new Uint8Array(Float64Array.from(parameters.flat()).buffer);
  await writeKeptFile(folder, bytes, { set: SET, split: SPLIT, preparation: 'parameters', sourceHash: made });
  return made;
}

function fractalsOf(shades: ImageReals, palette: PaletteName, parameters: Float64Array): ImageReals {
  const colours = paletteOf(palette);
  const { count, height, width } = shades;
  const view = viewOf(shades, {
    count,
    height,
    width,
    channels: 3,
    parts: 1,
    partsOf: (position) => [position],
    paint: (raw, out) => {
      for (let i = 0; i < raw.length; i++) {
        const from = 3 * (raw[i] as number);
        out[3 * i] = colours[from] as number;
        out[3 * i + 1] = colours[from + 1] as number;
        out[3 * i + 2] = colours[from + 2] as number;
      }
    },
  });
  return { ...view, vectors: standardised(parameters, PARAMETERS) };
}

/** Columns of `[n, columns]` with mean 0 and variance 1. */
function standardised(values: Float64Array, columns: number): Float32Array {
  const out = new Float32Array(values.length);
  const rows = values.length / columns;
  for (let column = 0; column < columns; column++) {
    let [sum, squares] = [0, 0];
    for (let row = 0; row < rows; row++) sum += values[row * columns + column] as number;
    const mean = sum / rows;
    for (let row = 0; row < rows; row++) squares += ((values[row * columns + column] as number) - mean) ** 2;
    const deviation = Math.sqrt(squares / rows);
    for (let row = 0; row < rows; row++)
      out[row * columns + column] = ((values[row * columns + column] as number) - mean) / deviation;
  }
  return out;
}
