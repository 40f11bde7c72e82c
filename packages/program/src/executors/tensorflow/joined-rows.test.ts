import { describe, expect, it } from 'vitest';
import { gradients } from '../../differentiate.ts';
import { matMul } from '../../primitives/contraction.ts';
import { add, leakyRelu, relu, square } from '../../primitives/elementwise.ts';
import { sum } from '../../primitives/layout.ts';
import type { Program } from '../../program.ts';
import { sizeOf } from '../../shape.ts';
import type { Sym } from '../../symbolic.ts';
import { traceProgram } from '../../trace.ts';
import { referenceExecutor } from '../reference/reference-executor.ts';
import { joinedRows } from './joined-rows.ts';

const ROWS = 3;

/** Values of all outputs of one step, by the reference executor. */
async function outputsOf(program: Program): Promise<Readonly<Record<string, ArrayLike<number>>>> {
  await using loaded = await referenceExecutor().load(program);
  const values = program.inputs.map(({ name, shape }, k) => [
    name,
    Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(1 + i + 7 * k)),
  ]);
  return await loaded.run(Object.fromEntries(values), 1);
}

const productsOf = ({ nodes }: Program): number => nodes.filter(({ primitive }) => primitive === 'matMul').length;

describe('joinedRows', () => {
  /** A critic of two batches, whose gradients are added; the second batch comes of a generator. */
  const critic = traceProgram((tracer) => {
    const input = (name: string, shape: readonly number[]): Sym => tracer.input(name, shape);
    const [first, second, bias, last] = [input('w', [2, 8]), input('u', [8, 8]), input('b', [8]), input('v', [8, 1])];
    const score = (x: Sym): Sym => {
      const hidden = relu(add(matMul(x, first), bias));
      return matMul(leakyRelu(matMul(hidden, second), 0.2), last);
    };
    const [real, fake] = [
      score(input('real', [ROWS, 2])),
      score(matMul(input('noise', [ROWS, 2]), input('g', [2, 2]))),
    ];
    const loss = add(sum(square(add(real, -1)), [0, 1]), sum(square(fake), [0, 1]));
    const [dFirst, dSecond, dBias, dLast] = gradients(loss, [first, second, bias, last]) as [Sym, Sym, Sym, Sym];
    return { outputs: { loss, ofReals: real, ofFakes: fake, dFirst, dSecond, dBias, dLast } };
  });

  it('passes two batches that share layers as one, and gives what they give apart', async () => {
    const together = joinedRows(critic);
    // G's product stays; three layers forwards, and backwards three of weights and two of rows, are one product each.
    expect([productsOf(critic), productsOf(together)]).toEqual([17, 9]);
    const [expected, found] = await Promise.all([outputsOf(critic), outputsOf(together)]);
    for (const { name } of critic.outputs) {
      const values = Array.from(found[name] as ArrayLike<number>);
      expect(values, name).toHaveLength((expected[name] as ArrayLike<number>).length);
      for (const [i, value] of values.entries()) expect(value).toBeCloseTo(expected[name]?.[i] as number, 5);
    }
  });

  it('leaves batches apart of which one follows from the other, and those whose gradients nobody adds', () => {
    const apart = traceProgram((tracer) => {
      const [w, x, y] = [tracer.input('w', [2, 8]), tracer.input('x', [ROWS, 2]), tracer.input('y', [ROWS, 2])];
      return { outputs: { a: relu(matMul(x, w)), b: relu(matMul(y, w)) } };
    });
    expect(joinedRows(apart)).toBe(apart);
    const chained = traceProgram((tracer) => {
      const [w, v] = [tracer.input('w', [2, 8]), tracer.input('v', [8, 1])];
      const score = (x: Sym): Sym => matMul(relu(matMul(x, w)), v);
      const once = score(tracer.input('x', [ROWS, 2]));
      const twice = score(matMul(once, tracer.input('n', [1, 2])));
      const [dW] = gradients(sum(square(twice), [0, 1]), [w]) as [Sym];
      return { outputs: { dW } };
    });
    expect(joinedRows(chained)).toBe(chained);
  });

  it('leaves a program as it is where each of two pairs of batches needs the other one first', () => {
    /** x passes first and then second, y second and then first: each layer could take both, but not both layers. */
    const crossed = (only: 'first' | 'both'): Program =>
      traceProgram((tracer) => {
        const input = (name: string, shape: readonly number[]): Sym => tracer.input(name, shape);
        const [first, second] = [input('w', [2, 8]), input('v', [8, 32])];
        const early = matMul(input('x', [ROWS, 2]), first);
        const late = matMul(relu(early), second);
        const earlyOfY = matMul(input('y', [ROWS, 8]), second);
        const lateOfY = matMul(matMul(earlyOfY, input('n', [32, 2])), first);
        const rowsOf = (a: Sym, b: Sym): Sym => add(sum(a, [0]), sum(b, [0]));
        const ofFirst = rowsOf(early, lateOfY);
        return { outputs: only === 'first' ? { ofFirst } : { ofFirst, ofSecond: rowsOf(late, earlyOfY) } };
      });
    const [oneLayer, bothLayers] = [crossed('first'), crossed('both')];
    expect([productsOf(oneLayer), productsOf(joinedRows(oneLayer))]).toEqual([4, 3]);
    expect(joinedRows(bothLayers)).toBe(bothLayers);
  });
});
