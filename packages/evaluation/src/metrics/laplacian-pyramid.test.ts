import { describe, expect, it } from 'vitest';
import { laplacianPyramid, pyramidSides } from './laplacian-pyramid.ts';

const side = 32;
const picture = {
  height: side,
  width: side,
  data: Float64Array.from({ length: side * side }, (_, i) => {
    const [x, y] = [i % side, Math.floor(i / side)];
    return (7 * y + 3 * x * x + ((x * y) % 5) * 11) % 256;
  }),
};

describe('the Laplacian pyramid', () => {
  it('has the values of SciPy 1.17 with the mirrored 5×5 filter of the reference code', () => {
    const [fine, small] = laplacianPyramid(picture, 16);
    if (!fine || !small) throw new Error('two levels are wanted');
    const at = (plane: typeof fine, y: number, x: number): number => plane.data[y * plane.width + x] ?? Number.NaN;
    expect([at(fine, 0, 0), at(fine, 0, 31), at(fine, 13, 7), at(fine, 31, 31)]).toEqual([
      -23.774169921875, -42.080078125, 111.3525390625, -58.640625,
    ]);
    expect(fine.data.reduce((sum, value) => sum + value * value, 0)).toBeCloseTo(4288749.76978242, 6);
    expect([at(small, 0, 0), at(small, 15, 15), at(small, 6, 9)]).toEqual([14.4375, 97.640625, 128.75]);
    expect(small.data.reduce((sum, value) => sum + value, 0)).toBeCloseTo(33073.546875, 8);
  });

  it('goes down to the smallest side and not below, and keeps a constant in its last level alone', () => {
    expect(laplacianPyramid(picture, 16).map(({ width }) => width)).toEqual([32, 16]);
    expect(pyramidSides(128, 16)).toEqual([128, 64, 32, 16]);
    expect(pyramidSides(28, 16)).toEqual([28]);
    expect(pyramidSides(50, 16)).toEqual([50, 25]);
    const flat = { height: 32, width: 32, data: new Float64Array(1024).fill(5) };
    const [fine, small] = laplacianPyramid(flat, 16);
    expect(fine?.data.every((value) => Math.abs(value) < 1e-12)).toBe(true);
    expect(small?.data.every((value) => Math.abs(value - 5) < 1e-12)).toBe(true);
  });
});
