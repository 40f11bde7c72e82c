import type { Client, RunAnswer } from '@gansweep/contract';
import { labelledRows, type Picture, shrunkPicture } from '@gansweep/evaluation';
import type { StudyRun } from '@gansweep/verdict';
import { convertIndexedToRgb, decode, encode } from 'fast-png';
import { cellsOf } from './study-cells.ts';

const SEEDS_SHOWN = 3;
/** Of a grid of images, which have eight columns: the first two rows. */
const [GRID_COLUMNS, ROWS_SHOWN] = [8, 2];
const WIDTH_OF_GRID = 270;
const WIDTH_OF_PLOT = 128;
/** Levels of a channel that are kept: no eye misses the others, and the file is half as large. */
const LEVELS = 32;

/** A run as it was recorded, with the run of the service. */
export interface PicturedRun {
  readonly recorded: StudyRun;
  readonly run: RunAnswer;
}

/**
 * What the runs of a claim made at their ends: a row a configuration, a column a seed, every run on the same noise.
 * PNG; null where no run has samples.
 */
export async function studyPicture(client: Client, runs: readonly PicturedRun[]): Promise<Uint8Array | null> {
  const answers = new Map(runs.map(({ recorded, run }) => [recorded, run]));
  const rows: { readonly label: string; readonly pictures: readonly (Picture | null)[] }[] = [];
  for (const { label, runs: ofCell } of cellsOf(runs.map(({ recorded }) => recorded)))
    rows.push({
      label,
      pictures: await Promise.all(
        ofCell.slice(0, SEEDS_SHOWN).map((recorded) => lastSamples(client, answers.get(recorded) as RunAnswer)),
      ),
    });
  if (rows.every(({ pictures }) => pictures.every((picture) => picture === null))) return null;
  const { width, height, data } = labelledRows(rows);
  const step = 255 / (LEVELS - 1);
  const coarse = data.map((value) => Math.round(Math.round(value / step) * step));
  const isGrey = coarse.every((value, i) => value === coarse[i - (i % 3)]);
  return isGrey
    ? encode({ width, height, channels: 1, data: coarse.filter((_, i) => i % 3 === 0) }, { zlib: { level: 9 } })
    : encode({ width, height, channels: 3, data: coarse }, { zlib: { level: 9 } });
}

/** Of images the first sixteen, of points the whole plot, at about their own size. */
async function lastSamples(client: Client, run: RunAnswer): Promise<Picture | null> {
  const grids = (await client.listSamples({ id: run.id, limit: 500 })).items;
  const last = grids.toSorted((a, b) => a.imagesSeen - b.imagesSeen).at(-1);
  if (!last) return null;
  const picture = pictureOf(await client.getSample({ id: run.id, images: last.imagesSeen }));
  if (run.config.model === 'mlp2d')
    return shrunkPicture(picture, Math.max(1, Math.floor(picture.width / WIDTH_OF_PLOT)));
  const height = Math.min(picture.height, Math.floor((picture.width / GRID_COLUMNS) * ROWS_SHOWN));
  const cropped = { ...picture, height, data: picture.data.subarray(0, height * picture.width * picture.channels) };
  return shrunkPicture(cropped, Math.max(1, Math.floor(picture.width / WIDTH_OF_GRID)));
}

function pictureOf(bytes: Uint8Array): Picture {
  const decoded = decode(bytes);
  const { width, height, channels } = decoded;
  if (decoded.palette) return { width, height, channels: 3, data: Uint8Array.from(convertIndexedToRgb(decoded)) };
  return { width, height, channels: channels === 1 ? 1 : 3, data: Uint8Array.from(decoded.data) };
}
