import { matMul, mul, square, sum } from '@gansweep/program';
import { expect, it } from 'vitest';
import { evaluateExpression } from '../../test/evaluate-expression.ts';
import { between, gradientPenalty } from './gradient-penalty.ts';

it('mixes a real and a fake by each sample’s own share', () => {
  const { mixed } = evaluateExpression(
    {
      real: { shape: [2, 2], data: [1, 2, 3, 4] },
      fake: { shape: [2, 2], data: [-1, 0, 1, 0] },
      shares: { shape: [2], data: [1, 0.25] },
    },
    ({ real, fake, shares }) => ({ mixed: between({ real, fake, shares }) }),
  );
  expect(mixed).toEqual([1, 2, 1.5, 1]);
});

it('of a linear D is the squared distance of its slope from 1, whatever the samples', () => {
  const { penalty } = evaluateExpression(
    { x: { shape: [3, 2], data: [1, 2, 3, 4, 5, 6] }, w: { shape: [2, 1], data: [3, 4] } },
    ({ x, w }) => ({ penalty: gradientPenalty(matMul(x, w), x) }),
  );
  expect(penalty[0]).toBeCloseTo(16, 9);
});

it('takes the norm over each sample by itself', () => {
  // D = ½|x|² has slope x: norms 5 and 1, so (16 + 0) / 2.
  const { penalty } = evaluateExpression({ x: { shape: [2, 2], data: [3, 4, 0, 1] } }, ({ x }) => ({
    penalty: gradientPenalty(mul(sum(square(x), [1], { keepDims: true }), 0.5), x),
  }));
  expect(penalty[0]).toBeCloseTo(8, 9);
});
