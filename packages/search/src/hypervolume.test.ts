import { describe, expect, it } from 'vitest';
import { hypervolume, hypervolumeContributions } from './hypervolume.ts';

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
});
