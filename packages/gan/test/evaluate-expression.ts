import { evaluateProgram, type Sym, traceProgram } from '@gansweep/program';

export interface Value {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** Values of symbolic expressions over named tensors, in float64. */
export function evaluateExpression<Name extends string, Result extends string>(
  values: Readonly<Record<Name, Value>>,
  body: (tensors: Readonly<Record<Name, Sym>>) => Readonly<Record<Result, Sym>>,
): Record<Result, number[]> {
  const given = Object.entries<Value>(values);
  const program = traceProgram((tracer) => ({
    outputs: body(
      Object.fromEntries(given.map(([name, { shape }]) => [name, tracer.input(name, shape)])) as Record<Name, Sym>,
    ),
  }));
  const results = evaluateProgram(program, {
    state: new Map(),
    inputs: new Map(given.map(([name, { data }]) => [name, Float64Array.from(data)])),
  });
  return Object.fromEntries(
    program.outputs.map(({ name, symbol }) => [name, Array.from(results.get(symbol)?.data ?? [])]),
  ) as Record<Result, number[]>;
}
