import { bytesOf, costOfProgram, type MemoryParts } from '../../cost-of-program.ts';
import type { Program } from '../../program.ts';
import { type Shape, sizeOf } from '../../shape.ts';
import { bestFitArena, type Held } from './best-fit-arena.ts';
import { executionOrder, type StepBuffer, stepBuffers } from './step-buffers.ts';
import { isUpdated, type StepOperator, stepOperators } from './step-operators.ts';

/** Steps after which the arena touches no more pages; the first ones find other gaps than those that follow. */
const SETTLING_STEPS = 4;
/** Scan keeps so many copies of a changed state between the steps of a call, fewer in a call of one or two. */
const SCAN_COPIES = 2;
/** Measured: a session of a program of one node, and what each further node adds in operators, kernels and names. */
const SESSION_BYTES = 1_000_000;
const NODE_BYTES = 2_500;
/** Float32 numbers of the tile that a convolution is unrolled to, where it is not unrolled whole. */
const CONVOLUTION_TILE = 128 * 128;
const BYTES = 4;

/**
 * Memory of a program in ONNX Runtime, without its memory patterns: states in two buffers, the arena as its allocator would
 * fill it, the session itself.
 */
export function memoryOfOnnx(program: Program, steps: number): MemoryParts {
  const { stateBytes, nodes } = costOfProgram(program);
  const unchanged = program.states.filter((state) => !isUpdated(state));
  return {
    states: 2 * stateBytes - unchanged.reduce((bytes, { symbol }) => bytes + bytesOf(symbol), 0),
    results: arenaBytes(program, steps),
    code: SESSION_BYTES + NODE_BYTES * nodes,
    // A session has an arena of its own.
    shared: 0,
  };
}

function arenaBytes(program: Program, steps: number): number {
  const lowered = stepOperators(program);
  const order = executionOrder(lowered);
  const shapes = new Map<string, Shape>([
    ...[...program.states, ...program.inputs].map(({ name, shape }): [string, Shape] => [`body.in.${name}`, shape]),
    ...order.map(({ outputs: [name = ''], result }): [string, Shape] => [name, result.shape]),
  ]);
  const buffers = stepBuffers(order, new Set(lowered.leaving.map(({ name }) => name)));
  const beginning = groupedBy(buffers, ({ first }) => first);
  const ending = groupedBy(buffers, ({ last }) => last);
  const arena = bestFitArena();
  const updated = program.states.filter(isUpdated);
  for (let copy = 0; copy < Math.min(steps - 1, SCAN_COPIES); copy++)
    for (const { symbol } of updated) arena.take(bytesOf(symbol));
  for (let step = 0; step < SETTLING_STEPS; step++) {
    const held = new Map<StepBuffer, Held>();
    order.forEach((operator, at) => {
      for (const buffer of beginning.get(at) ?? []) held.set(buffer, arena.take(buffer.bytes));
      const scratch = scratchBytes(operator, shapes.get(operator.inputs[0] as string));
      if (scratch > 0) arena.give(arena.take(scratch));
      for (const buffer of ending.get(at) ?? []) arena.give(held.get(buffer) as Held);
    });
  }
  return arena.touchedBytes();
}

function groupedBy(
  buffers: readonly StepBuffer[],
  position: (buffer: StepBuffer) => number,
): ReadonlyMap<number, readonly StepBuffer[]> {
  const groups = new Map<number, StepBuffer[]>();
  for (const buffer of buffers) groups.set(position(buffer), [...(groups.get(position(buffer)) ?? []), buffer]);
  return groups;
}

/**
 * What a convolution needs while it runs: the unrolled windows of one image, or a tile of them where it has more windows
 * than kernels; its transpose the products of one image before they are added up.
 * @see https://github.com/microsoft/onnxruntime/blob/main/onnxruntime/core/mlas/lib/convolve.cpp
 */
function scratchBytes({ operator, attributes, result }: StepOperator, image: Shape | undefined): number {
  if (!image || (operator !== 'Conv' && operator !== 'ConvTranspose')) return 0;
  const { group, kernel_shape: kernel } = attributes as { readonly group: number; readonly kernel_shape: Shape };
  const [, channels = 0, ...pixels] = image;
  const [, kernels = 0, ...windows] = result.shape;
  if (operator === 'ConvTranspose') return (kernels / group) * sizeOf(kernel) * sizeOf(pixels) * BYTES;
  const unrolled = (channels / group) * sizeOf(kernel) * sizeOf(windows);
  return (kernels / group > sizeOf(windows) ? unrolled : CONVOLUTION_TILE) * BYTES;
}
