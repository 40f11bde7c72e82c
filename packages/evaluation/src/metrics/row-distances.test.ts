import { randomStream } from '@gansweep/domain';
import { expect, it } from 'vitest';
import { rowSquaredDistance } from './feature-matrix.ts';
import { rowDistances } from './row-distances.ts';

function random(rows: number, columns: number, draw: number) {
  const data = new Float64Array(rows * columns);
  randomStream(5, 97).normals(draw, data);
  return { rows, columns, data };
}

it.each([4, 7])('has the bits of single distances in whichever order rows of %i numbers are asked for', (columns) => {
  const [x, y] = [random(40, columns, 1), random(30, columns, 2)];
  const distances = rowDistances(x, y);
  // Onwards, further ahead, back, and earlier in a row that was compared from the middle on.
  for (const [i, from] of [
    [0, 17],
    [1, 18],
    [2, 0],
    [39, 0],
    [16, 3],
    [3, 8],
  ] as const) {
    const found = distances(i, from);
    for (let j = from; j < y.rows; j++) expect(found[j]).toBe(rowSquaredDistance(x, i, y, j));
  }
});
