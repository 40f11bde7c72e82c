import { EVALUATION_SEED, type ImageSamples, randomStream, STREAMS } from '@gansweep/domain';
import { blankCanvas, type Canvas, drawLine, drawText, fillRectangle } from '../render/canvas.ts';
import { drawImageGrid } from '../render/image-grid.ts';
import { FAINT, INK, MADE, PAPER, REAL } from './colours.ts';
import { COLUMNS, cut, imagesOf, joined, paste } from './image-panel.ts';
import { type Panel, type PanelMaker, rounded } from './panel.ts';

const PAIRS = 200;
const SHUFFLES = 2_000;
const ROWS_SHOWN = 3;
const BINS = 40;
const PLOT_HEIGHT = 130;

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
    return {
      picture: drawTest(drawPairs(images, made), test),
      data: {
        pairs: count,
        shuffles: SHUFFLES,
        p: test.p,
        ofPairs: test.ofPairs,
        ofShuffled: rounded(test.ofShuffled),
      },
    };
  },
};

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
function drawTest(pairs: ReturnType<typeof drawPairs>, { ofPairs, ofShuffled, p }: PermutationTest): Canvas {
  const canvas = blankCanvas(pairs.width, pairs.height + PLOT_HEIGHT, PAPER);
  paste(canvas, pairs, { left: 0, top: 0 });
  const [left, width, bottom, height] = [14, pairs.width - 28, pairs.height + PLOT_HEIGHT - 24, PLOT_HEIGHT - 54];
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
  drawText(canvas, low.toFixed(4), [left, base + 8], INK);
  drawText(canvas, high.toFixed(4), [left + width - 36, base + 8], INK);
  return canvas;
}
