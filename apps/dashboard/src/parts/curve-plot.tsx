import { type ReactNode, useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { number } from '../format.ts';

/** One line of a plot; several may share a colour. */
export interface Line {
  readonly key: string;
  readonly label: string;
  readonly colour: string;
  readonly dashed: boolean;
  readonly images: readonly number[];
  readonly values: readonly (number | null)[];
}

/** A position that something was seen at; hovering tells the words. */
export interface Marker {
  readonly images: number;
  readonly label: string;
  readonly words: string;
  readonly isIll: boolean;
}

const NO_MARKERS: readonly Marker[] = [];

const HEIGHT = 320;

/** Longer labels than this get wide columns in the legend. */
const SHORT_LABEL = 20;

/**
 * Curves over images seen, overlaid. Hovering brings the nearest line forward and names it. New points of the same
 * lines go into the plot that stands, so that the pointer, hidden lines and the legend's place outlive a refresh.
 */
export function CurvePlot({
  title,
  lines,
  markers = NO_MARKERS,
  height = HEIGHT,
}: {
  readonly title: string;
  readonly lines: readonly Line[];
  readonly markers?: readonly Marker[];
  readonly height?: number;
}): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const standing = useRef<uPlot>(null);
  const shown = useRef(markers);
  shown.current = markers;
  const looks = JSON.stringify(lines.map(({ key, label, colour, dashed }) => [key, label, colour, dashed]));
  // biome-ignore lint/correctness/useExhaustiveDependencies: only other looks need another plot; points go in below
  useEffect(() => {
    const element = place.current;
    if (!element || lines.length === 0) return;
    const ink = (): string => getComputedStyle(element).color;
    const grid = { stroke: 'rgba(128, 128, 128, 0.2)', width: 1 };
    const plot = new uPlot(
      {
        width: widthIn(element),
        height,
        scales: { x: { time: false } },
        cursor: { focus: { prox: 24 } },
        focus: { alpha: 0.15 },
        hooks: { draw: [(drawn) => placeMarkers(drawn, shown.current)] },
        legend: { show: true, live: true },
        axes: [
          {
            label: 'images seen',
            space: 80,
            stroke: ink,
            grid,
            values: (_, ticks) => ticks.map((tick) => tick.toLocaleString('en-US')),
          },
          { label: title, stroke: ink, grid, size: 70, values: (_, ticks) => ticks.map(number) },
        ],
        series: [
          { label: 'images', value: (_, images) => (images === null ? '–' : images.toLocaleString('en-US')) },
          ...lines.map(({ label, colour, dashed }) => ({
            label,
            stroke: colour,
            width: 1.5,
            ...(dashed ? { dash: [5, 4] } : {}),
            points: { show: false },
            spanGaps: true,
            value: (_: uPlot, value: number | null) => number(value),
          })),
        ],
      },
      aligned(lines),
      element,
    );
    const resize = new ResizeObserver(() => plot.setSize({ width: widthIn(element), height }));
    resize.observe(element);
    const scheme = window.matchMedia('(prefers-color-scheme: dark)');
    const repaint = (): void => plot.redraw(false);
    scheme.addEventListener('change', repaint);
    standing.current = plot;
    return () => {
      standing.current = null;
      scheme.removeEventListener('change', repaint);
      resize.disconnect();
      plot.destroy();
    };
  }, [looks, title, height]);
  useEffect(() => {
    if (standing.current) refill(standing.current, aligned(lines));
  }, [lines]);
  useEffect(() => {
    if (standing.current) placeMarkers(standing.current, markers);
  }, [markers]);
  return (
    <div
      className={lines.some(({ label }) => label.length > SHORT_LABEL) ? 'plot long' : 'plot'}
      ref={place}
      role="img"
      aria-label={`${title} over images seen, ${lines.length} curves`}
    />
  );
}

/** Markers are elements over the plot, so that hovering one shows its words. */
function placeMarkers(plot: uPlot, markers: readonly Marker[]): void {
  for (const old of plot.over.querySelectorAll('.marker')) old.remove();
  const { min, max } = plot.scales.x ?? {};
  for (const { images, label, words, isIll } of markers) {
    if (min == null || max == null || images < min || images > max) continue;
    const element = document.createElement('div');
    element.className = isIll ? 'marker ill' : 'marker';
    element.style.left = `${plot.valToPos(images, 'x')}px`;
    element.title = words;
    element.dataset.finding = label;
    plot.over.append(element);
  }
}

/** New points; a part that somebody zoomed into stays in view. */
function refill(plot: uPlot, data: uPlot.AlignedData): void {
  const { min, max } = plot.scales.x ?? {};
  const [first, last] = [plot.data[0][0], plot.data[0].at(-1)];
  const zoomed = min != null && max != null && first !== undefined && last !== undefined && (min > first || max < last);
  plot.setData(data, !zoomed);
  if (zoomed) plot.redraw();
}

/** Width inside the padding. */
function widthIn(element: HTMLElement): number {
  const { paddingLeft, paddingRight } = getComputedStyle(element);
  return element.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight);
}

/** One common axis of positions, with gaps where a line has none. */
function aligned(lines: readonly Line[]): uPlot.AlignedData {
  const positions = [...new Set(lines.flatMap(({ images }) => images))].sort((a, b) => a - b);
  const place = new Map(positions.map((position, i) => [position, i]));
  const columns = lines.map(({ images, values }) => {
    const column: (number | null | undefined)[] = new Array(positions.length).fill(undefined);
    images.forEach((position, i) => {
      column[place.get(position) as number] = values[i] ?? null;
    });
    return column;
  });
  return [positions, ...columns];
}

const COLOURS = [
  '#3b7dd8',
  '#e07b39',
  '#3a9d5d',
  '#c94f7c',
  '#8668c9',
  '#a0792f',
  '#2fa3a8',
  '#d14b4b',
  '#7a8a99',
  '#6b9a23',
];

/** Colour of the n-th trial; they repeat after ten. */
export const colourOf = (n: number): string => COLOURS[n % COLOURS.length] as string;
