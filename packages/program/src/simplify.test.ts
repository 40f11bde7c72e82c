import { describe, expect, it } from 'vitest';
import { describeProgram } from './describe-program.ts';
import { gradients } from './differentiate.ts';
import { evaluateProgram } from './executors/reference/reference-executor.ts';
import { abs, add, div, exp, greater, mul, neg, stopGradient, sub, where } from './primitives/elementwise.ts';
import { concat, expand, flip, pad, reshape, slice, sum, table, transpose } from './primitives/layout.ts';
import { mean } from './primitives/selection.ts';
import type { Program } from './program.ts';
import { simplify } from './simplify.ts';
import type { Sym } from './symbolic.ts';
import { type Tracer, traceProgram } from './trace.ts';

function primitivesOf(result: (x: Sym) => Sym): readonly string[] {
  return traceProgram((t) => ({ outputs: { y: result(t.input('x', [2, 3])) } })).nodes.map((node) => node.primitive);
}

/** What a body traces, as it stands. */
function unsimplified(body: (t: Tracer) => { readonly outputs: { readonly y: Sym } }): Program {
  let kept: { readonly y: Sym; readonly x: Sym } | null = null;
  const { inputs } = traceProgram((t) => {
    const declared: Sym[] = [];
    const outputs = body({
      ...t,
      input: (...given) => {
        const symbol = t.input(...given);
        declared.push(symbol);
        return symbol;
      },
    }).outputs;
    kept = { y: outputs.y, x: declared[0] as Sym };
    return { outputs };
  });
  const { x, y } = kept as unknown as { readonly y: Sym; readonly x: Sym };
  return {
    states: [],
    inputs: inputs.map((input) => ({ ...input, symbol: x })),
    outputs: [{ name: 'y', shape: y.shape, symbol: y }],
    nodes: y.graph.nodes,
  };
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
    ['makes equal nodes once', (x) => add(exp(x), exp(x)), ['input', 'exp', 'add']],
    [
      'keeps an expansion that makes the shape',
      (x) => add(expand(reshape(x, [1, 2, 3]), [4, 2, 3]), 1),
      ['input', 'reshape', 'expand', 'constant', 'add'],
    ],
    ['drops transposes that cancel', (x) => neg(transpose(transpose(x, [1, 0]), [1, 0])), ['input', 'neg']],
    [
      'joins transposes',
      (x) => transpose(transpose(reshape(x, [2, 3, 1]), [1, 0, 2]), [2, 0, 1]),
      ['input', 'reshape', 'transpose'],
    ],
    [
      'takes a transpose that moves only axes of length 1 as a reshape',
      (x) => transpose(reshape(x, [2, 1, 3]), [1, 0, 2]),
      ['input', 'reshape'],
    ],
    [
      'takes a slice of a concatenation as its part',
      (x) => neg(slice(concat([exp(x), x], 0), 0, 2, 2)),
      ['input', 'neg'],
    ],
    [
      'slices a part of a concatenation alone',
      (x) => slice(concat([exp(x), neg(x)], 1), 1, 4, 2),
      ['input', 'neg', 'slice'],
    ],
    ['joins slices', (x) => slice(slice(x, 1, 1, 2), 1, 1, 1), ['input', 'slice']],
    ['drops a pad that is cut away', (x) => neg(slice(pad(x, 0, 3, 1), 0, 3, 2)), ['input', 'neg']],
    ['joins pads', (x) => pad(pad(x, 1, 1, 2), 1, 0, 3), ['input', 'pad']],
    [
      'puts consecutive slices together as what they were cut from',
      (x) => neg(concat([slice(x, 1, 0, 1), slice(x, 1, 1, 2)], 1)),
      ['input', 'neg'],
    ],
    [
      'leaves slices in another order apart',
      (x) => concat([slice(x, 1, 1, 2), slice(x, 1, 0, 1)], 1),
      ['input', 'slice', 'slice', 'concat'],
    ],
    ['drops flips that cancel', (x) => neg(flip(flip(x, 1), 1)), ['input', 'neg']],
    ['keeps flips of two axes', (x) => flip(flip(x, 1), 0), ['input', 'flip', 'flip']],
    ['takes signs into sums', (x) => add(sub(x, neg(exp(x))), neg(abs(x))), ['input', 'exp', 'add', 'abs', 'sub']],
    ['takes a sum over one element as a reshape', (x) => sum(reshape(x, [2, 1, 3]), [1]), ['input']],
    ['takes both branches that are one', (x) => neg(where(greater(x, 0), x, x)), ['input', 'neg']],
    ['folds tables', (x) => add(x, mul(table(x, [1, 2, 3], [3]), 2)), ['input', 'table', 'add']],
  ];
  it.each(cases)('%s', (_, result, expected) => {
    expect([...primitivesOf(result)].sort()).toEqual([...expected].sort());
  });

  it.each(cases)('%s: and changes nothing more when it is done again, nor any value', async (label, result) => {
    const body = (t: Tracer) => ({ outputs: { y: result(t.input('x', [2, 3])) } });
    const program = traceProgram(body);
    expect(describeProgram(simplify(program))).toBe(describeProgram(program));
    const x = Float32Array.of(0.5, -1, 2, -3, 0.25, 1e-3);
    const inputs = new Map([['x', Float64Array.from(x)]]);
    const raw = unsimplified(body);
    const value = (of: Program): Float64Array | undefined =>
      evaluateProgram(of, { state: new Map(), inputs }).get(of.outputs[0]?.symbol as Sym)?.data;
    if (!label.includes('fold')) expect(value(program)).toEqual(value(raw));
    // Folded constants are rounded to float32, which the oracle otherwise does not do within a step.
    value(program)?.forEach((found, i) => {
      const expected = value(raw)?.[i] as number;
      expect(Math.abs(found - expected)).toBeLessThanOrEqual(1e-7 * Math.abs(expected));
    });
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
