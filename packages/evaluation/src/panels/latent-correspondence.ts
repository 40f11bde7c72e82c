import { EVALUATION_SEED, type ImageSamples, randomStream, STREAMS } from '@gansweep/domain';
import type { FeatureMatrix } from '../metrics/feature-matrix.ts';
import { crossValidatedProbe, determination, fitLinearProbe } from '../metrics/linear-probe.ts';
import { blankCanvas, type Canvas, drawLine, drawText, fillRectangle } from '../render/canvas.ts';
import { drawImageGrid } from '../render/image-grid.ts';
import { featuresOf } from '../sample-measures.ts';
import { FAINT, INK, MADE, PAPER, REAL } from './colours.ts';
import { COLUMNS, cut, imagesOf, joined, paste } from './image-panel.ts';
import { type Panel, type PanelMaker, rounded } from './panel.ts';

const PAIRS = 200;
const SHUFFLES = 2_000;
const ROWS_SHOWN = 3;
const BINS = 40;
const PLOT_HEIGHT = 142;
/** Grey cells along each side that a probe reads: fewer than the pairs by far. */
const PROBE_SIDE = 4;
/** Of the probe that looks at other images than it was fitted to, an image; greys vary by a few hundredths. */
const RIDGE = 1e-3;

/** What a permutation test found: how the mean distance of true pairs stands among those of shuffled ones. */
export interface PermutationTest {
  readonly ofPairs: number;
  readonly ofShuffled: readonly number[];
  /** Share of the shuffles, the true order counted in, whose mean distance is no larger. */
  readonly p: number;
}

/**
 * @param distances `[n, n]`: of the i-th of one kind and the k-th of the other; pairs lie on the diagonal.
 * @see Phipson, Smyth (2010), "Permutation P-values should never be zero"
 */
export function permutationTest(distances: Float64Array, count: number, shuffles: number): PermutationTest {
  const random = randomStream(EVALUATION_SEED, STREAMS.panelShuffles);
  const meanOf = (order: Uint32Array): number => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += distances[i * count + (order[i] as number)] as number;
    return sum / count;
  };
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  const ofPairs = meanOf(order);
  const uniforms = new Float64Array(count);
  const ofShuffled = Array.from({ length: shuffles }, (_, draw) => {
    random.uniforms(draw, uniforms);
    for (let i = count - 1; i > 0; i--) {
      const k = Math.min(Math.floor((uniforms[i] as number) * (i + 1)), i);
      const kept = order[i] as number;
      order[i] = order[k] as number;
      order[k] = kept;
    }
    return meanOf(order);
  });
  const noLarger = ofShuffled.filter((mean) => mean <= ofPairs).length;
  return { ofPairs, ofShuffled, p: (noLarger + 1) / (shuffles + 1) };
}

/**
 * Whether G, given the numbers that an image was drawn from as its latents, makes something like that image: pairs of
 * held-out images and G's answers, and a permutation test on the root mean square difference of their pixels.
 */
export const latentCorrespondence: PanelMaker = {
  fits: ({ law, nz, vectorLength, classCount }) => law === null && vectorLength === nz && classCount === 0,
  make: async (subject): Promise<Panel> => {
    const held = await subject.reals(PAIRS);
    const images = imagesOf(held.samples);
    if (!held.vectors) throw new TypeError('nothing is known of these images');
    const { count } = images;
    const made = imagesOf(subject.shown(await subject.generate({ z: held.vectors })));
    const test = permutationTest(distancesOf(images, made), count, SHUFFLES);
    const numbers = { rows: count, columns: subject.nz, data: Float64Array.from(held.vectors) };
    const probe = {
      ...probesOf({ images, made, numbers }),
      ...(subject.encode
        ? { codes: meanAndEach(codesOf(await subject.encode(subject.seen(images)), subject.nz), numbers) }
        : {}),
    };
    return {
      picture: drawTest(drawPairs(images, made), test, probe),
      data: {
        probe,
        pairs: count,
        shuffles: SHUFFLES,
        p: test.p,
        ofPairs: test.ofPairs,
        ofShuffled: rounded(test.ofShuffled),
      },
    };
  },
};

/** R² of the numbers behind images: their mean, and that of each; null where it does not vary. */
interface ProbeResult {
  readonly mean: number;
  readonly each: readonly (number | null)[];
}

/** What linear probes read of the numbers behind images. */
interface Probes {
  /** Cross-validated, from the grey cells of the images themselves: how much can be read at all. */
  readonly images: ProbeResult;
  /** The same probe on what G makes of those numbers. */
  readonly made: ProbeResult;
  /** Cross-validated, from E's codes of the images; where something encodes. */
  readonly codes?: ProbeResult;
}

function resultOf(each: readonly (number | null)[]): ProbeResult {
  const known = each.filter((value) => value !== null);
  return { mean: known.reduce((sum, value) => sum + value, 0) / Math.max(known.length, 1), each };
}

const meanAndEach = (features: FeatureMatrix, numbers: FeatureMatrix): ProbeResult =>
  resultOf(crossValidatedProbe(features, numbers));

function codesOf(codes: Float32Array, nz: number): FeatureMatrix {
  return { rows: codes.length / nz, columns: nz, data: Float64Array.from(codes) };
}

function probesOf({
  images,
  made,
  numbers,
}: {
  readonly images: ImageSamples;
  readonly made: ImageSamples;
  readonly numbers: FeatureMatrix;
}): Probes {
  const cells = cellsOf(images);
  const read = fitLinearProbe(cells, numbers, RIDGE * cells.rows).predict(cellsOf(made));
  return { images: meanAndEach(cells, numbers), made: resultOf(determination(numbers, read)) };
}

/** Mean greys of 4 × 4 cells, `[n, 16]`, in 0…1. */
function cellsOf(images: ImageSamples): FeatureMatrix {
  const fine = featuresOf(images);
  const { count } = images;
  const [rows, columns] = [Math.min(images.height, 16), Math.min(images.width, 16)];
  const cells = PROBE_SIDE ** 2;
  const data = new Float64Array(count * cells);
  const blockOf = (at: number, of: number): number => Math.floor((at * PROBE_SIDE) / of);
  const share = cells / (rows * columns) / 255;
  for (let i = 0; i < count; i++)
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < columns; x++) {
        const cell = i * cells + blockOf(y, rows) * PROBE_SIDE + blockOf(x, columns);
        data[cell] = (data[cell] as number) + (fine[(i * rows + y) * columns + x] as number) * share;
      }
  return { rows: count, columns: cells, data };
}

/** Root mean square differences of all images of one set and all of the other, of pixels in 0…1, `[n, n]`. */
function distancesOf(a: ImageSamples, b: ImageSamples): Float64Array {
  const { count } = a;
  const each = a.data.length / count;
  const out = new Float64Array(count * count);
  for (let i = 0; i < count; i++)
    for (let k = 0; k < count; k++) {
      let sum = 0;
      for (let at = 0; at < each; at++)
        sum += ((a.data[i * each + at] as number) - (b.data[k * each + at] as number)) ** 2;
      out[i * count + k] = Math.sqrt(sum / each) / 255;
    }
  return out;
}

/** Images, and below each what G makes of the numbers behind it. */
function drawPairs(images: ImageSamples, made: ImageSamples) {
  const rows = Math.min(ROWS_SHOWN, Math.floor(images.count / COLUMNS));
  const strips = Array.from({ length: Math.max(rows, 1) }, (_, row) => {
    const length = Math.min(COLUMNS, images.count);
    return [cut(images, row * COLUMNS, length), cut(made, row * COLUMNS, length)];
  });
  return drawImageGrid(joined(strips.flat()));
}

/** The pairs, and below them the histogram of shuffled means with a line where the true pairs stand. */
function drawTest(
  pairs: ReturnType<typeof drawPairs>,
  { ofPairs, ofShuffled, p }: PermutationTest,
  { images, made, codes }: Probes,
): Canvas {
  const canvas = blankCanvas(pairs.width, pairs.height + PLOT_HEIGHT, PAPER);
  paste(canvas, pairs, { left: 0, top: 0 });
  const [left, width, bottom, height] = [14, pairs.width - 28, pairs.height + PLOT_HEIGHT - 24, PLOT_HEIGHT - 66];
  const low = ofShuffled.reduce((a, b) => Math.min(a, b), ofPairs);
  const high = ofShuffled.reduce((a, b) => Math.max(a, b), ofPairs);
  const place = (mean: number): number => (high > low ? (mean - low) / (high - low) : 0.5);
  const bins = new Array<number>(BINS).fill(0);
  for (const mean of ofShuffled) {
    const bin = Math.min(Math.floor(place(mean) * BINS), BINS - 1);
    bins[bin] = (bins[bin] as number) + 1;
  }
  const most = Math.max(1, ...bins);
  bins.forEach((found, bin) => {
    const [from, to] = [0, 1].map((k) => Math.round(left + ((bin + k) * width) / BINS)) as [number, number];
    const tall = Math.round((found / most) * height);
    fillRectangle(canvas, { left: from, top: bottom - tall, width: to - from, height: tall }, REAL, 0.5);
  });
  const base = bottom;
  drawLine(
    canvas,
    [
      [left, base],
      [left + width, base],
    ],
    { width: 1, colour: FAINT },
  );
  const at = left + place(ofPairs) * width;
  drawLine(
    canvas,
    [
      [at, base - height - 6],
      [at, base],
    ],
    { width: 2, colour: MADE },
  );
  drawText(canvas, `pairs ${ofPairs.toFixed(4)}`, [left, pairs.height + 10], MADE);
  drawText(canvas, `p = ${p.toFixed(4)}`, [left + 110, pairs.height + 10], INK);
  const probes = [`x ${images.mean.toFixed(2)}`, `G(v) ${made.mean.toFixed(2)}`];
  if (codes) probes.push(`E(x) ${codes.mean.toFixed(2)}`);
  drawText(canvas, `R2 of v from ${probes.join(', ')}`, [left, pairs.height + 22], INK);
  drawText(canvas, low.toFixed(4), [left, base + 8], INK);
  drawText(canvas, high.toFixed(4), [left + width - 36, base + 8], INK);
  return canvas;
}
