import type { Program } from './program.ts';
import { type Shape, sizeOf } from './shape.ts';
import type { DType, Sym } from './symbolic.ts';

const BYTES_PER_ELEMENT: Readonly<Record<DType, number>> = { float32: 4, uint8: 1, int32: 4, bool: 1 };

/** Bytes of a tensor on a device. */
export function bytesOf({ shape, dtype }: { readonly shape: Shape; readonly dtype: DType }): number {
  return sizeOf(shape) * BYTES_PER_ELEMENT[dtype];
}

const nothing = (): number => 0;
const perElement = (node: Sym): number => sizeOf(node.shape);
const perOperandElement = (node: Sym): number => sizeOf((node.inputs[0] as Sym).shape);
const timesWindow = (positions: number, kernel: Shape): number => 2 * positions * sizeOf(kernel.slice(1));

/**
 * Floating-point operations by primitive: a multiply-add of a contraction counts two, an element of an elementwise result
 * one (whatever it computes), an operand's element of a reduction one, what only moves or casts numbers none. Windows count
 * whole, also where they overlap the padding.
 */
const FLOPS: ReadonlyMap<string, (node: Sym) => number> = new Map([
  ...[
    'constant',
    'state',
    'input',
    'held',
    'gatherRows',
    'reshape',
    'transpose',
    'expand',
    'slice',
    'pad',
    'concat',
    'flip',
    'table',
    'cast',
    'stopGradient',
  ].map((name): [string, (node: Sym) => number] => [name, nothing]),
  ...[
    'add',
    'sub',
    'mul',
    'div',
    'greater',
    'equal',
    'where',
    'neg',
    'abs',
    'sqrt',
    'exp',
    'log',
    'tanh',
    'sigmoid',
    'softplus',
    'relu',
    'sin',
    'cos',
    'leakyRelu',
  ].map((name): [string, (node: Sym) => number] => [name, perElement]),
  ['sum', perOperandElement],
  ['max', perOperandElement],
  [
    'matMul',
    (node) => {
      const left = (node.inputs[0] as Sym).shape;
      return 2 * sizeOf(node.shape) * (left.at(node.attributes.transposeA ? -2 : -1) as number);
    },
  ],
  // A kernel's first axis runs over the windows' channels, so the rest of it is what one window element takes.
  ['conv2d', (node) => timesWindow(sizeOf(node.shape), (node.inputs[1] as Sym).shape)],
  ['conv2dTranspose', (node) => timesWindow(sizeOf((node.inputs[0] as Sym).shape), (node.inputs[1] as Sym).shape)],
  ['conv2dKernelGradient', (node) => timesWindow(sizeOf((node.inputs[1] as Sym).shape), node.shape)],
]);

/** Floating-point operations of one node. @throws Error naming a primitive that has no rule. */
export function flopsOf(node: Sym): number {
  const rule = FLOPS.get(node.primitive);
  if (!rule) throw new Error(`${node.primitive} has no flops rule; add one to FLOPS in cost-of-program.ts`);
  return rule(node);
}

/** What one step of a program takes, on any executor. */
export interface ProgramCost {
  readonly nodes: number;
  readonly flopsPerStep: number;
  /** All states once. */
  readonly stateBytes: number;
  /** Inputs of one step, and those of the call. */
  readonly inputBytesPerStep: number;
  readonly inputBytesPerCall: number;
  readonly outputBytesPerStep: number;
  /** Largest sum of results that are needed at one moment when nodes run in their order; without states and inputs. */
  readonly peakLiveBytes: number;
}

/** @throws Error naming a primitive that has no flops rule. */
export function costOfProgram(program: Program): ProgramCost {
  const total = (tensors: readonly { readonly shape: Shape; readonly dtype: DType }[]): number =>
    tensors.reduce((bytes, tensor) => bytes + bytesOf(tensor), 0);
  return {
    nodes: program.nodes.length,
    flopsPerStep: program.nodes.reduce((flops, node) => flops + flopsOf(node), 0),
    stateBytes: total(program.states.map(({ symbol }) => symbol)),
    inputBytesPerStep: total(program.inputs.filter(({ each }) => each === 'step')),
    inputBytesPerCall: total(program.inputs.filter(({ each }) => each === 'call')),
    outputBytesPerStep: total(program.outputs.map(({ symbol }) => symbol)),
    peakLiveBytes: peakLiveBytes(program),
  };
}

/** Bytes that an executor holds for a loaded program. */
export interface MemoryParts {
  /** States, in as many buffers as the executor has. */
  readonly states: number;
  /** Results of a step, scratch of kernels, gaps between them. */
  readonly results: number;
  /** The program itself, in the executor's form, and what a library keeps for the first program of a process. */
  readonly code: number;
  /** Part of all these that the same program, loaded once more to take turns with this one, has in common with it. */
  readonly shared: number;
}

/** Primitives whose result is their operand's memory under another shape or name. */
const ALIASES: ReadonlySet<string> = new Set(['reshape', 'stopGradient']);
/** Primitives that may write over an operand that nothing else needs. */
const IN_PLACE: ReadonlySet<string> = new Set(
  [...FLOPS].flatMap(([name, rule]) => (rule === perElement ? [name] : [])),
);

/** How an executor keeps a program's results; without one, nodes run in their order and nothing is free. */
interface Keeping {
  /** The computed nodes, every operand before its users. */
  readonly order: readonly Sym[];
  /** Results whose memory is somebody else's. */
  readonly elsewhere: ReadonlySet<Sym>;
  /** Bytes that a node needs while it runs. */
  readonly scratchBytes: (node: Sym) => number;
}

/**
 * Largest sum of live results: a result lives from its making to its last use, updates and outputs to the end of the step;
 * reshapes share their operand's memory, and an elementwise node may overwrite an operand of its own size that it is the
 * last to need. States, inputs and constants are not counted.
 */
export function peakLiveBytes(program: Program, keeping: Partial<Keeping> = {}): number {
  const { order = program.nodes.filter(isComputed), elsewhere = new Set(), scratchBytes = nothing } = keeping;
  const owner = new Map<Sym, Sym>();
  const ownerOf = (node: Sym): Sym => owner.get(node) ?? node;
  const counted = (node: Sym): boolean => isComputed(node) && ownerOf(node) === node && !elsewhere.has(node);
  const lastUse = new Map<Sym, number>();
  for (const [i, node] of order.entries()) {
    if (ALIASES.has(node.primitive)) owner.set(node, ownerOf(node.inputs[0] as Sym));
    for (const used of [node, ...node.inputs]) lastUse.set(ownerOf(used), i);
  }
  for (const kept of [...program.states.map(({ update }) => update), ...program.outputs.map(({ symbol }) => symbol)])
    lastUse.set(ownerOf(kept), order.length);
  let live = 0;
  let peak = 0;
  for (const [i, node] of order.entries()) {
    const ending = [...new Set([node, ...node.inputs].map(ownerOf))].filter(
      (used) => lastUse.get(used) === i && counted(used),
    );
    const bytes = counted(node) ? bytesOf(node) : 0;
    const overwrites =
      IN_PLACE.has(node.primitive) && ending.some((used) => used !== node && bytesOf(used) === bytesOf(node));
    live += bytes;
    peak = Math.max(peak, live + scratchBytes(node) - (overwrites ? bytes : 0));
    for (const used of ending) live -= bytesOf(used);
  }
  return peak;
}

/** Whether a step computes a node, rather than being given it. */
export function isComputed(node: Sym): boolean {
  return node.inputs.length > 0;
}
