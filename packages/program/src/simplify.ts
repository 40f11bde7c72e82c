import { constantOf } from './primitives/primitive.ts';
import { PRIMITIVES, primitiveNamed } from './primitives/table.ts';
import type { Program } from './program.ts';
import { broadcastShapes, sameShape } from './shape.ts';
import { addNode, createGraph, type Sym } from './symbolic.ts';

const PRIMITIVES_THAT_BROADCAST: ReadonlySet<string> = new Set(
  PRIMITIVES.filter(({ broadcasts }) => broadcasts).map(({ name }) => name),
);

/**
 * The same program with less work: scalar constants folded, x + 0, x − 0, x · 1, x / 1, −(−x) and stopped gradients taken
 * as x, reshapes of reshapes joined, expansions left to the broadcasting of their users, equal nodes shared, dead ones
 * dropped. Every rule keeps the result bit for bit, but for the sign of zero; folding rounds to float32 as executors do.
 */
export function simplify(program: Program): Program {
  const live = liveNodes(program);
  const graph = createGraph();
  const renewed = new Map<Sym, Sym>();
  const renew = (sym: Sym): Sym => renewed.get(sym) as Sym;
  for (const node of live) {
    const inputs = unexpanded(node, node.inputs.map(renew));
    renewed.set(
      node,
      foldedConstant(graph, node, inputs) ?? standIn(node, inputs) ?? addNode(graph, { ...node, inputs }),
    );
  }
  const result: Program = {
    states: program.states.map((state) => ({ ...state, symbol: renew(state.symbol), update: renew(state.update) })),
    inputs: program.inputs.map((input) => ({ ...input, symbol: renew(input.symbol) })),
    outputs: program.outputs.map((output) => ({ ...output, symbol: renew(output.symbol) })),
    nodes: graph.nodes,
  };
  return { ...result, nodes: liveNodes(result) };
}

/** States, inputs, and whatever outputs and updates need, in order. */
function liveNodes(program: Program): readonly Sym[] {
  const live = new Set<Sym>([...program.states, ...program.inputs].map(({ symbol }) => symbol));
  const stack = [...program.outputs.map(({ symbol }) => symbol), ...program.states.map(({ update }) => update)];
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (live.has(node) && node.inputs.length === 0) continue;
    if (live.has(node)) continue;
    live.add(node);
    stack.push(...node.inputs);
  }
  return [...live].sort((a, b) => a.id - b.id);
}

function foldedConstant(graph: Sym['graph'], node: Sym, inputs: readonly Sym[]): Sym | null {
  if (inputs.length === 0 || node.shape.length > 0 || node.dtype !== 'float32') return null;
  if (!inputs.every((input) => input.primitive === 'constant')) return null;
  const values = inputs.map((input) => ({ shape: [], data: Float64Array.of(input.attributes.value as number) }));
  const value = Math.fround(primitiveNamed(node.primitive).reference(values, node)[0] as number);
  return Number.isFinite(value) ? constantOf(graph, value) : null;
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
function standIn(node: Sym, [a, b]: readonly Sym[]): Sym | null {
  const is = (sym: Sym | undefined, value: number): boolean =>
    sym?.primitive === 'constant' && sym.attributes.value === value;
  const keeps = (sym: Sym | undefined): Sym | null => (sym && sym.shape.length === node.shape.length ? sym : null);
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
      return a?.primitive === 'neg' ? (a.inputs[0] ?? null) : null;
    case 'stopGradient':
      return a ?? null;
    case 'reshape':
    case 'expand':
      return a && sameShape(a.shape, node.shape) ? a : null;
    default:
      return null;
  }
}
