import { mul, reshape, type Sym, sum } from '@gansweep/program';
import { describe, expect, it } from 'vitest';
import { evaluateExpression } from '../../test/evaluate-expression.ts';
import { weightsOf } from './spectral-norm.ts';

const ROWS = 3;
const INSIDE = [2, 2, 1];
/** A kernel `[3, 2, 2, 1]` that is the matrix diag(5, −2, .5) beside a column of zeros. */
const KERNEL = [5, 0, 0, 0, 0, -2, 0, 0, 0, 0, 0.5, 0];

function divided(passes: number, mode: 'train' | 'sample', start: readonly number[]) {
  return evaluateExpression(
    {
      weight: { shape: [ROWS, ...INSIDE], data: KERNEL },
      direction: { shape: [ROWS], data: start },
    },
    (given) => {
      let direction: Sym = given.direction;
      let out: Sym = given.weight;
      for (let i = 0; i < passes; i++) {
        const weights = weightsOf(
          {
            input: given.weight,
            parameters: new Map([['conv.weight', given.weight]]),
            statistics: new Map([['conv.weight.direction', direction]]),
            mode,
            probe: () => {},
          },
          { spectral: true },
        );
        out = weights.named('conv.weight');
        direction = weights.statistics.get('conv.weight.direction') as Sym;
      }
      return { moved: direction, length: sum(mul(direction, direction), [0]), flat: reshape(out, [ROWS * 4]) };
    },
  );
}

describe('spectral norm', () => {
  it('comes to divide a weight by its largest singular value', () => {
    const { flat, moved, length } = divided(12, 'train', [0.3, 0.9, -0.4]);
    flat.forEach((x, i) => {
      expect(x).toBeCloseTo((KERNEL[i] as number) / 5, 9);
    });
    expect(Math.abs(moved[0] as number)).toBeCloseTo(1, 6);
    expect(length[0]).toBeCloseTo(1, 9);
  });

  it('goes one step a training pass, and none when samples are drawn', () => {
    const start = [0.6, 0.8, 0];
    expect(divided(1, 'sample', start).moved).toEqual([expect.closeTo(0.6, 9), expect.closeTo(0.8, 9), 0]);
    // u ∝ W Wᵀ u: 25·.6 and 4·.8.
    const size = Math.hypot(15, 3.2);
    expect(divided(1, 'train', start).moved).toEqual([expect.closeTo(15 / size, 9), expect.closeTo(3.2 / size, 9), 0]);
  });
});
