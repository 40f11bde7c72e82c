import { bytesOf, costOfProgram, type MemoryParts } from '../../cost-of-program.ts';
import type { Program } from '../../program.ts';
import { isUpdated } from './lower-to-tensorflow.ts';

/**
 * Copies of a state that a step changes: what it was before the call and after it, which variables hold, and those of two
 * steps, of which one is made from the other. The arena keeps the memory of all four.
 */
const STATE_COPIES = 4;
/** Of them those of variables; the others are free again after a call. */
const KEPT_COPIES = 2;
/** Measured: what the library pages in and keeps for the first program of a process that is more than a node or two. */
const LIBRARY_BYTES = 13_500_000;
/** Measured: what each node adds in copies of the graph, kernels and names. */
const NODE_BYTES = 12_500;
/** Measured: a convolution's kernels in oneDNN, compiled for its shape, and the code that compiles them. */
const CONVOLUTION_BYTES = 420_000;

const CONVOLUTIONS: ReadonlySet<string> = new Set(['conv2d', 'conv2dTranspose', 'conv2dKernelGradient']);

/**
 * Memory of a process's first program in TensorFlow on a processor, whose tensors lie in an arena that returns nothing.
 * Further ones share the library's part, and what the arena has for results that no call needs now.
 */
export function memoryOfTensorflow(program: Program): MemoryParts {
  const { nodes, peakLiveBytes, stateBytes } = costOfProgram(program);
  const convolutions = program.nodes.filter(({ primitive }) => CONVOLUTIONS.has(primitive)).length;
  const changed = program.states.filter(isUpdated).reduce((bytes, { symbol }) => bytes + bytesOf(symbol), 0);
  return {
    states: stateBytes + (STATE_COPIES - 1) * changed,
    results: peakLiveBytes,
    code: LIBRARY_BYTES + NODE_BYTES * nodes + CONVOLUTION_BYTES * convolutions,
    shared: LIBRARY_BYTES + peakLiveBytes + (STATE_COPIES - KEPT_COPIES) * changed,
  };
}
