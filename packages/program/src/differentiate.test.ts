import { describe, expect, it } from 'vitest';
import { gradients, gradientsByRules } from './differentiate.ts';
import { evaluateProgram } from './executors/reference/reference-executor.ts';
import { add, cast, div, exp, greater, mul, relu, sqrt, square, stopGradient, tanh } from './primitives/elementwise.ts';
import { reshape, sum } from './primitives/layout.ts';
import { primitiveNamed } from './primitives/table.ts';
import type { DType, Sym } from './symbolic.ts';
import { traceProgram } from './trace.ts';

/** Values, at x (and y), of what `results` makes of symbolic scalars. */
function at(point: readonly number[], results: (...scalars: Sym[]) => readonly Sym[]): readonly (number | undefined)[] {
  const program = traceProgram((t) => {
    const made = results(...point.map((_, i) => t.input(`x${i}`, [])));
    return { outputs: Object.fromEntries(made.map((result, i) => [`y${i}`, result])) };
  });
  const inputs = new Map(point.map((value, i) => [`x${i}`, Float64Array.of(value)]));
  const values = evaluateProgram(program, { state: new Map(), inputs });
  return program.outputs.map(({ symbol }) => values.get(symbol)?.data[0]);
}
const first = (of: Sym, by: Sym): Sym => gradients(of, [by])[0] as Sym;

describe('gradients', () => {
  it('adds the parts of every path', () => {
    expect(at([3], (x) => [first(add(mul(x as Sym, x as Sym), mul(x as Sym, 5)), x as Sym)])).toEqual([11]);
  });

  it('can be taken of themselves: the third derivative of x⁴ at 2 is 48', () => {
    const fourth = (x: Sym): Sym => square(square(x));
    expect(at([2], (x) => [first(first(first(fourth(x as Sym), x as Sym), x as Sym), x as Sym)])).toEqual([48]);
  });

  it('keep the path through a saved output in the second order: (tanh)″ = −2 tanh (1 − tanh²)', () => {
    const [value] = at([0.7], (x) => [first(first(tanh(x as Sym), x as Sym), x as Sym)]);
    expect(value).toBeCloseTo(-2 * Math.tanh(0.7) * (1 - Math.tanh(0.7) ** 2), 14);
  });

  it('go through one target to another: both the whole derivative by x and that by exp x', () => {
    expect(
      at([0], (x) => {
        const inner = exp(x as Sym);
        return gradients(square(inner), [x as Sym, inner]);
      }),
    ).toEqual([2, 2]);
  });

  it('are zero by what does not matter, by what was stopped, and through a comparison', () => {
    expect(
      at([2, 3], (x, y) => [
        first(square(x as Sym), y as Sym),
        first(mul(stopGradient(square(x as Sym)), y as Sym), x as Sym),
        first(mul(cast(greater(x as Sym, 1)), y as Sym), x as Sym),
      ]),
    ).toEqual([0, 0, 0]);
  });

  it('of relu, leaky relu and |x| at a kink take the side below', () => {
    expect(at([0], (x) => [first(relu(x as Sym), x as Sym)])).toEqual([0]);
  });

  it('serve a gradient penalty: (‖∂D/∂x‖ − 1)² by a weight', () => {
    // D(x) = w·x² has the slope 2wx, so the penalty (2wx − 1)² has the derivative 2(2wx − 1)·2x by w.
    const [penalty] = at([3, 0.5], (x, w) => {
      const slope = first(mul(w as Sym, square(x as Sym)), x as Sym);
      return [first(square(add(sqrt(square(slope)), -1)), w as Sym)];
    });
    expect(penalty).toBeCloseTo(2 * (2 * 0.5 * 3 - 1) * 2 * 3, 12);
  });

  it('are refused for anything but a scalar, and by bytes', () => {
    const trace =
      (of: (x: Sym) => Sym, dtype: DType = 'float32') =>
      () =>
        traceProgram((t) => {
          const x = t.input('x', [2], { dtype });
          return { outputs: { y: first(of(x), x) } };
        });
    expect(trace(square)).toThrow(/of a scalar, not of shape \[2\]/);
    expect(trace((x) => sum(cast(x), [0]), 'uint8')).toThrow(/float32, not uint8/);
  });

  it('name the primitive whose rule is missing instead of dropping its path', () => {
    const rules = (name: string): { vjp: ReturnType<typeof primitiveNamed>['vjp'] } =>
      name === 'div' ? { vjp: () => [null, null] } : primitiveNamed(name);
    expect(() =>
      traceProgram((t) => {
        const x = t.input('x', []);
        return { outputs: { y: gradientsByRules(rules, reshape(div(x, exp(x)), []), [x])[0] as Sym } };
      }),
    ).toThrow(/div has no gradient rule for operand 0/);
  });
});
