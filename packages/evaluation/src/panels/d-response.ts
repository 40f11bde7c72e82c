import { blankCanvas, type Canvas, drawLine, drawText, fillRectangle, textSize } from '../render/canvas.ts';
import type { Colour } from '../render/picture.ts';
import { FAINT, INK, MADE, PAPER, REAL } from './colours.ts';
import type { Panel, PanelMaker } from './panel.ts';
import { rounded } from './panel.ts';
import type { PanelSubject } from './panel-subject.ts';

const POINTS = 2_000;
const IMAGES = 200;
const BINS = 40;
const WIDTH = 384;
const HEIGHT = 240;
const PLOT = { left: 16, top: 30, width: 352, height: 176 } as const;

/** σ(D) of held-out reals and of as many fakes, of the same noise for every run. */
export async function answersOf(
  subject: PanelSubject,
): Promise<{ readonly count: number; readonly reals: Float32Array; readonly made: Float32Array }> {
  const held = await subject.reals(subject.law === null ? IMAGES : POINTS);
  const count = held.samples.count;
  const { classCount } = subject;
  // Asked for the same classes, so that D's answers differ by the samples alone.
  const classes = held.classes ?? Array.from({ length: count }, (_, i) => (classCount > 0 ? i % classCount : 0));
  const made = await subject.generate({ z: subject.noise(count), classes });
  return {
    count,
    reals: await subject.judge(subject.seen(held.samples), classes),
    made: await subject.judge(made, classes),
  };
}

/** Histograms of σ(D) at held-out reals and at generated samples. */
export const dResponse: PanelMaker = {
  fits: () => true,
  make: async (subject): Promise<Panel> => {
    const { count, ...answers } = await answersOf(subject);
    const histograms = { reals: histogram(answers.reals), made: histogram(answers.made) };
    return {
      picture: drawHistograms(histograms),
      data: {
        count,
        bins: BINS,
        ...histograms,
        answers: { reals: rounded(answers.reals, 4), made: rounded(answers.made, 4) },
        summaries: { reals: summaryOf(answers.reals), made: summaryOf(answers.made) },
      },
    };
  },
};

/** How many answers lie in each of the bins that part 0…1 equally. */
export function histogram(answers: Float32Array): readonly number[] {
  const bins = new Array<number>(BINS).fill(0);
  for (const answer of answers) {
    const bin = Math.min(Math.max(Math.floor(answer * BINS), 0), BINS - 1);
    bins[bin] = (bins[bin] as number) + 1;
  }
  return bins;
}

/** Mean, extremes, and the standard deviation over the mean, which is null where the mean is 0. */
export function summaryOf(answers: Float32Array): {
  readonly mean: number;
  readonly least: number;
  readonly most: number;
  readonly variation: number | null;
} {
  const mean = answers.reduce((sum, answer) => sum + answer, 0) / answers.length;
  const variance = answers.reduce((sum, answer) => sum + (answer - mean) ** 2, 0) / answers.length;
  return {
    mean,
    least: answers.reduce((a, b) => Math.min(a, b), 1),
    most: answers.reduce((a, b) => Math.max(a, b), 0),
    variation: mean > 0 ? Math.sqrt(variance) / mean : null,
  };
}

function drawHistograms({
  reals,
  made,
}: {
  readonly reals: readonly number[];
  readonly made: readonly number[];
}): Canvas {
  const canvas = blankCanvas(WIDTH, HEIGHT, PAPER);
  const { left, top, width, height } = PLOT;
  const bottom = top + height;
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    const x = left + share * width;
    drawLine(
      canvas,
      [
        [x, top],
        [x, bottom],
      ],
      { width: 1, colour: FAINT },
    );
    const label = String(share);
    drawText(canvas, label, [x - textSize(label).width / 2, bottom + 8], INK);
  }
  const most = Math.max(1, ...reals, ...made);
  // The root of the count, so that a few answers beside many are seen.
  const heightOf = (count: number): number => Math.sqrt(count / most) * height;
  for (const [bins, colour] of [
    [reals, REAL],
    [made, MADE],
  ] as const) {
    bins.forEach((count, bin) => {
      const [from, to] = [0, 1].map((k) => Math.round(left + ((bin + k) * width) / BINS)) as [number, number];
      const tall = Math.round(heightOf(count));
      fillRectangle(canvas, { left: from, top: bottom - tall, width: to - from, height: tall }, colour, 0.45);
    });
    outline(canvas, bins.map(heightOf), colour);
  }
  drawLine(
    canvas,
    [
      [left, bottom],
      [left + width, bottom],
    ],
    { width: 1, colour: INK },
  );
  drawText(canvas, 'D(x) of real ones', [left, 12], REAL);
  drawText(canvas, 'D(G(z))', [left + 140, 12], MADE);
  drawText(canvas, 'height = root of the count', [left, HEIGHT - 12], INK);
  return canvas;
}

function outline(canvas: Canvas, heights: readonly number[], colour: Colour): void {
  const { left, top, width, height } = PLOT;
  const bottom = top + height;
  let before = 0;
  heights.forEach((tall, bin) => {
    const [x, next] = [left + (bin * width) / BINS, left + ((bin + 1) * width) / BINS];
    drawLine(
      canvas,
      [
        [x, bottom - before],
        [x, bottom - tall],
      ],
      { width: 1.2, colour },
    );
    if (tall > 0)
      drawLine(
        canvas,
        [
          [x, bottom - tall],
          [next, bottom - tall],
        ],
        { width: 1.2, colour },
      );
    before = tall;
  });
  drawLine(
    canvas,
    [
      [left + width, bottom - before],
      [left + width, bottom],
    ],
    { width: 1.2, colour },
  );
}
