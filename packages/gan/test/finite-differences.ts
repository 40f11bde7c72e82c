import { evaluateProgram, type Program } from '@gansweep/program';

/** Numbers in (−1, 1) for every input of a program, the same each time. */
export function pointsAlong(program: Program): ReadonlyMap<string, Float64Array> {
  return new Map(
    program.inputs.map(({ name, shape }, i) => [
      name,
      Float64Array.from(
        { length: shape.reduce((n, length) => n * length, 1) },
        (_, k) => (((k + 1) * 0.754877666 + (i + 1) * 0.569840291) % 1) * 2 - 1,
      ),
    ]),
  );
}

/**
 * How far the output `slope` of a program is from central differences of its output `value` by one of its inputs, at `count`
 * elements spread over it, as a share of the largest slope; in float64.
 */
export function slopeErrors(
  program: Program,
  {
    inputs,
    by,
    count,
  }: { readonly inputs: ReadonlyMap<string, Float64Array>; readonly by: string; readonly count: number },
): { readonly largestSlope: number; readonly largestError: number } {
  const outputOf = (name: string, given: ReadonlyMap<string, Float64Array>): Float64Array => {
    const values = evaluateProgram(program, { state: new Map(), inputs: given });
    return values.get(program.outputs.find((output) => output.name === name)?.symbol as never)?.data as Float64Array;
  };
  const start = inputs.get(by) as Float64Array;
  const slope = outputOf('slope', inputs);
  const valueAt = (i: number, step: number): number =>
    outputOf('value', new Map([...inputs, [by, start.with(i, (start[i] as number) + step)]]))[0] as number;
  const largestSlope = slope.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  let largestError = 0;
  for (let i = 0; i < start.length; i += Math.ceil(start.length / count)) {
    const difference = (valueAt(i, 1e-5) - valueAt(i, -1e-5)) / 2e-5;
    largestError = Math.max(largestError, Math.abs((slope[i] as number) - difference) / largestSlope);
  }
  return { largestSlope, largestError };
}
