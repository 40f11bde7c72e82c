import { describe, expect, it } from 'vitest';
import { bytesOf, costOfProgram, flopsOf, peakLiveBytes } from './cost-of-program.ts';
import { gradients } from './differentiate.ts';
import { matMul } from './primitives/contraction.ts';
import { conv2d, conv2dTranspose } from './primitives/convolution.ts';
import { add, cast, exp, mul, relu } from './primitives/elementwise.ts';
import { concat, reshape, sum } from './primitives/layout.ts';
import { PRIMITIVES } from './primitives/table.ts';
import type { Program } from './program.ts';
import type { Sym } from './symbolic.ts';
import { type Tracer, traceProgram } from './trace.ts';

const flopsBy = ({ nodes }: Program): Record<string, number> =>
  Object.fromEntries(nodes.filter((node) => flopsOf(node) > 0).map((node) => [node.primitive, flopsOf(node)]));
const programOf = (body: (t: Tracer) => Sym): Program => traceProgram((t) => ({ outputs: { y: body(t) } }));

describe('floating-point operations', () => {
  it('have a rule for every primitive', () => {
    const [node] = programOf((t) => exp(t.input('x', [2]))).nodes.slice(-1) as [Sym];
    const twice = { ...node, inputs: [node, node] };
    for (const { name } of PRIMITIVES)
      expect(() => flopsOf({ ...twice, primitive: name, attributes: {} }), name).not.toThrow();
    expect(() => flopsOf({ ...node, primitive: 'fft' })).toThrow(/fft has no flops rule; add one/);
  });

  it('of products and convolutions are two a multiply-add, in the gradients too', () => {
    const product = programOf((t) => matMul(t.input('a', [5, 3]), t.input('b', [5, 4]), { transposeA: true }));
    expect(flopsBy(product)).toEqual({ matMul: 2 * 3 * 5 * 4 });
    const perImage = 2 * 6 * 8 * 8 * (3 * 4 * 4);
    const step = programOf((t) => {
      const [x, w] = [t.input('x', [2, 3, 16, 16]), t.input('w', [6, 3, 4, 4])];
      const loss = sum(mul(conv2d(x, w, { stride: 2, padding: 1 }), t.input('c', [2, 6, 8, 8])), [0, 1, 2, 3]);
      return concat(
        gradients(loss, [x, w]).map((g) => reshape(g, [g.shape.reduce((a, b) => a * b)])),
        0,
      );
    });
    expect(flopsBy(step)).toEqual({ conv2dTranspose: 2 * perImage, conv2dKernelGradient: 2 * perImage });
    const up = programOf((t) =>
      conv2dTranspose(t.input('x', [2, 6, 8, 8]), t.input('w', [6, 3, 4, 4]), { stride: 2, padding: 1 }),
    );
    expect(flopsBy(up)).toEqual({ conv2dTranspose: 2 * perImage });
  });

  it('of the rest are one an element, of the operand where it is reduced', () => {
    const program = programOf((t) => sum(relu(add(t.input('x', [4, 3]), 1)), [0]));
    expect(flopsBy(program)).toEqual({ add: 12, relu: 12, sum: 12 });
  });
});

describe('bytes', () => {
  it('of states, inputs and outputs are counted by where they go', () => {
    const program = traceProgram((t) => {
      const [s, x] = [t.state('s', [10]), t.input('x', [10], { dtype: 'uint8' })];
      const rate = t.input('rate', [], { each: 'call' });
      return { outputs: { y: sum(s, [0]) }, updates: { s: add(s, mul(cast(x), rate)) } };
    });
    expect(costOfProgram(program)).toMatchObject({
      stateBytes: 40,
      inputBytesPerStep: 10,
      inputBytesPerCall: 4,
      outputBytesPerStep: 4,
    });
    expect(bytesOf({ shape: [3], dtype: 'bool' })).toBe(3);
  });

  // exp and add may write over operands that end there; sums and products may not.
  it.each<readonly [string, (x: Sym) => Sym, number]>([
    ['one result, which each node writes over', (x) => exp(exp(exp(x))), 400],
    ['a result kept for later beside the running one', (x) => add(exp(x), exp(exp(exp(x)))), 800],
    ['operand and result of a reduction', (x) => sum(exp(x), [0]), 404],
    ['a reshape, which is its operand', (x) => exp(reshape(exp(x), [10, 10])), 400],
    ['operands and result of a product', (x) => matMul(reshape(exp(x), [10, 10]), reshape(relu(x), [10, 10])), 1200],
  ])('live at the peak: %s', (_, result, bytes) => {
    expect(costOfProgram(programOf((t) => result(t.input('x', [100])))).peakLiveBytes).toBe(bytes);
  });

  it('live at the peak follow a given order, and leave out what lives elsewhere', () => {
    // In its order the program folds each exponential away before the next one; breadth first both wait.
    const program = programOf((t) => {
      const x = t.input('x', [100]);
      return add(sum(exp(x), [0]), sum(relu(x), [0]));
    });
    const node = (name: string): Sym[] => program.nodes.filter(({ primitive }) => primitive === name);
    expect(peakLiveBytes(program)).toBe(408);
    expect(peakLiveBytes(program, { order: ['exp', 'relu', 'sum', 'add'].flatMap(node) })).toBe(804);
    expect(peakLiveBytes(program, { elsewhere: new Set(node('exp')) })).toBe(408);
    expect(peakLiveBytes(program, { elsewhere: new Set([...node('exp'), ...node('relu')]) })).toBe(8);
  });
});
