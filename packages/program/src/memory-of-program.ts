import { costOfProgram, type MemoryParts } from './cost-of-program.ts';
import { memoryOfOnnx } from './executors/onnx/memory-of-onnx.ts';
import { memoryOfReference } from './executors/reference/memory-of-reference.ts';
import { memoryOfTensorflow } from './executors/tensorflow/memory-of-tensorflow.ts';
import { memoryOfWasm } from './executors/wasm/memory-of-wasm.ts';
import { programOfLanes } from './lanes.ts';
import type { Program } from './program.ts';

/** Executors whose memory is known before they take it. */
export const FORESEEN_EXECUTORS = ['onnx', 'wasm', 'tensorflow', 'reference'] as const;
type ForeseenExecutor = (typeof FORESEEN_EXECUTORS)[number];

/** Bytes that loading a program and running it adds to a process, JavaScript's garbage aside. */
export interface ProgramMemory extends MemoryParts {
  /** Inputs and outputs of one call, which the caller holds. */
  readonly boundary: number;
  readonly total: number;
}

/**
 * Resident memory that a program will take, before anything of it is allocated.
 * @param steps of one call; `lanes` that are fused into it, 1 for a program by itself.
 * @throws NotDense where the executor does not run the program.
 */
export function memoryOfProgram(
  program: Program,
  {
    executor,
    steps,
    lanes = 1,
  }: { readonly executor: ForeseenExecutor; readonly steps: number; readonly lanes?: number },
): ProgramMemory {
  const whole = lanes === 1 ? program : programOfLanes(program, lanes);
  const parts = partsOf(whole, executor, steps);
  const { inputBytesPerStep, inputBytesPerCall, outputBytesPerStep } = costOfProgram(whole);
  const boundary = inputBytesPerCall + steps * (inputBytesPerStep + outputBytesPerStep);
  return { ...parts, boundary, total: parts.states + parts.results + parts.code + boundary };
}

function partsOf(program: Program, executor: ForeseenExecutor, steps: number): MemoryParts {
  switch (executor) {
    case 'onnx':
      return memoryOfOnnx(program, steps);
    case 'wasm':
      return memoryOfWasm(program, steps);
    case 'tensorflow':
      return memoryOfTensorflow(program);
    case 'reference':
      return memoryOfReference(program);
  }
}
