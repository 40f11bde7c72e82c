import { expect, it } from 'vitest';
import { evaluateExpression } from '../../test/evaluate-expression.ts';
import { encodingLoss } from './update-encoder.ts';

it.each([
  // z ≡ 0 and z = ±1 reach the least that the terms of z can be, which is 1.
  [[0, 0, 0, 0], 1],
  [[1, -1, 1, -1], 1],
  [[2, 0, 2, 0], 2 + Math.sqrt((9 + 1) / 2)],
  // The second and fourth moments of N(0, 1), 1 and 3.
  [[Math.sqrt(3), 0, 0, -Math.sqrt(3), 0, 0], 1 + Math.SQRT2],
])('the encoding loss of z = %j with a perfect image is %d', (latents, expected) => {
  const image = { shape: [2, 1, 1, 1], data: [0.5, -0.5] };
  const { loss } = evaluateExpression(
    { reals: image, decoded: image, latents: { shape: [2, latents.length / 2], data: latents } },
    (given) => ({ loss: encodingLoss(given) }),
  );
  expect(loss[0]).toBeCloseTo(expected, 6);
});

it('an image that is off by d on average adds d²', () => {
  const { loss } = evaluateExpression(
    {
      reals: { shape: [2, 1, 1, 1], data: [0.5, -0.5] },
      decoded: { shape: [2, 1, 1, 1], data: [0, 0] },
      latents: { shape: [2, 1], data: [1, 1] },
    },
    (given) => ({ loss: encodingLoss(given) }),
  );
  expect(loss[0]).toBeCloseTo(1 + 0.25, 6);
});
