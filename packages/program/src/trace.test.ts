import { describe, expect, it } from 'vitest';
import { add, cast, greater, mul } from './primitives/elementwise.ts';
import { ShapeError } from './shape.ts';
import type { DType, Sym } from './symbolic.ts';
import { type Tracer, traceProgram } from './trace.ts';

const tracing =
  (body: (t: Tracer) => { outputs?: Record<string, Sym>; updates?: Record<string, Sym> }): (() => unknown) =>
  () =>
    traceProgram((t) => ({ outputs: {}, ...body(t) }));

describe('traceProgram', () => {
  it('lists states, inputs and outputs as they were declared', () => {
    const program = traceProgram((t) => {
      const [w, x] = [t.state('w', [2]), t.input('x', [2], { dtype: 'uint8', each: 'call' })];
      return { outputs: { y: mul(w, cast(x)) }, updates: { w: add(w, 1) } };
    });
    expect(program.states).toMatchObject([{ name: 'w', shape: [2] }]);
    expect(program.inputs).toMatchObject([{ name: 'x', shape: [2], dtype: 'uint8', each: 'call' }]);
    expect(program.outputs).toMatchObject([{ name: 'y', shape: [2] }]);
  });

  it.each([
    [
      'an unknown element type',
      tracing((t) => ({ outputs: { y: t.input('x', [1], { dtype: 'float64' as DType }) } })),
      /no element type is called 'float64'/,
    ],
    [
      'a name used twice',
      tracing((t) => ({ outputs: { y: add(t.state('x', [1]), t.input('x', [1])) } })),
      /two tensors are called 'x'/,
    ],
    [
      'a name that ONNX would not take',
      tracing((t) => ({ outputs: { y: t.input('a b', [1]) } })),
      /'a b' cannot name a tensor/,
    ],
    ['an update without a state', tracing((t) => ({ updates: { w: t.input('x', [1]) } })), /'w', which is no state/],
    [
      'an output that is not float32',
      tracing((t) => ({ outputs: { y: greater(t.input('x', [1]), 0) } })),
      /'y' is bool; cast it/,
    ],
    [
      'an update that is not float32',
      tracing((t) => ({ updates: { w: greater(t.state('w', [1]), 0) } })),
      /update of w is bool/,
    ],
  ])('refuses %s', (_, trace, message) => {
    expect(trace).toThrow(message);
  });

  it('refuses a shape with a zero and an update of another shape', () => {
    expect(tracing((t) => ({ outputs: { y: t.input('x', [0]) } }))).toThrow(ShapeError);
    expect(tracing((t) => ({ updates: { w: add(t.state('w', [1]), t.input('x', [3])) } }))).toThrow(
      /update of w: \[3\] for a state of \[1\]/,
    );
  });

  it('refuses to mix tensors of two programs', () => {
    let foreign: Sym | undefined;
    tracing((t) => {
      foreign = t.input('x', [1]);
      return {};
    })();
    expect(tracing((t) => ({ outputs: { y: add(t.input('x', [1]), foreign as Sym) } }))).toThrow(/different programs/);
    expect(tracing(() => ({ outputs: { y: foreign as Sym } }))).toThrow(/'y' belongs to another program/);
  });
});
