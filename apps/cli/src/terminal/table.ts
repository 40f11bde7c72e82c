import { stripVTControlCharacters } from 'node:util';

/** A column: its heading, and whether its cells are numbers (to the right). */
export interface Column {
  readonly name: string;
  readonly right?: boolean;
}

/** Rows in aligned columns, two spaces apart; colours do not count as width. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const widthOf = (text: string): number => [...stripVTControlCharacters(text)].length;
  const all = [columns.map(({ name }) => name), ...rows];
  const widths = columns.map((_, i) => Math.max(...all.map((row) => widthOf(row[i] ?? ''))));
  return all
    .map((row, at) => {
      const cells = columns.map(({ right }, i) => {
        const text = row[i] ?? '';
        const space = ' '.repeat((widths[i] ?? 0) - widthOf(text));
        return right ? space + text : text + space;
      });
      const line = cells.join('  ').trimEnd();
      return at === 0 ? dim(line) : line;
    })
    .join('\n');
}

const coloured = (): boolean => (process.stdout.isTTY ?? false) && !process.env.NO_COLOR;
const paint = (code: number) => (text: string) => (coloured() ? `\u001b[${code}m${text}\u001b[0m` : text);
export const dim = paint(2);
export const bold = paint(1);
export const red = paint(31);
export const green = paint(32);
export const yellow = paint(33);

/** Four significant digits, powers of ten where those are shorter; `–` for null. */
export function number(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-3) return value.toExponential(2).replace('e+', 'e');
  return String(Number(value.toPrecision(4)));
}

export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(seconds / 3_600)} h ${Math.round((seconds % 3_600) / 60)} min`;
}

/** `██████░░░░` of a share 0 … 1. */
export function bar(share: number, width = 20): string {
  const full = Math.round(Math.min(Math.max(share, 0), 1) * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}

/** Whole MiB; `–` for null. */
export const mebibytes = (mib: number | null): string => (mib === null ? '–' : String(Math.round(mib)));

export function bytes(size: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let step = 0;
  for (; size >= 1024 && step < units.length - 1; step++) size /= 1024;
  return `${Number(size.toPrecision(3))} ${units[step]}`;
}
