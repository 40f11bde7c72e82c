import type { Program } from './program.ts';

/** Elements of an input, by its type. */
export type InputArray = Float32Array | Uint8Array | Int32Array;
export type InputValues = Readonly<Record<string, InputArray>>;
export type StateValues = Readonly<Record<string, Float32Array>>;

/** Runs programs on a device. One conformance suite holds for all of them. */
export interface Executor {
  readonly name: 'onnx' | 'reference' | 'tensorflow' | 'tensorflow-gpu' | 'tensorflow-gpu-tf32' | 'wasm';
  /** Of the library behind it, and of what is made of programs for it (`executorVersion`): two may differ in last bits. */
  readonly version: string;
  readonly device: string;
  /** Most loaded programs that share one native call; absent where every call is of one. */
  readonly lanesPerCall?: number;
  /** Bytes of rows that a program may hold where that is better than giving them with each call; else absent. */
  readonly heldBytes?: number;
  load(program: Program): Promise<LoadedProgram>;
}

/** A program on its device; the caller owns it and disposes of it. States start at zero. */
export interface LoadedProgram extends AsyncDisposable {
  /**
   * Runs `steps` steps in one call. Inputs of each step stand behind one another: `[steps, …shape]`; inputs of the call
   * have their own shape. The result does not depend on how steps are cut into calls, bit for bit.
   * @returns outputs, each `[steps, …shape]`, in memory that is the caller's.
   * @throws Error naming an input that is missing or has the wrong length.
   */
  run(inputs: InputValues, steps: number): Promise<Record<string, Float32Array>>;
  /** Copies of all states. */
  readState(): Promise<Record<string, Float32Array>>;
  /** Replaces the named states; others stay. */
  writeState(state: StateValues): Promise<void>;
  /** Copies of all states as they were before the last call. */
  readPreviousState(): Promise<Record<string, Float32Array>>;
}
