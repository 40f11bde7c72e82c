import { describe, expect, it } from 'vitest';
import { hypervolume, hypervolumeContributions, keepByVolume } from './hypervolume.ts';

describe('the dominated hypervolume', () => {
  it('is a box for one point and a staircase for several', () => {
    expect(hypervolume([[1, 1]], [3, 4])).toBeCloseTo(6, 12);
    expect(
      hypervolume(
        [
          [1, 3],
          [2, 2],
          [3, 1],
        ],
        [4, 4],
      ),
    ).toBeCloseTo(6, 12);
  });

  it('counts overlapping boxes of three objectives once', () => {
    // 2·2·2 and 1·3·1 with an overlap of 1·2·1.
    expect(
      hypervolume(
        [
          [1, 1, 1],
          [2, 0, 2],
        ],
        [3, 3, 3],
      ),
    ).toBeCloseTo(9, 12);
  });

  it('of two objectives is the number of unit squares that some point dominates', () => {
    const points = Array.from({ length: 12 }, (_, i) => [((i + 1) * 17) % 23, ((i + 1) * 29) % 31] as const);
    let squares = 0;
    for (let x = 0; x < 20; x++)
      for (let y = 0; y < 25; y++) if (points.some(([a, b]) => a <= x && b <= y)) squares += 1;
    expect(hypervolume(points, [20, 25])).toBe(squares);
  });

  it('gives what each point alone adds, nothing for one that is dominated or outside', () => {
    const points = [
      [1, 3],
      [3, 1],
      [3, 3.5],
      [5, 0],
    ];
    expect(hypervolumeContributions(points, [4, 4])).toEqual([2, 2, 0, 0]);
  });

  /** Whole coordinates in [0, size), the same every time; some points are dominated, some equal, some outside. */
  const scattered = (count: number, objectives: number, size: number) =>
    Array.from({ length: count }, (_, i) =>
      Array.from({ length: objectives }, (_, k) => Math.floor(size * Math.sin((i + 1) * (k + 3) * 12.9) ** 2)),
    );
  const cubes = (points: readonly (readonly number[])[], objectives: number, size: number): number => {
    let count = 0;
    for (let cell = 0; cell < size ** objectives; cell++)
      if (points.some((point) => point.every((value, k) => value <= Math.floor(cell / size ** k) % size))) count += 1;
    return count;
  };

  it.each([
    [3, 9],
    [4, 6],
  ])(
    'of %i objectives is the number of unit cubes that some point dominates, and what each adds the difference',
    (m, size) => {
      const points = scattered(14, m, size + 2);
      const reference = Array.from({ length: m }, () => size);
      expect(hypervolume(points, reference)).toBe(cubes(points, m, size));
      const without = points.map((_, i) =>
        cubes(
          points.filter((_, j) => j !== i),
          m,
          size,
        ),
      );
      expect(hypervolumeContributions(points, reference)).toEqual(without.map((rest) => cubes(points, m, size) - rest));
    },
  );

  it.each([
    [2, 12],
    [3, 5],
    [4, 3],
  ])('of %i objectives keeps what is left when the least is taken away again and again', (m, sum) => {
    // A front: all points of a sum, in no order, most with several neighbours that share volume with them; one twice.
    const size = sum + 2;
    const front = Array.from({ length: size ** m }, (_, cell) =>
      Array.from({ length: m }, (__, k) => Math.floor(cell / size ** k) % size),
    ).filter((point) => point.reduce((total, value) => total + value, 0) === sum);
    const points = [...front.map((_, i) => front[(i * 17) % front.length] ?? []), front[1] ?? []];
    const reference = Array.from({ length: m }, (_, k) => size + k);
    const left = [...points.keys()];
    for (let count = points.length; count > 0; count--) {
      expect(keepByVolume(points, reference, count)).toEqual(left);
      const adds = hypervolumeContributions(
        left.map((place) => points[place] ?? []),
        reference,
      );
      left.splice(adds.lastIndexOf(Math.min(...adds)), 1);
    }
  });
});
