import { dim, number } from './table.ts';

/** A curve to plot: values over images seen. */
export interface PlottedCurve {
  readonly name: string;
  readonly images: readonly number[];
  readonly values: readonly (number | null)[];
}

const MARKS = ['•', '+', '×', '○', '▪'];

/** Curves as characters on one pair of axes; each has its own mark. */
export function plot(
  curves: readonly PlottedCurve[],
  { width, height }: { readonly width: number; readonly height: number },
): string {
  const points = curves.flatMap(({ images, values }, curve) =>
    images.flatMap((x, i) =>
      values[i] === null || values[i] === undefined ? [] : [{ x, y: values[i] as number, curve }],
    ),
  );
  if (points.length === 0) return 'no points';
  const xMax = Math.max(...points.map(({ x }) => x));
  const [low, high] = [Math.min(...points.map(({ y }) => y)), Math.max(...points.map(({ y }) => y))];
  const span = high - low || 1;
  const cells = Array.from({ length: height }, () => new Array<string>(width).fill(' '));
  for (const { x, y, curve } of points) {
    const column = Math.min(width - 1, Math.floor((x / (xMax || 1)) * (width - 1)));
    const row = height - 1 - Math.round(((y - low) / span) * (height - 1));
    (cells[row] as string[])[column] = MARKS[curve % MARKS.length] as string;
  }
  const axis = (row: number): string => (row === 0 ? number(high) : row === height - 1 ? number(low) : '').padStart(9);
  const lines = cells.map((row, i) => `${axis(i)} ${dim('│')}${row.join('').trimEnd()}`);
  const legend = curves.map(({ name }, i) => `${MARKS[i % MARKS.length]} ${name}`).join('   ');
  return [
    ...lines,
    `${' '.repeat(10)}${dim(`└${'─'.repeat(width)}`)}`,
    `${' '.repeat(11)}0${`${xMax.toLocaleString('en-US')} images seen`.padStart(width - 1)}`,
    `${' '.repeat(11)}${legend}`,
  ].join('\n');
}
