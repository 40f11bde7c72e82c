import type { Shape } from './shape.ts';
import type { DType, Sym } from './symbolic.ts';

/** A tensor that persists between steps; float32. */
export interface ProgramState {
  readonly name: string;
  readonly shape: Shape;
  readonly symbol: Sym;
  /** Its value after the step; the symbol itself where nothing changes it. */
  readonly update: Sym;
}

export interface ProgramInput {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: DType;
  /** `step`: a value for every step of a call; `call`: one value for the whole call. */
  readonly each: 'step' | 'call';
  readonly symbol: Sym;
}

export interface ProgramOutput {
  readonly name: string;
  readonly shape: Shape;
  readonly symbol: Sym;
}

/** A static step: from state and inputs to outputs and new state. It knows nothing of GANs. */
export interface Program {
  readonly states: readonly ProgramState[];
  readonly inputs: readonly ProgramInput[];
  readonly outputs: readonly ProgramOutput[];
  /** Live nodes, every operand before its users. */
  readonly nodes: readonly Sym[];
}
