import { normalQuantile } from '@gansweep/domain';
import { describe, expect, it } from 'vitest';
import { gauss, mapped } from '../../test/reference-inputs.ts';
import { type FeatureMatrix, featureMatrix, rowDot } from './feature-matrix.ts';
import { kernelDistance, kernelTable } from './kernel-distance.ts';

/** Every position of 50 but one. */
const y49 = Uint32Array.from({ length: 49 }, (_, i) => i + 1);

interface Settings {
  subsets?: number;
  subsetSize?: number;
  seed?: number;
}

const distance = (real: FeatureMatrix, fake: FeatureMatrix, settings: Settings = {}) => {
  const { subsets = 1, subsetSize = 1000, seed = 1 } = settings;
  return kernelDistance({
    realReal: kernelTable(real, real),
    fakeFake: kernelTable(fake, fake),
    realFake: kernelTable(real, fake),
    subsets,
    subsetSize,
    seed,
  });
};

describe('the kernel distance', () => {
  it('of three points a side is the value worked out by hand', () => {
    // Ordered off-diagonal sums 15.5 and 18, cross sum 38.5: 15.5/6 + 18/6 − 2·38.5/9.
    const found = distance(featureMatrix([1, 0, 0, 1, 1, 1], 2), featureMatrix([2, 0, 0, 2, 1, -1], 2));
    expect(found.mean).toBeCloseTo(-2.9722222222222223, 12);
    expect(found).toMatchObject({ deviation: 0, subsets: 1, subsetSize: 3 });
  });

  it('of N(0, 1) and N(1, 1) is the population value 22', () => {
    // Even quantiles of the normal law stand for the population.
    const n = 2_000;
    const quantiles = Array.from({ length: n }, (_, i) => normalQuantile((i + 0.5) / n));
    const found = distance(
      featureMatrix(quantiles, 1),
      featureMatrix(
        quantiles.map((z) => z + 1),
        1,
      ),
      {
        subsetSize: n,
      },
    );
    expect(Math.abs(found.mean / 22 - 1)).toBeLessThan(0.01);
  });

  it('of two halves of one law is zero within its deviation over subsets', () => {
    const { mean, deviation } = distance(gauss(61, 400, 6), gauss(62, 400, 6), { subsets: 50, subsetSize: 100 });
    expect(deviation).toBeGreaterThan(0);
    expect(Math.abs(mean)).toBeLessThan(deviation);
  });

  it('averages the unbiased estimate over seeded subsets without replacement', () => {
    const [x, y] = [gauss(63, 30, 3), mapped(gauss(64, 30, 3), (z) => z + 0.5)];
    const many = distance(x, y, { subsets: 400, subsetSize: 10 });
    const whole = distance(x, y);
    expect(Math.abs(many.mean - whole.mean)).toBeLessThan((4 * many.deviation) / Math.sqrt(400));
    expect(many.subsetSize).toBe(10);
    expect(distance(x, y, { subsets: 5, subsetSize: 10 })).toEqual(distance(x, y, { subsets: 5, subsetSize: 10 }));
    expect(distance(x, y, { subsets: 5, subsetSize: 10, seed: 2 }).mean).not.toBe(
      distance(x, y, { subsets: 5, subsetSize: 10 }).mean,
    );
    // All 30 of 30 without replacement: every subset is the whole set.
    expect(distance(x, y, { subsets: 3, subsetSize: 1000 }).deviation).toBeLessThan(1e-12);
  });

  it.each([
    ['a multiple of four columns, which vector instructions see', 8],
    ['other columns', 7],
  ])('adds kernel values row after row, four partial sums a row, to the last bit: %s', (_, columns) => {
    const [x, y] = [gauss(65, 61, columns), gauss(66, 50, columns)];
    const kernel = (a: FeatureMatrix, i: number, b: FeatureMatrix, j: number): number => {
      const base = rowDot(a, i, b, j) / columns + 1;
      return base * base * base;
    };
    const rowSum = (values: readonly number[]): number => {
      const whole = values.length - (values.length % 4);
      const s = [0, 0, 0, 0];
      values.forEach((value, k) => {
        const part = k < whole ? k % 4 : 0;
        s[part] = (s[part] as number) + value;
      });
      return (s[0] as number) + (s[1] as number) + ((s[2] as number) + (s[3] as number));
    };
    // Rows that stand alone, in pairs, at the end, and a choice of none.
    const rows = [
      Uint32Array.of(0, 1, 5, 8, 9, 10, 60),
      Uint32Array.of(3),
      Uint32Array.of(),
      Uint32Array.of(7, 58, 60),
    ];
    const columnChoices = [Uint32Array.of(0, 3, 4, 9, 30, 31, 49), Uint32Array.of(1, 2), Uint32Array.of(5), y49];
    const choices = rows.map((chosen, c) => ({ rows: chosen, columns: columnChoices[c] as Uint32Array }));
    const sums = choices.map(({ rows: r, columns: c }) =>
      [...r].reduce((total, i) => total + rowSum([...c].map((j) => kernel(x, i, y, j))), 0),
    );
    expect(Array.from(kernelTable(x, y).sums(choices))).toEqual(sums);
    const table = kernelTable(x, x);
    const offDiagonal = rows.map(
      (chosen) =>
        2 *
        [...chosen].reduce(
          (total, i, place) => total + rowSum([...chosen.subarray(place + 1)].map((j) => kernel(x, i, x, j))),
          0,
        ),
    );
    expect(Array.from(table.offDiagonalSums(rows))).toEqual(offDiagonal);
    expect(Array.from(table.offDiagonalSums(rows.slice(1)))).toEqual(offDiagonal.slice(1));
  });

  it('is unchanged by permuting rows or columns and by swapping the sides', () => {
    const [x, y] = [gauss(67, 40, 5), mapped(gauss(68, 40, 5), (z) => 1.2 * z)];
    const permuted = (m: FeatureMatrix): FeatureMatrix =>
      featureMatrix(
        Array.from(m.data, (_, i) => {
          const [row, column] = [(Math.floor(i / 5) * 7) % 40, (i + 3) % 5];
          return m.data[row * 5 + column] ?? 0;
        }),
        5,
      );
    expect(distance(permuted(x), permuted(y)).mean).toBeCloseTo(distance(x, y).mean, 12);
    expect(distance(y, x).mean).toBeCloseTo(distance(x, y).mean, 12);
  });

  it('rises with added noise', () => {
    const [x, other, noise] = [gauss(69, 300, 4), gauss(70, 300, 4), gauss(71, 300, 4)];
    const noisy = [0, 0.5, 1, 2].map(
      (sigma) =>
        distance(
          x,
          featureMatrix(
            Array.from(other.data, (z, i) => z + sigma * (noise.data[i] ?? 0)),
            4,
          ),
        ).mean,
    );
    expect(noisy).toEqual(noisy.toSorted((a, b) => a - b));
  });

  it('refuses sets that are too small or of other dimensions', () => {
    expect(() => distance(gauss(1, 1, 2), gauss(1, 9, 2))).toThrow(RangeError);
    expect(() => kernelTable(gauss(1, 5, 2), gauss(1, 5, 3))).toThrow(RangeError);
  });
});
