import type { InputArray, InputValues } from '../../executor.ts';
import type { Program } from '../../program.ts';
import { sizeOf } from '../../shape.ts';
import type { DType } from '../../symbolic.ts';

/** Values by name, in memory that is the owner's. */
export type Tensors = Readonly<Record<string, Float32Array>>;

/** A stretch of one lane's call, for its place in the call of all. */
export interface Stretch {
  readonly slot: number;
  readonly inputs: InputValues;
  /** Steps of the lane's call that were run before. */
  readonly from: number;
}

/** States of one lane before any step. */
export function zeroState({ states }: Program): Record<string, Float32Array> {
  return Object.fromEntries(states.map(({ name, shape }) => [name, new Float32Array(sizeOf(shape))]));
}

/** A copy of one lane's slices of states `[lanes, …]`. */
export function stateOfLane({ states }: Program, stacked: Tensors, slot: number): Record<string, Float32Array> {
  return Object.fromEntries(
    states.map(({ name, shape }) => {
      const size = sizeOf(shape);
      return [name, (stacked[name] as Float32Array).slice(slot * size, (slot + 1) * size)];
    }),
  );
}

/** Puts one lane's states into its slices. */
export function placeState({ states }: Program, stacked: Tensors, slot: number, state: Tensors): void {
  for (const { name, shape } of states)
    (stacked[name] as Float32Array).set(state[name] as Float32Array, slot * sizeOf(shape));
}

/** Inputs of `steps` steps of all lanes, `[steps, lanes, …]` or `[lanes, …]`; lanes without a stretch get zeros. */
export function stackInputs(
  { inputs }: Program,
  stretches: readonly Stretch[],
  { lanes, steps }: { readonly lanes: number; readonly steps: number },
): Record<string, InputArray> {
  return Object.fromEntries(
    inputs.map(({ name, shape, dtype, each }) => {
      const size = sizeOf(shape);
      const count = each === 'step' ? steps : 1;
      const stacked = emptyInput(dtype, count * lanes * size);
      for (const { slot, inputs: own, from } of stretches) {
        const values = own[name] as InputArray;
        const first = each === 'step' ? from : 0;
        for (let step = 0; step < count; step++)
          stacked.set(values.subarray((first + step) * size, (first + step + 1) * size), (step * lanes + slot) * size);
      }
      return [name, stacked];
    }),
  );
}

function emptyInput(dtype: DType, length: number): InputArray {
  if (dtype === 'float32') return new Float32Array(length);
  return dtype === 'int32' ? new Int32Array(length) : new Uint8Array(length);
}

/** Writes one lane's outputs of `steps` steps into those of its whole call, from step `from` on. */
export function takeOutputs(
  { outputs }: Program,
  stacked: Tensors,
  whole: Tensors,
  {
    slot,
    lanes,
    steps,
    from,
  }: { readonly slot: number; readonly lanes: number; readonly steps: number; readonly from: number },
): void {
  for (const { name, shape } of outputs) {
    const size = sizeOf(shape);
    const values = stacked[name] as Float32Array;
    for (let step = 0; step < steps; step++) {
      const at = (step * lanes + slot) * size;
      (whole[name] as Float32Array).set(values.subarray(at, at + size), (from + step) * size);
    }
  }
}
