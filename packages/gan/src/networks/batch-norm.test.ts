import { describe, expect, it } from 'vitest';
import { evaluateExpression } from '../../test/evaluate-expression.ts';
import { batchNorm } from './batch-norm.ts';

// Two channels of two images of 1×2 pixels: channel 0 is 1 2 3 6 (mean 3, biased variance 3.5, unbiased 14/3),
// channel 1 is 0 0 4 4 (mean 2, biased 4, unbiased 16/3).
const X = { shape: [2, 2, 1, 2], data: [1, 2, 0, 0, 3, 6, 4, 4] };
/** The same channels without pixels. */
const ROWS = { shape: [4, 2], data: [1, 0, 2, 0, 3, 4, 6, 4] };

function norm(mode: 'train' | 'sample', x = X) {
  return evaluateExpression(
    {
      x,
      scale: { shape: [2], data: [2, 1] },
      bias: { shape: [2], data: [0, -1] },
      mean: { shape: [2], data: [1, 0] },
      variance: { shape: [2], data: [1, 3] },
    },
    ({ x, scale, bias, mean, variance }) => {
      const { output, statistics } = batchNorm(
        x,
        {
          input: x,
          parameters: new Map([
            ['n.scale', scale],
            ['n.bias', bias],
          ]),
          statistics: new Map([
            ['n.mean', mean],
            ['n.variance', variance],
          ]),
          mode,
          probe: () => {},
        },
        { name: 'n', epsilon: 1, momentum: 0.25 },
      );
      return {
        output,
        mean2: statistics.get('n.mean') ?? mean,
        variance2: statistics.get('n.variance') ?? variance,
      };
    },
  );
}

const close = (found: readonly number[], expected: readonly number[]): void => {
  expect(found).toHaveLength(expected.length);
  // Constants are rounded to float32 also in the reference.
  found.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i] as number, 6);
  });
};

describe('batch norm', () => {
  it('in training divides by the biased deviation of the batch', () => {
    const a = 2 / Math.sqrt(3.5 + 1);
    const b = 1 / Math.sqrt(4 + 1);
    close(norm('train').output, [-2 * a, -a, -2 * b - 1, -2 * b - 1, 0, 3 * a, 2 * b - 1, 2 * b - 1]);
  });

  it('in training moves the running statistics by the mean and the unbiased variance of the batch', () => {
    const { mean2, variance2 } = norm('train');
    close(mean2, [0.75 * 1 + 0.25 * 3, 0.25 * 2]);
    close(variance2, [0.75 * 1 + (0.25 * 14) / 3, 0.75 * 3 + (0.25 * 16) / 3]);
  });

  it('in sampling uses the running statistics and leaves them', () => {
    const { output, mean2, variance2 } = norm('sample');
    const a = 2 / Math.sqrt(1 + 1);
    const b = 1 / Math.sqrt(3 + 1);
    close(output, [0, a, -1, -1, 2 * a, 5 * a, 4 * b - 1, 4 * b - 1]);
    expect([mean2, variance2]).toEqual([
      [1, 0],
      [1, 3],
    ]);
  });

  it('of features without pixels goes over the batch', () => {
    for (const mode of ['train', 'sample'] as const) {
      const [maps, rows] = [norm(mode), norm(mode, ROWS)];
      close(rows.mean2, maps.mean2);
      close(rows.variance2, maps.variance2);
      // Elements of X by their place in ROWS.
      close(
        rows.output,
        [0, 2, 1, 3, 4, 6, 5, 7].map((i) => maps.output[i] as number),
      );
    }
  });
});
