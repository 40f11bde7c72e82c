import { describe, expect, it } from 'vitest';
import { describeProgram } from './describe-program.ts';
import { gradients } from './differentiate.ts';
import { add, div, mul, neg, stopGradient, sub } from './primitives/elementwise.ts';
import { expand, reshape, sum, transpose } from './primitives/layout.ts';
import { mean } from './primitives/selection.ts';
import type { Sym } from './symbolic.ts';
import { traceProgram } from './trace.ts';

function primitivesOf(result: (x: Sym) => Sym): readonly string[] {
  return traceProgram((t) => ({ outputs: { y: result(t.input('x', [2, 3])) } })).nodes.map((node) => node.primitive);
}

const slopeOf = (of: Sym, by: Sym): Sym => gradients(of, [by])[0] as Sym;

describe('simplify', () => {
  const cases: readonly (readonly [string, (x: Sym) => Sym, readonly string[]])[] = [
    ['folds arithmetic of constants', (x) => mul(x, slopeOf(mean(x, [0, 1]), x)), ['input', 'constant', 'mul']],
    [
      'does not fold to what float32 cannot hold, so that an overflow happens where it would have',
      (x) => slopeOf(mul(mul(sum(x, [0, 1]), 1e30), 1e30), x),
      ['input', 'constant', 'constant', 'mul', 'reshape', 'expand'],
    ],
    ['takes x + 0, x · 1 and x / 1 as x', (x) => neg(div(mul(add(sub(x, 0), 0), 1), 1)), ['input', 'neg']],
    ['drops −(−x) and stopped gradients', (x) => transpose(stopGradient(neg(neg(x))), [1, 0]), ['input', 'transpose']],
    ['joins reshapes', (x) => neg(reshape(reshape(x, [3, 2]), [6])), ['input', 'reshape', 'neg']],
    ['drops a reshape back to the shape that was', (x) => neg(reshape(reshape(x, [6]), [2, 3])), ['input', 'neg']],
    ['leaves expansion to broadcasting', (x) => mul(x, expand(sum(x, [0]), [2, 3])), ['input', 'sum', 'mul']],
    ['makes equal nodes once', (x) => add(neg(x), neg(x)), ['input', 'neg', 'add']],
    [
      'keeps an expansion that makes the shape',
      (x) => add(expand(reshape(x, [1, 2, 3]), [4, 2, 3]), 1),
      ['input', 'reshape', 'expand', 'constant', 'add'],
    ],
  ];
  it.each(cases)('%s', (_, result, expected) => {
    expect(primitivesOf(result)).toEqual(expected);
  });

  it('drops what nothing needs, but keeps every input and state', () => {
    const program = traceProgram((t) => {
      const [x] = [t.input('x', [2]), t.input('unused', [3]), t.state('idle', [4])];
      neg(x as Sym);
      return { outputs: { y: add(x as Sym, 1) } };
    });
    expect(describeProgram(program).split('\n')).toEqual([
      '%0 = input x() float32[2] 8 B 0 flop',
      '%1 = input unused() float32[3] 12 B 0 flop',
      '%2 = state idle() float32[4] 16 B 0 flop',
      '%3 = constant() {value: 1} float32[] 4 B 0 flop',
      '%4 = add(%0, %3) float32[2] 8 B 2 flop',
      'state idle ← %2',
      'output y = %4',
      '5 nodes, 2 flop a step, 16 bytes of state, 8 bytes live at most',
    ]);
  });
});
