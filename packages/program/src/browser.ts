export { costOfProgram, type ProgramCost } from './cost-of-program.ts';
export { describeProgram } from './describe-program.ts';
export { gradients } from './differentiate.ts';
export type { Executor, InputArray, InputValues, LoadedProgram, StateValues } from './executor.ts';
export { evaluateProgram, referenceExecutor } from './executors/reference/reference-executor.ts';
export { ExecutorUnavailable } from './executors/unavailable.ts';
export { type NumberList, numberList } from './executors/wasm/number-list.ts';
export { NotDense } from './executors/wasm/plan.ts';
export { fastRandomStream } from './executors/wasm/random-stream.ts';
export { type ChosenSums, chosenSums, MOST_ROWS, type RowPairs, rowPairs } from './executors/wasm/row-pairs.ts';
export { wasmExecutor } from './executors/wasm/wasm-executor.ts';
export { programOfLanes } from './lanes.ts';
export { modulatedConv2d } from './operations/modulation.ts';
export { adaptiveInstanceNorm, instanceNorm, secondMomentNorm } from './operations/normalisation.ts';
export {
  averagePool,
  type Filter,
  filterImages,
  readAlongWidth,
  resizeBilinear,
  upsampleNearest,
} from './operations/resampling.ts';
export { clamp, finiteWithin, largestMask, oneHot, sign } from './operations/selecting.ts';
export { l2Norm, moments } from './operations/statistics.ts';
export { matMul } from './primitives/contraction.ts';
export { conv2d, conv2dTranspose, type GroupedWindow, type Window } from './primitives/convolution.ts';
export {
  abs,
  add,
  cast,
  cos,
  div,
  equal,
  exp,
  greater,
  leakyRelu,
  log,
  maximum,
  minimum,
  mul,
  neg,
  relu,
  sigmoid,
  sin,
  softplus,
  sqrt,
  square,
  stopGradient,
  sub,
  tanh,
  where,
} from './primitives/elementwise.ts';
export { gatherRows, held } from './primitives/held-rows.ts';
export { concat, expand, flip, pad, reshape, slice, split, sum, table, transpose } from './primitives/layout.ts';
export { isFiniteAll, logSumExp, max, mean } from './primitives/selection.ts';
export type { Program, ProgramInput, ProgramOutput, ProgramState } from './program.ts';
export { type Shape, ShapeError, sizeOf } from './shape.ts';
export type { DType, HeldRows, Operand, Sym } from './symbolic.ts';
export { type Tracer, traceProgram } from './trace.ts';
