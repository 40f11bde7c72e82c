import type { Program, ProgramInput } from './program.ts';
import { requireShape, type Shape, ShapeError, sameShape } from './shape.ts';
import { simplify } from './simplify.ts';
import { addNode, createGraph, DTYPES, type DType, type Sym } from './symbolic.ts';

export interface Tracer {
  /** Declares a float32 tensor that persists between steps. */
  state(name: string, shape: Shape): Sym;
  /** Declares an input; float32 and a value for every step unless told otherwise. */
  input(name: string, shape: Shape, options?: { readonly dtype?: DType; readonly each?: 'step' | 'call' }): Sym;
}

/**
 * Runs `body` once over symbolic tensors and keeps what it computes.
 * @throws Error when a name is used twice, an update has no state, or shapes differ.
 */
export function traceProgram(
  body: (tracer: Tracer) => {
    readonly outputs: Readonly<Record<string, Sym>>;
    readonly updates?: Readonly<Record<string, Sym>>;
  },
): Program {
  const graph = createGraph();
  const states: { name: string; shape: Shape; symbol: Sym }[] = [];
  const inputs: ProgramInput[] = [];
  const names = new Set<string>();
  const claimName = (name: string): void => {
    if (!/^[A-Za-z][A-Za-z0-9_.]*$/.test(name))
      throw new Error(`'${name}' cannot name a tensor: letters, digits, _ and . only`);
    if (names.has(name)) throw new Error(`two tensors are called '${name}'`);
    names.add(name);
  };
  const ownTensor = (name: string, tensor: Sym): void => {
    if (tensor.graph !== graph) throw new Error(`'${name}' belongs to another program`);
  };
  const leaf = (kind: 'state' | 'input', name: string, shape: Shape, dtype: DType): Sym => {
    requireShape(shape);
    if (!DTYPES.includes(dtype)) throw new Error(`'${name}': no element type is called '${dtype}'`);
    claimName(name);
    return addNode(graph, { primitive: kind, inputs: [], attributes: {}, shape: [...shape], dtype, name });
  };
  const { outputs, updates = {} } = body({
    state: (name, shape) => {
      const symbol = leaf('state', name, shape, 'float32');
      states.push({ name, shape, symbol });
      return symbol;
    },
    input: (name, shape, { dtype = 'float32', each = 'step' } = {}) => {
      const symbol = leaf('input', name, shape, dtype);
      inputs.push({ name, shape, dtype, each, symbol });
      return symbol;
    },
  });
  for (const [name, update] of Object.entries(updates)) {
    const state = states.find((candidate) => candidate.name === name);
    if (!state) throw new Error(`an update for '${name}', which is no state`);
    ownTensor(name, update);
    if (update.dtype !== 'float32') throw new Error(`the update of ${name} is ${update.dtype}; cast it to float32`);
    if (!sameShape(state.shape, update.shape))
      throw new ShapeError(`update of ${name}: [${update.shape}] for a state of [${state.shape}]`);
  }
  for (const [name, output] of Object.entries(outputs)) {
    claimName(name);
    ownTensor(name, output);
    if (output.dtype !== 'float32') throw new Error(`output '${name}' is ${output.dtype}; cast it to float32`);
  }
  return simplify({
    states: states.map((state) => ({ ...state, update: updates[state.name] ?? state.symbol })),
    inputs,
    outputs: Object.entries(outputs).map(([name, symbol]) => ({ name, shape: symbol.shape, symbol })),
    nodes: graph.nodes,
  });
}
