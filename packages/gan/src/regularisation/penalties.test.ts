import { expand, matMul, mul, reshape, slice, square, sum } from '@gansweep/program';
import { expect, it } from 'vitest';
import { evaluateExpression } from '../../test/evaluate-expression.ts';
import { gradientEnergy, pathLengths } from './penalties.ts';

it('R1 of a linear D is the squared length of its slope, whatever the samples', () => {
  const { energy } = evaluateExpression(
    { x: { shape: [3, 2], data: [1, 2, 3, 4, 5, 6] }, w: { shape: [2, 1], data: [3, 4] } },
    ({ x, w }) => ({ energy: gradientEnergy(matMul(x, w), x) }),
  );
  expect(energy[0]).toBeCloseTo(25, 9);
});

it('R1 is the mean over samples of the squared length at each', () => {
  // D = ½|x|² has slope x.
  const { energy } = evaluateExpression({ x: { shape: [2, 2], data: [3, 4, 0, 1] } }, ({ x }) => ({
    energy: gradientEnergy(mul(sum(square(x), [1], { keepDims: true }), 0.5), x),
  }));
  expect(energy[0]).toBeCloseTo((25 + 1) / 2, 9);
});

it('path lengths are those of a linear image, and the mean moves by a hundredth towards theirs', () => {
  // One pixel, twice the style of layer 0 less that of layer 1; y = 3: slopes 6 and −3, mean square over layers 22.5.
  const { length, penalty, average } = evaluateExpression(
    {
      styles: { shape: [1, 2, 1], data: [5, 7] },
      weights: { shape: [1, 2, 1], data: [2, -1] },
      y: { shape: [1, 1, 1, 1], data: [3] },
      before: { shape: [1], data: [2] },
    },
    ({ styles, weights, y, before }) => {
      const images = reshape(sum(mul(expand(weights, [1, 2, 1]), slice(styles, 1, 0, 2)), [1, 2]), [1, 1, 1, 1]);
      return pathLengths({ images, styles }, { directions: y, average: before });
    },
  );
  const expected = Math.sqrt(22.5);
  const moved = 2 + 0.01 * (expected - 2);
  expect(length[0]).toBeCloseTo(expected, 6);
  expect(average[0]).toBeCloseTo(moved, 6);
  expect(penalty[0]).toBeCloseTo((expected - moved) ** 2, 6);
});
