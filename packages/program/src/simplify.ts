import { add, mul, sub } from './primitives/elementwise.ts';
import { expand, pad, reshape, slice, table, transpose } from './primitives/layout.ts';
import { constantOf, type ReferenceTensor } from './primitives/primitive.ts';
import { PRIMITIVES, primitiveNamed } from './primitives/table.ts';
import type { Program } from './program.ts';
import { broadcastShapes, sameShape, sizeOf } from './shape.ts';
import { addNode, createGraph, type Graph, type Sym } from './symbolic.ts';

const PRIMITIVES_THAT_BROADCAST: ReadonlySet<string> = new Set(
  PRIMITIVES.filter(({ broadcasts }) => broadcasts).map(({ name }) => name),
);

/** Constant tensors are folded up to this size: folding more would move work into the program's bytes. */
const FOLDED_ELEMENTS = 65_536;

/**
 * The same program with less work: constants folded, x + 0, x − 0, x · 1, x / 1, −(−x) and stopped gradients taken as x,
 * signs taken into sums, transposes, reshapes, slices, pads and flips that cancel joined, expansions left to the
 * broadcasting of their users, equal nodes shared, dead ones dropped, until nothing changes. Every rule keeps the result
 * bit for bit, but for the sign of zero; folding rounds to float32 as executors do.
 */
export function simplify(program: Program): Program {
  let before: Program = { ...program, nodes: liveNodes(program) };
  for (;;) {
    const { simpler, changed } = simplifiedOnce(before);
    if (!changed) return simpler;
    before = simpler;
  }
}

function simplifiedOnce(program: Program): { readonly simpler: Program; readonly changed: boolean } {
  const graph = createGraph();
  const renewed = new Map<Sym, Sym>();
  const renew = (sym: Sym): Sym => renewed.get(sym) as Sym;
  let changed = false;
  for (const node of program.nodes) {
    const given = node.inputs.map(renew);
    const inputs = unexpanded(node, given);
    const other = foldedConstant(graph, node, inputs) ?? standIn(node, inputs) ?? joined(node, inputs);
    changed ||= other !== null || inputs !== given;
    renewed.set(node, other ?? addNode(graph, { ...node, inputs }));
  }
  const result: Program = {
    states: program.states.map((state) => ({ ...state, symbol: renew(state.symbol), update: renew(state.update) })),
    inputs: program.inputs.map((input) => ({ ...input, symbol: renew(input.symbol) })),
    outputs: program.outputs.map((output) => ({ ...output, symbol: renew(output.symbol) })),
    nodes: graph.nodes,
  };
  const nodes = liveNodes(result);
  return { simpler: { ...result, nodes }, changed: changed || nodes.length !== program.nodes.length };
}

/** States, inputs, and whatever outputs and updates need, in order. */
function liveNodes(program: Program): readonly Sym[] {
  const live = new Set<Sym>([...program.states, ...program.inputs].map(({ symbol }) => symbol));
  const stack = [...program.outputs.map(({ symbol }) => symbol), ...program.states.map(({ update }) => update)];
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (live.has(node)) continue;
    live.add(node);
    stack.push(...node.inputs);
  }
  return [...live].sort((a, b) => a.id - b.id);
}

function foldedConstant(graph: Graph, node: Sym, inputs: readonly Sym[]): Sym | null {
  if (inputs.length === 0 || node.dtype !== 'float32' || !inputs.every(isConstant)) return null;
  // Scalars made larger stay as they are: a broadcast costs less than a tensor.
  if (node.shape.length > 0 && !inputs.some(({ primitive }) => primitive === 'table')) return null;
  if (sizeOf(node.shape) > FOLDED_ELEMENTS) return null;
  const values = primitiveNamed(node.primitive)
    .reference(inputs.map(valuesOf), { ...node, inputs })
    .map(Math.fround);
  if (!values.every(Number.isFinite)) return null;
  return node.shape.length === 0
    ? constantOf(graph, values[0] as number)
    : table(inputs[0] as Sym, [...values], node.shape);
}

const isConstant = ({ primitive }: Sym): boolean => primitive === 'constant' || primitive === 'table';

function valuesOf({ primitive, shape, attributes }: Sym): ReferenceTensor {
  const values = primitive === 'constant' ? [attributes.value as number] : (attributes.values as readonly number[]);
  return { shape, data: Float64Array.from(values) };
}

/** Operands of a broadcasting node without expansions and reshapes that do not change its shape. */
function unexpanded(node: Sym, inputs: readonly Sym[]): readonly Sym[] {
  if (PRIMITIVES_THAT_BROADCAST.has(node.primitive))
    for (const [i, input] of inputs.entries()) {
      const [source] = input.inputs;
      const scalar = input.primitive === 'reshape' && source?.shape.length === 0;
      if (!source || (input.primitive !== 'expand' && !scalar)) continue;
      const shorter = inputs.with(i, source);
      if (sameShape(shorter.map(({ shape }) => shape).reduce(broadcastShapes), node.shape))
        return unexpanded(node, shorter);
    }
  if (node.primitive === 'reshape' && inputs[0]?.primitive === 'reshape') return inputs[0].inputs;
  return inputs;
}

/** An earlier tensor that is this node's value already. */
function standIn(node: Sym, [a, b, c]: readonly Sym[]): Sym | null {
  const is = (sym: Sym | undefined, value: number): boolean =>
    sym?.primitive === 'constant' && sym.attributes.value === value;
  const keeps = (sym: Sym | undefined): Sym | null => (sym && sym.shape.length === node.shape.length ? sym : null);
  const keepsShape = (sym: Sym): Sym | null => (sameShape(sym.shape, node.shape) ? sym : null);
  switch (node.primitive) {
    case 'add':
      return is(b, 0) ? keeps(a) : is(a, 0) ? keeps(b) : null;
    case 'mul':
      return is(b, 1) ? keeps(a) : is(a, 1) ? keeps(b) : null;
    case 'sub':
      return is(b, 0) ? keeps(a) : null;
    case 'div':
      return is(b, 1) ? keeps(a) : null;
    case 'neg':
    case 'flip':
      return undoes(node, a) ? (a?.inputs[0] ?? null) : null;
    case 'stopGradient':
      return a ?? null;
    case 'where':
      return b && b === c ? keepsShape(b) : null;
    case 'max':
    case 'reshape':
    case 'expand':
      return a && sameShape(a.shape, node.shape) ? a : null;
    default:
      return null;
  }
}

/** Whether a node and its operand are the same operation, of which two are none. */
function undoes(node: Sym, operand: Sym | undefined): boolean {
  return operand?.primitive === node.primitive && operand.attributes.axis === node.attributes.axis;
}

/** Another way to the same value, in fewer or cheaper nodes. */
function joined(node: Sym, inputs: readonly Sym[]): Sym | null {
  const [a, b] = inputs as readonly [Sym, Sym];
  const { axis } = node.attributes as { readonly axis?: number };
  const inner = a?.inputs[0];
  const sameAxis = a?.attributes.axis === axis;
  switch (node.primitive) {
    case 'add':
      if (b.primitive === 'neg') return sub(a, b.inputs[0] as Sym);
      return a.primitive === 'neg' ? sub(b, inner as Sym) : null;
    case 'sub':
      return b.primitive === 'neg' ? add(a, b.inputs[0] as Sym) : null;
    case 'mul':
      return a.primitive === 'neg' && b.primitive === 'neg' ? mul(inner as Sym, b.inputs[0] as Sym) : null;
    case 'sum':
      return sizeOf(a.shape) === sizeOf(node.shape) ? reshape(a, node.shape) : null;
    case 'transpose':
      return transposed(a, node.attributes.permutation as readonly number[]);
    case 'expand':
      return a.primitive === 'expand' && (inner as Sym).shape.length === a.shape.length
        ? expand(inner as Sym, node.shape)
        : null;
    case 'pad': {
      if (a.primitive !== 'pad' || !sameAxis) return null;
      const [before, after] = [a, node].map(({ attributes }) => attributes) as unknown as [Padding, Padding];
      return pad(inner as Sym, axis as number, before.before + after.before, before.after + after.after);
    }
    case 'slice':
      return sliced(a, node.attributes as unknown as Cut);
    case 'concat':
      return rejoined(inputs, axis as number);
    default:
      return null;
  }
}

interface Padding {
  readonly before: number;
  readonly after: number;
}

interface Cut {
  readonly axis: number;
  readonly start: number;
  readonly length: number;
}

/** One transpose for two; a reshape where only axes of length 1 move. */
function transposed(x: Sym, permutation: readonly number[]): Sym | null {
  if (x.primitive === 'transpose') {
    const first = x.attributes.permutation as readonly number[];
    return transpose(
      x.inputs[0] as Sym,
      permutation.map((axis) => first[axis] as number),
    );
  }
  const long = permutation.filter((axis) => x.shape[axis] !== 1);
  const inOrder = long.every((axis, i) => i === 0 || axis > (long[i - 1] as number));
  return inOrder
    ? reshape(
        x,
        permutation.map((axis) => x.shape[axis] as number),
      )
    : null;
}

/** A slice of a slice, of one part of a concatenation, or of what was padded. */
function sliced(x: Sym, { axis, start, length }: Cut): Sym | null {
  if (x.attributes.axis !== axis) return null;
  const [inner] = x.inputs as readonly [Sym];
  switch (x.primitive) {
    case 'slice':
      return slice(inner, axis, (x.attributes.start as number) + start, length);
    case 'pad': {
      const from = start - (x.attributes.before as number);
      return from >= 0 && from + length <= (inner.shape[axis] as number) ? slice(inner, axis, from, length) : null;
    }
    case 'concat': {
      let at = 0;
      for (const part of x.inputs) {
        const end = at + (part.shape[axis] as number);
        if (start >= at && start + length <= end) return slice(part, axis, start - at, length);
        at = end;
      }
      return null;
    }
    default:
      return null;
  }
}

/** Consecutive slices of one tensor, put together again. */
function rejoined(parts: readonly Sym[], axis: number): Sym | null {
  const cuts = parts.map(({ attributes }) => attributes as unknown as Cut);
  const follows = parts.every(
    ({ primitive, inputs }, i) =>
      primitive === 'slice' &&
      inputs[0] === parts[0]?.inputs[0] &&
      cuts[i]?.axis === axis &&
      (i === 0 || cuts[i]?.start === (cuts[i - 1] as Cut).start + (cuts[i - 1] as Cut).length),
  );
  if (!follows) return null;
  const [first] = cuts as [Cut, ...Cut[]];
  return slice(
    parts[0]?.inputs[0] as Sym,
    axis,
    first.start,
    cuts.reduce((total, { length }) => total + length, 0),
  );
}
