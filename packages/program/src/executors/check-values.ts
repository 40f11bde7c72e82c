import type { InputValues, StateValues } from '../executor.ts';
import type { Program } from '../program.ts';
import { sizeOf } from '../shape.ts';

const ARRAYS = { float32: Float32Array, uint8: Uint8Array, int32: Int32Array, bool: Uint8Array } as const;

/** @throws Error naming the first input that is missing, unknown, or of the wrong type or length. */
export function checkInputs(program: Program, inputs: InputValues, steps: number): void {
  if (!Number.isInteger(steps) || steps < 1) throw new RangeError(`a call has at least one step, not ${steps}`);
  for (const name of Object.keys(inputs))
    if (!program.inputs.some((input) => input.name === name)) throw new Error(`the program has no input '${name}'`);
  for (const { name, shape, dtype, each } of program.inputs) {
    const value = inputs[name];
    if (!value) throw new Error(`input '${name}' is missing`);
    if (!(value instanceof ARRAYS[dtype])) throw new Error(`input '${name}' is to be ${dtype}`);
    const length = sizeOf(shape) * (each === 'step' ? steps : 1);
    if (value.length !== length) throw new Error(`input '${name}' has ${value.length} elements instead of ${length}`);
  }
}

/** @throws Error naming the first state that is unknown or of the wrong length. */
export function checkState(program: Program, state: StateValues): void {
  for (const [name, value] of Object.entries(state)) {
    const declared = program.states.find((candidate) => candidate.name === name);
    if (!declared) throw new Error(`the program has no state '${name}'`);
    if (value.length !== sizeOf(declared.shape))
      throw new Error(`state '${name}' has ${value.length} elements instead of ${sizeOf(declared.shape)}`);
  }
}
