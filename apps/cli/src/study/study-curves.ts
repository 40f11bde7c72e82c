import type { StudyRecord, StudyRun } from '@gansweep/verdict';
import { xmlText } from '../night/xml-text.ts';
import { cellsOf, type StudyCell } from './study-cells.ts';

const [PLOT_WIDTH, PLOT_HEIGHT] = [250, 150];
/** Room around a plot for its title, numbers and names. */
const [LEFT, TOP, RIGHT, BOTTOM] = [48, 24, 14, 34];
const PLOTS_A_ROW = 3;
const LEGEND_LINE = 17;
/** Beyond this ratio of the largest to the smallest, and with nothing below 0, values are drawn by their logarithm. */
const LOG_FROM = 15;
const COLOURS = ['#3b7dd8', '#e07b39', '#3a9d5d', '#c94f7c', '#8668c9', '#a0792f', '#2fa3a8', '#d14b4b', '#7a8a99'];
/** Seen on white and on black. */
const GREY = '#808890';

/** Mean over seeds of a score at each evaluation, with the range of the seeds. */
interface Line {
  readonly label: string;
  readonly points: readonly {
    readonly images: number;
    readonly mean: number;
    readonly low: number;
    readonly high: number;
  }[];
}

interface Plot {
  readonly title: string;
  readonly lines: readonly Line[];
}

/**
 * The curves behind a claim as an SVG document: its first score over the images seen, a line a configuration (mean of the
 * seeds, band from the lowest to the highest), a plot a model and data set. Null where no run has two evaluations.
 */
export function studyCurves(record: StudyRecord, scores: readonly string[]): string | null {
  const plots = plotsOf(record.runs, scores);
  if (plots.length === 0) return null;
  const labels = [...new Set(plots.flatMap(({ lines }) => lines.map(({ label }) => label)))];
  const columns = Math.min(plots.length, PLOTS_A_ROW);
  const rows = Math.ceil(plots.length / PLOTS_A_ROW);
  const [stepX, stepY] = [LEFT + PLOT_WIDTH + RIGHT, TOP + PLOT_HEIGHT + BOTTOM];
  const isKeyed = labels.length > 1;
  const perRow = Math.max(
    1,
    Math.floor((columns * stepX) / (44 + 6.2 * Math.max(...labels.map(({ length }) => length)))),
  );
  const [width, height] = [
    columns * stepX,
    rows * stepY + (isKeyed ? LEGEND_LINE * Math.ceil(labels.length / perRow) + 6 : 0),
  ];
  const colourOf = (label: string): string => COLOURS[labels.indexOf(label) % COLOURS.length] as string;
  const legend = labels.map((label, i) => {
    const x = LEFT + (i % perRow) * ((width - LEFT) / perRow);
    const y = rows * stepY + 12 + Math.floor(i / perRow) * LEGEND_LINE;
    return `<path d="M${round(x)} ${y - 4}h14" stroke="${colourOf(label)}" stroke-width="3"/>${text(label, x + 20, y)}`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="11">`,
    ...plots.map((plot, i) =>
      plotted(plot, { x: (i % PLOTS_A_ROW) * stepX + LEFT, y: Math.floor(i / PLOTS_A_ROW) * stepY + TOP, colourOf }),
    ),
    ...(isKeyed ? legend : []),
    '</svg>\n',
  ].join('\n');
}

function plotsOf(runs: readonly StudyRun[], scores: readonly string[]): readonly Plot[] {
  const places = [...new Set(runs.map(({ config }) => `${config.model} ${config.dataset}`))];
  return places.flatMap((place) => {
    const here = runs.filter(({ config }) => `${config.model} ${config.dataset}` === place);
    const score = scores.find((name) => here.some((run) => (run.scores[name]?.images.length ?? 0) > 1));
    if (score === undefined) return [];
    const lines = cellsOf(here, ['model', 'dataset']).map((cell) => lineOf(cell, score));
    const { model, dataset } = here[0]?.config ?? {};
    return [{ title: `${score}: ${model}, ${dataset}`, lines: lines.filter(({ points }) => points.length > 1) }];
  });
}

function lineOf({ label, runs }: StudyCell, score: string): Line {
  const values = new Map<number, number[]>();
  for (const { scores } of runs)
    scores[score]?.images.forEach((images, i) => {
      const value = scores[score]?.value[i];
      if (typeof value === 'number') values.set(images, [...(values.get(images) ?? []), value]);
    });
  const points = [...values]
    .toSorted(([a], [b]) => a - b)
    .map(([images, at]) => ({
      images,
      mean: at.reduce((sum, value) => sum + value, 0) / at.length,
      low: Math.min(...at),
      high: Math.max(...at),
    }));
  return { label, points };
}

function plotted(
  { title, lines }: Plot,
  { x, y, colourOf }: { readonly x: number; readonly y: number; readonly colourOf: (label: string) => string },
): string {
  const points = lines.flatMap((line) => line.points);
  const [low, high] = [Math.min(...points.map((one) => one.low)), Math.max(...points.map((one) => one.high))];
  const isLog = low > 0 && high / low >= LOG_FROM;
  const scaled = (value: number): number => (isLog ? Math.log10(value) : value);
  const [from, to] = [isLog ? scaled(low) : Math.min(low, 0), scaled(high)];
  const end = Math.max(...points.map(({ images }) => images));
  const toX = (images: number): string => round(x + (images / end) * PLOT_WIDTH);
  const toY = (value: number): string => round(y + PLOT_HEIGHT * (1 - (scaled(value) - from) / (to - from || 1)));
  const bands = lines.map(({ label, points: at }) => {
    const above = at.map((one) => `${toX(one.images)} ${toY(one.high)}`);
    const below = at.toReversed().map((one) => `${toX(one.images)} ${toY(one.low)}`);
    return `<path d="M${[...above, ...below].join('L')}Z" fill="${colourOf(label)}" opacity=".15"/>`;
  });
  const means = lines.map(
    ({ label, points: at }) =>
      `<path d="M${at.map((one) => `${toX(one.images)} ${toY(one.mean)}`).join('L')}" fill="none" stroke="${colourOf(label)}" stroke-width="1.8"/>`,
  );
  const ticks = ticksOf(low, high, isLog).map(
    (value) =>
      `<path d="M${x} ${toY(value)}h${PLOT_WIDTH}" stroke="${GREY}" opacity=".3"/>${text(short(value), x - 5, Number(toY(value)) + 4, 'end')}`,
  );
  return [
    text(`${title}${isLog ? ' (logarithmic)' : ''}`, x, y - 9),
    ...ticks,
    `<path d="M${x} ${y}v${PLOT_HEIGHT}h${PLOT_WIDTH}" fill="none" stroke="${GREY}"/>`,
    ...bands,
    ...means,
    text('0', x, y + PLOT_HEIGHT + 14),
    text(`${end.toLocaleString('en-US')} images`, x + PLOT_WIDTH, y + PLOT_HEIGHT + 14, 'end'),
  ].join('');
}

/** Round values between two: powers of ten and their halves and fifths where drawn by the logarithm, else in even steps. */
function ticksOf(low: number, high: number, isLog: boolean): readonly number[] {
  if (isLog) {
    const first = Math.floor(Math.log10(low));
    const decades = Array.from({ length: Math.ceil(Math.log10(high)) - first + 1 }, (_, i) => 10 ** (first + i));
    const all = (decades.length > 3 ? decades : decades.flatMap((ten) => [ten, 2 * ten, 5 * ten])).filter(
      (value) => value >= low && value <= high,
    );
    return all.map((value) => Number(value.toPrecision(1)));
  }
  const from = Math.min(low, 0);
  const rough = (high - from) / 4 || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough) ?? rough;
  const first = Math.ceil(from / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(3)),
  );
}

const round = (value: number): string => String(Number(value.toFixed(1)));
const short = (value: number): string => (Math.abs(value) >= 1e4 ? value.toExponential(0) : String(value));

function text(words: string, x: number, y: number, anchor: 'start' | 'end' = 'start'): string {
  const end = anchor === 'end' ? ' text-anchor="end"' : '';
  return `<text x="${round(x)}" y="${round(y)}" fill="${GREY}"${end}>${xmlText(words)}</text>`;
}
