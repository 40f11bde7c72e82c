import type { Executor, InputValues, LoadedProgram } from '../../executor.ts';
import { heldBytes } from '../../primitives/held-rows.ts';
import type { ReferenceTensor } from '../../primitives/primitive.ts';
import { primitiveNamed } from '../../primitives/table.ts';
import type { Program } from '../../program.ts';
import { sizeOf } from '../../shape.ts';
import type { Sym } from '../../symbolic.ts';
import { checkInputs, checkState } from '../check-values.ts';

/**
 * The oracle: float64, plain loops, for small shapes. Outputs and, between steps, states are rounded to float32, so that a
 * state that was read and written back continues bit for bit.
 */
export function referenceExecutor(): Executor {
  return { name: 'reference', version: '1', device: 'float64', load: async (program) => loadReference(program) };
}

function loadReference(program: Program): LoadedProgram {
  let state: ReadonlyMap<string, Float64Array> = new Map(
    program.states.map(({ name, shape }) => [name, new Float64Array(sizeOf(shape))]),
  );
  let previous = state;
  const copyOf = (from: ReadonlyMap<string, Float64Array>): Record<string, Float32Array> =>
    Object.fromEntries([...from].map(([name, values]) => [name, Float32Array.from(values)]));
  return {
    run: async (inputs, steps) => {
      checkInputs(program, inputs, steps);
      previous = state;
      const outputs = Object.fromEntries(
        program.outputs.map(({ name, shape }) => [name, new Float32Array(sizeOf(shape) * steps)]),
      );
      for (let step = 0; step < steps; step++) {
        const values = evaluateProgram(program, { state, inputs: inputsOfStep(program, inputs, step) });
        for (const { name, shape, symbol } of program.outputs)
          outputs[name]?.set((values.get(symbol) as ReferenceTensor).data, step * sizeOf(shape));
        state = new Map(
          program.states.map(({ name, update }) => [
            name,
            (values.get(update) as ReferenceTensor).data.map(Math.fround),
          ]),
        );
      }
      return outputs;
    },
    readState: async () => copyOf(state),
    readPreviousState: async () => copyOf(previous),
    writeState: async (given) => {
      checkState(program, given);
      state = new Map(
        [...state].map(([name, values]) => [name, given[name] ? Float64Array.from(given[name]) : values]),
      );
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

function inputsOfStep(program: Program, inputs: InputValues, step: number): ReadonlyMap<string, Float64Array> {
  return new Map(
    program.inputs.map(({ name, shape, each }) => {
      const values = inputs[name] as Float32Array;
      const size = sizeOf(shape);
      return [name, Float64Array.from(each === 'step' ? values.subarray(step * size, (step + 1) * size) : values)];
    }),
  );
}

/** Values of every live node for one step in float64; for tests and for finding the first bad tensor. */
export function evaluateProgram(
  program: Program,
  at: { readonly state: ReadonlyMap<string, Float64Array>; readonly inputs: ReadonlyMap<string, Float64Array> },
): ReadonlyMap<Sym, ReferenceTensor> {
  const values = new Map<Sym, ReferenceTensor>();
  for (const node of program.nodes) values.set(node, { shape: node.shape, data: nodeValue(node, values, at) });
  return values;
}

function nodeValue(
  node: Sym,
  values: ReadonlyMap<Sym, ReferenceTensor>,
  at: { readonly state: ReadonlyMap<string, Float64Array>; readonly inputs: ReadonlyMap<string, Float64Array> },
): Float64Array {
  switch (node.primitive) {
    case 'constant':
      return Float64Array.of(node.attributes.value as number);
    case 'state':
      return at.state.get(node.name) as Float64Array;
    case 'input':
      return at.inputs.get(node.name) as Float64Array;
    case 'held':
      return Float64Array.from(heldBytes(node));
    default:
      return primitiveNamed(node.primitive).reference(
        node.inputs.map((input) => values.get(input) as ReferenceTensor),
        node,
      );
  }
}
