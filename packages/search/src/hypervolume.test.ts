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

  it('of two objectives is the base of a prism of three', () => {
    const points = Array.from({ length: 40 }, (_, i) => [(i * 17) % 23, (i * 29) % 31]);
    const prism = points.map((point) => [...point, 3]);
    expect(hypervolume(points, [20, 25])).toBe(hypervolume(prism, [20, 25, 4]));
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
