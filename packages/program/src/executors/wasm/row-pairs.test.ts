import { randomStream } from '@gansweep/domain';
import { describe, expect, it } from 'vitest';
import { chosenSums, MOST_ROWS, rowPairs } from './row-pairs.ts';

function random(rows: number, columns: number, draw: number) {
  const data = new Float64Array(rows * columns);
  randomStream(5, 98).normals(draw, data);
  return { rows, columns, data };
}

/** Partial sums of terms over k mod `parts`, four of them or two, added in pairs. */
function inParts(terms: readonly number[], parts: 2 | 4): number {
  const sums = [0, 0, 0, 0];
  terms.forEach((term, k) => {
    sums[k % parts] = (sums[k % parts] as number) + term;
  });
  const [s0, s1, s2, s3] = sums as [number, number, number, number];
  return s0 + s1 + (s2 + s3);
}

describe.each([
  [5, 3, 4],
  [1, 17, 64],
  [2, 8, 12],
  [3, 1, 128],
  // More rows than stay near, and blocks that no turn fills.
  [17, 101, 512],
])('%i rows against %i rows of %i numbers', (xRows, yRows, columns) => {
  const [x, y] = [random(xRows, columns, 1), random(yRows, columns, 2)];
  const pairs = rowPairs(x, y);
  const row = (m: typeof x, i: number): Float64Array => m.data.subarray(i * columns, (i + 1) * columns);
  const expected = (i: number, j: number, parts: 2 | 4, term: (a: number, b: number) => number): number =>
    inParts(
      Array.from(row(x, i), (a, k) => term(a, row(y, j)[k] as number)),
      parts,
    );

  it('give squared distances to the bit, of any rows at once, from any row on', () => {
    for (const count of new Set([1, Math.min(xRows, MOST_ROWS)]))
      for (const first of new Set([0, xRows - count]))
        for (const from of new Set([0, yRows >> 1, yRows - 1, yRows])) {
          const distances = pairs.squaredDistances(first, count, from).map((row) => row.slice());
          for (let r = 0; r < count; r++)
            for (let j = from; j < yRows; j++)
              expect(distances[r]?.[j]).toBe(expected(first + r, j, 2, (a, b) => (a - b) ** 2));
        }
    expect(() => pairs.squaredDistances(0, xRows + 1)).toThrow(RangeError);
  });

  it('give dot products to the bit, from any row on', () => {
    for (let i = 0; i < Math.min(xRows, 3); i++)
      for (let from = 0; from <= Math.min(yRows, 17); from++) {
        const dots = Array.from(pairs.dots(i, from)).slice(from);
        for (let j = from; j < yRows; j++) expect(dots[j - from]).toBe(expected(i, j, 4, (a, b) => a * b));
      }
  });
});

it('refuses rows of different lengths, or of one that the partial sums do not fill', () => {
  expect(() => rowPairs(random(2, 4, 1), random(2, 8, 2))).toThrow(RangeError);
  expect(() => rowPairs(random(2, 6, 1), random(2, 6, 2))).toThrow(RangeError);
});

describe('sums of chosen elements', () => {
  const values = random(2, 50, 3).data;
  // Of every length up to three fours and a rest, in no order.
  const lists = Array.from({ length: 16 }, (_, n) => Uint32Array.from({ length: n }, (_, i) => (i * 37 + n) % 50));
  /** A rest of up to three goes to the first partial sum. */
  const expected = (chosen: readonly number[]): number => {
    const whole = chosen.length - (chosen.length % 4);
    const sums = [0, 1, 2, 3].map((p) =>
      chosen.slice(0, whole).reduce((sum, v, k) => (k % 4 === p ? sum + v : sum), 0),
    );
    const [s0, s1, s2, s3] = sums as [number, number, number, number];
    return chosen.slice(whole).reduce((sum, v) => sum + v, s0) + s1 + (s2 + s3);
  };

  it('of one row, from any place on, have the bits of their order', () => {
    const one = chosenSums(1, 50, lists);
    one.values.set(values.subarray(0, 50));
    lists.forEach((list, n) => {
      for (let from = 0; from <= list.length + 1; from++) {
        const chosen = Array.from(list.slice(from), (position) => values[position] as number);
        expect(Array.from(one.sums(n, from))).toEqual([expected(chosen)]);
      }
    });
  });

  it('of two rows at once are those of each', () => {
    const two = chosenSums(2, 50, lists);
    for (let i = 0; i < 50; i++) for (const r of [0, 1]) two.values[2 * i + r] = values[50 * r + i] as number;
    lists.forEach((list, n) => {
      const of = (r: number): number => expected(Array.from(list, (position) => values[50 * r + position] as number));
      expect(Array.from(two.sums(n))).toEqual([of(0), of(1)]);
    });
  });

  it('refuse elements that the row does not have', () => {
    expect(() => chosenSums(1, 50, [Uint32Array.of(50)])).toThrow('element 50 of 50');
  });
});
