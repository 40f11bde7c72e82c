import { sine } from './sine.ts';

/** x₀, y₀, a, b, c, d: where an orbit begins, and the map that it follows. */
export type AttractorParameters = readonly [x0: number, y0: number, a: number, b: number, c: number, d: number];

/** Cells a side of the grid that orbits are counted on; smaller images are sums of its cells. */
export const GRID = 128;
const DISCARDED = 100;
const PLOTTED = 200_000;
/** Orbits that visit less of the grid are fixed points and short cycles, which no picture is made of. */
const COVERED_AT_LEAST = 0.01 * GRID * GRID;

/**
 * Visits of an orbit to each cell, `[128, 128]`, the first row the highest y; null where it visits less than one cell in a
 * hundred. The map is x′ = sin(y b) + c sin(x b), y′ = sin(x a) + d sin(y a); its window |x| ≤ 1 + |c|, |y| ≤ 1 + |d|. The
 * first 100 points are passed over, 200,000 are counted.
 * @see the "fractal dream" map of Clifford Pickover's Chaos in Wonderland (1994)
 */
export function visitsOf([x0, y0, a, b, c, d]: AttractorParameters): Uint32Array | null {
  const counts = new Uint32Array(GRID * GRID);
  const [reachX, reachY] = [1 + Math.abs(c), 1 + Math.abs(d)];
  const [perX, perY] = [GRID / (2 * reachX), GRID / (2 * reachY)];
  let [x, y] = [x0, y0];
  let covered = 0;
  // A point that comes again makes a cycle (Brent's test): what it has not covered by then it never will.
  let [knownX, knownY, renewAt] = [x, y, 1];
  for (let i = 1 - DISCARDED; i <= PLOTTED; i++) {
    const next = sine(y * b) + c * sine(x * b);
    y = sine(x * a) + d * sine(y * a);
    x = next;
    if (i < 1) continue;
    const column = Math.min(GRID - 1, Math.floor((x + reachX) * perX));
    const row = Math.min(GRID - 1, Math.floor((reachY - y) * perY));
    const cell = row * GRID + column;
    const before = counts[cell] as number;
    if (before === 0) covered += 1;
    counts[cell] = before + 1;
    if (x === knownX && y === knownY && covered < COVERED_AT_LEAST) return null;
    if (i === renewAt) [knownX, knownY, renewAt] = [x, y, 2 * renewAt];
  }
  return covered < COVERED_AT_LEAST ? null : counts;
}

/**
 * Visits as shades, `[side, side]`, 0…255: log(1 + visits) / log(1 + most visits), where a cell of a smaller image has the
 * visits of the cells of the grid that lie in it. @param side divides 128.
 */
export function shadesOf(visits: Uint32Array, side: number): Uint8Array {
  const each = GRID / side;
  const sums = new Uint32Array(side * side);
  for (let row = 0; row < GRID; row++)
    for (let column = 0; column < GRID; column++) {
      const at = Math.floor(row / each) * side + Math.floor(column / each);
      sums[at] = (sums[at] as number) + (visits[row * GRID + column] as number);
    }
  const most = Math.log(1 + sums.reduce((a, b) => Math.max(a, b), 0));
  return Uint8Array.from(sums, (sum) => Math.round((255 * Math.log(1 + sum)) / most));
}
