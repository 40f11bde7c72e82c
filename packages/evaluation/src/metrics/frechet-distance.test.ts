import { describe, expect, it } from 'vitest';
import { gauss, mapped } from '../../test/reference-inputs.ts';
import { type FeatureMatrix, featureMatrix } from './feature-matrix.ts';
import { frechetDistance, gaussianFit } from './frechet-distance.ts';

const distance = (real: FeatureMatrix, fake: FeatureMatrix): number =>
  frechetDistance({ real: gaussianFit(real), fake: gaussianFit(fake) });

/**
 * Points of the plane with exactly this mean and covariance C = LLᵀ: mean ± √((n − 1)/2)·(columns of L), n = 4.
 */
function exactly(
  [mx, my]: readonly [number, number],
  [[a, c], [, b]]: readonly (readonly [number, number])[] & {
    0: readonly [number, number];
    1: readonly [number, number];
  },
): FeatureMatrix {
  const l11 = Math.sqrt(a);
  const l21 = l11 === 0 ? 0 : c / l11;
  const l22 = Math.sqrt(b - l21 * l21);
  const scale = Math.sqrt(1.5);
  return featureMatrix(
    [
      [scale * l11, scale * l21],
      [-scale * l11, -scale * l21],
      [0, scale * l22],
      [0, -scale * l22],
    ].flatMap(([x = 0, y = 0]) => [mx + x, my + y]),
    2,
  );
}

const UNIT = [
  [1, 0],
  [0, 1],
] as const;

describe('the Fréchet distance', () => {
  it.each([
    { name: 'a shift (3, 4)', shift: [3, 4], c1: UNIT, c2: UNIT, expected: 25 },
    {
      name: 'fourfold variance',
      shift: [0, 0],
      c1: UNIT,
      c2: [
        [4, 0],
        [0, 4],
      ],
      expected: 2,
    },
    {
      name: 'correlations +.5 and −.5',
      shift: [0, 0],
      c1: [
        [1, 0.5],
        [0.5, 1],
      ],
      c2: [
        [1, -0.5],
        [-0.5, 1],
      ],
      expected: 4 - 4 * Math.sqrt(0.75),
    },
    {
      name: 'covariances that do not commute',
      shift: [1, -1],
      c1: [
        [2, 0.5],
        [0.5, 1],
      ],
      c2: [
        [1, -0.3],
        [-0.3, 2],
      ],
      expected: 2.575425893305,
    },
    {
      name: 'singular covariances',
      shift: [0, 0],
      c1: [
        [1, 0],
        [0, 0],
      ],
      c2: [
        [0, 0],
        [0, 1],
      ],
      expected: 2,
    },
  ] as const)('of $name is $expected', ({ shift, c1, c2, expected }) => {
    expect(distance(exactly([0, 0], c1), exactly(shift, c2))).toBeCloseTo(expected, 11);
  });

  it('of commuting covariances is the sum of (√a − √b)²', () => {
    const found = distance(
      exactly(
        [0, 0],
        [
          [9, 0],
          [0, 0.25],
        ],
      ),
      exactly(
        [0, 0],
        [
          [4, 0],
          [0, 16],
        ],
      ),
    );
    expect(found).toBeCloseTo(1 + 3.5 ** 2, 11);
  });

  it('of two samples in three dimensions needs no full rank', () => {
    const first = featureMatrix([1, 0, 0, -1, 0, 0], 3);
    expect(distance(first, featureMatrix([0, 1, 0, 0, -1, 0], 3))).toBeCloseTo(4, 12);
    expect(distance(first, featureMatrix([2, 0, 0, -2, 0, 0], 3))).toBeCloseTo(2, 12);
  });

  it('is the same whether a side has more or fewer samples than dimensions', () => {
    // A set taken twice has the covariance of the set times 2(n − 1)/(2n − 1), and more rows than columns.
    const few = gauss(31, 6, 8);
    const other = gauss(32, 40, 8);
    const twice = featureMatrix([...few.data, ...few.data], 8);
    const mean = (column: number): number =>
      Array.from({ length: 6 }, (_, i) => few.data[i * 8 + column] ?? 0).reduce((sum, z) => sum + z, 0) / 6;
    const factor = Math.sqrt((2 * 5) / 11);
    const shrunk = featureMatrix(
      Array.from(few.data, (z, i) => mean(i % 8) + factor * (z - mean(i % 8))),
      8,
    );
    expect(distance(twice, other)).toBeCloseTo(distance(shrunk, other), 10);
  });

  it('is zero for a set with itself and unchanged by permuting rows or columns', () => {
    const x = gauss(41, 60, 5);
    const y = mapped(gauss(42, 50, 5), (z) => 1.3 * z + 0.2);
    const rows = featureMatrix(
      Array.from({ length: 50 }, (_, i) =>
        Array.from(y.data.subarray(((i * 7) % 50) * 5, ((i * 7) % 50) * 5 + 5)),
      ).flat(),
      5,
    );
    const columns = (m: FeatureMatrix): FeatureMatrix =>
      featureMatrix(
        Array.from(m.data, (_, i) => m.data[i - (i % 5) + ((i + 2) % 5)] ?? 0),
        5,
      );
    expect(distance(x, x)).toBeLessThan(1e-12);
    expect(distance(x, rows)).toBeCloseTo(distance(x, y), 11);
    expect(distance(columns(x), columns(y))).toBeCloseTo(distance(x, y), 11);
    expect(distance(y, x)).toBeCloseTo(distance(x, y), 11);
  });

  it('rises with added noise and with dropped classes', () => {
    const x = gauss(51, 500, 4);
    const noise = gauss(52, 500, 4);
    const noisy = [0.2, 0.5, 1, 2].map((sigma) =>
      distance(
        x,
        featureMatrix(
          Array.from(x.data, (z, i) => z + sigma * (noise.data[i] ?? 0)),
          4,
        ),
      ),
    );
    expect(noisy).toEqual(noisy.toSorted((a, b) => a - b));
    expect(noisy[0]).toBeGreaterThan(0.001);
    // Four classes, each shifted along an axis of its own; with `kept` of them the rows are shared out anew.
    const classes = (kept: number): FeatureMatrix =>
      featureMatrix(
        Array.from(x.data, (z, i) => z + (Math.floor(i / 4) % kept === i % 4 ? 5 : 0)),
        4,
      );
    const dropped = [4, 3, 2, 1].map((kept) => distance(classes(4), classes(kept)));
    expect(dropped).toEqual(dropped.toSorted((a, b) => a - b));
  });

  it('refuses one sample, other dimensions and values that are not finite', () => {
    expect(() => gaussianFit(featureMatrix([1, 2], 2))).toThrow(RangeError);
    expect(() => distance(gauss(1, 10, 2), gauss(1, 10, 3))).toThrow(RangeError);
    expect(() => featureMatrix([1, Number.NaN, 3, 4], 2)).toThrow('sample 0 has the feature NaN');
  });
});
