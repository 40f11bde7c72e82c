import { constantOf } from './primitives/primitive.ts';
import { primitiveNamed } from './primitives/table.ts';
import { addNode, createGraph, type Sym } from './symbolic.ts';
import type { Program } from './trace.ts';

/**
 * The same program with less work: scalar constants folded, x + 0, x − 0, x · 1 and x / 1 taken as x, equal nodes
 * shared, dead ones dropped. Folding rounds to float32 as every executor would.
 */
export function simplify(program: Program): Program {
  const live = liveNodes(program);
  const graph = createGraph();
  const renewed = new Map<Sym, Sym>();
  const renew = (sym: Sym): Sym => renewed.get(sym) as Sym;
  for (const node of live) {
    const inputs = node.inputs.map(renew);
    renewed.set(
      node,
      foldedConstant(graph, node, inputs) ?? neutralOperand(node, inputs) ?? addNode(graph, { ...node, inputs }),
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

function neutralOperand(node: Sym, [a, b]: readonly Sym[]): Sym | null {
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
    default:
      return null;
  }
}
