import { expand } from './primitives/layout.ts';
import { primitiveNamed } from './primitives/table.ts';
import type { Program } from './program.ts';
import type { Shape } from './shape.ts';
import { simplify } from './simplify.ts';
import { addNode, createGraph, type Sym } from './symbolic.ts';

/**
 * The same step for many lanes at once: states, inputs and outputs have a leading axis of lanes, and lane i computes what
 * the program would from its own slices: every primitive by its own lane rule, so that no lane sees another's numbers.
 * @throws Error naming a primitive that has no lane rule.
 */
export function programOfLanes(program: Program, lanes: number): Program {
  if (!Number.isInteger(lanes) || lanes < 1) throw new RangeError(`${lanes} is no number of lanes`);
  const graph = createGraph();
  const lifted = new Map<Sym, Sym>();
  const ofAll = (shape: Shape): Shape => [lanes, ...shape];
  const isShared = (sym: Sym): boolean => (lifted.get(sym) as Sym).shape.length === sym.shape.length;
  const separate = (sym: Sym): Sym => {
    const known = lifted.get(sym) as Sym;
    return isShared(sym) ? expand(known, ofAll(sym.shape)) : known;
  };
  for (const node of program.nodes) {
    const { primitive, name, dtype, inputs, attributes } = node;
    if (primitive === 'state' || primitive === 'input') {
      lifted.set(node, addNode(graph, { primitive, name, dtype, inputs, attributes, shape: ofAll(node.shape) }));
      continue;
    }
    // Constants, and what follows from them alone, are the same for all lanes.
    if (inputs.every(isShared)) {
      lifted.set(node, addNode(graph, { ...node, inputs: inputs.map((input) => lifted.get(input) as Sym) }));
      continue;
    }
    const rule = primitiveNamed(primitive);
    if (rule.lanes === 'none') throw new Error(`${primitive} has no lane rule for the operands that it was given`);
    const operands = inputs.map((input, i) =>
      rule.broadcasts || rule.shares?.includes(i) ? (lifted.get(input) as Sym) : separate(input),
    );
    lifted.set(node, rule.lanes({ node, inputs: operands, lanes }));
  }
  return simplify({
    states: program.states.map((state) => ({
      ...state,
      shape: ofAll(state.shape),
      symbol: separate(state.symbol),
      update: separate(state.update),
    })),
    inputs: program.inputs.map((input) => ({ ...input, shape: ofAll(input.shape), symbol: separate(input.symbol) })),
    outputs: program.outputs.map((output) => ({
      ...output,
      shape: ofAll(output.shape),
      symbol: separate(output.symbol),
    })),
    nodes: graph.nodes,
  });
}
