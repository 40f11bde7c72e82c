import type { TensorflowType } from '../../primitives/primitive.ts';
import { primitiveNamed } from '../../primitives/table.ts';
import type { Program, ProgramInput, ProgramState } from '../../program.ts';
import { sizeOf } from '../../shape.ts';
import type { Sym } from '../../symbolic.ts';
import { fusedNode } from './fused-nodes.ts';
import { GraphBuilder } from './graph-builder.ts';
import { imagesAsTheyLie, type Tools } from './image-layout.ts';

/** Whether a step changes a state. The others are read by every step as they are. */
export const isUpdated = ({ symbol, update }: ProgramState): boolean => symbol !== update;

/** Rows that a program holds, in the order of their nodes. */
export const heldRows = ({ nodes }: Program): readonly Sym[] => nodes.filter(({ primitive }) => primitive === 'held');

/** Names of the graph's boundary; states and inputs by their position in the program. */
export const BOUNDARY = {
  /** Fed: how many steps, int32. */
  steps: 'steps',
  input: (position: number): string => `input${position}`,
  /** Fetched: the outputs of each step behind one another, `[steps, …]`. Runs the steps. */
  outputs: 'outputs',
  /** Fed, and fetched to write it. */
  newState: (position: number): string => `new_state${position}`,
  written: (position: number): string => `written${position}`,
  /** The same for rows that the program holds, by their place among those. */
  newRows: (position: number): string => `new_rows${position}`,
  rowsWritten: (position: number): string => `rows_written${position}`,
  /** Fetched. */
  state: (position: number): string => `state${position}`,
  previous: (position: number): string => `previous${position}`,
} as const;

/** What a device is like, as far as a graph depends on it. */
export interface DeviceTraits {
  readonly images: 'NHWC' | 'NCHW';
  readonly groupedConvolutions: boolean;
}

const FLOAT = { type: 'float32' } as const;
const OF = (type: TensorflowType) => ({ T: { type } });

/**
 * The program as one graph that runs any number of steps in a call: a loop whose body is the step, in TensorFlow's dataflow
 * form (Enter, Merge, Switch, NextIteration, Exit). States are variables on the device, which a call reads before its first
 * step and writes after its last, so no buffer is copied; what they were before stays in variables of its own.
 */
export function lowerToTensorflow(program: Program, device: DeviceTraits): Uint8Array {
  const graph = new GraphBuilder();
  const { emit } = toolsOf(graph);
  const variables = program.states.map((state, i) => variable(graph, state, BOUNDARY.state(i)));
  const previous = program.states.map((state, i) =>
    isUpdated(state) ? variable(graph, state, BOUNDARY.previous(i)) : null,
  );
  program.states.forEach(({ shape }, i) => {
    const value = emit('Placeholder', [], { dtype: FLOAT, shape: { shape } }, BOUNDARY.newState(i));
    const write = emit('AssignVariableOp', [variables[i] as string, value], { dtype: FLOAT });
    emit('Identity', [graph.integers([0]), `^${write}`], OF('int32'), BOUNDARY.written(i));
  });

  const rows = heldRows(program).map(({ shape }, i) => {
    const of = { dtype: { type: 'uint8' }, shape: { shape } } as const;
    const handle = emit('VarHandleOp', [], { ...of, shared_name: `variable_rows${i}` });
    const value = emit('Placeholder', [], of, BOUNDARY.newRows(i));
    const write = emit('AssignVariableOp', [handle, value], { dtype: of.dtype });
    emit('Identity', [graph.integers([0]), `^${write}`], OF('int32'), BOUNDARY.rowsWritten(i));
    return handle;
  });

  const before = variables.map((handle) => emit('ReadVariableOp', [handle], { dtype: FLOAT }));
  const keep = previous.flatMap((handle, i) =>
    handle === null ? [] : [emit('AssignVariableOp', [handle, before[i] as string], { dtype: FLOAT })],
  );
  const { after, outputs } = stepLoop(graph, program, { before, rows, device });
  const write = [...after].map(([i, value]) =>
    emit('AssignVariableOp', [variables[i] as string, value], { dtype: FLOAT }),
  );
  emit('Identity', [outputs, ...[...keep, ...write].map((name) => `^${name}`)], OF('float32'), BOUNDARY.outputs);
  return graph.finish();
}

/** What rules of a graph's nodes are handed. */
export const toolsOf = (graph: GraphBuilder): Tools => ({
  emit: (operator, inputs, attributes, name) => graph.emit(operator, inputs, attributes, name),
  integers: graph.integers,
  floats: graph.floats,
});

/** A variable for a state and the node that reads it; returns the handle. */
function variable(graph: GraphBuilder, { shape }: ProgramState, reader: string): string {
  const attributes = { dtype: FLOAT, shape: { shape }, shared_name: `variable_${reader}` };
  const handle = graph.emit('VarHandleOp', [], attributes);
  const value = graph.emit('ReadVariableOp', [handle], { dtype: FLOAT });
  // Only first outputs of nodes that are no variables can be fetched.
  graph.emit('Identity', [value], OF('float32'), reader);
  return handle;
}

interface LoopEnd {
  /** Names of the updated states after the last step, by their position. */
  readonly after: ReadonlyMap<number, string>;
  /** `[steps, size of all outputs of a step]`. */
  readonly outputs: string;
}

function stepLoop(
  graph: GraphBuilder,
  program: Program,
  {
    before,
    rows,
    device,
  }: { readonly before: readonly string[]; readonly rows: readonly string[]; readonly device: DeviceTraits },
): LoopEnd {
  const { emit, integers } = toolsOf(graph);
  const frame = { frame_name: 'steps', parallel_iterations: 1 };
  const enter = (value: string, type: TensorflowType, constant = false): string =>
    emit('Enter', [value], { ...OF(type), ...frame, is_constant: constant });
  const steps = emit('Placeholder', [], { dtype: { type: 'int32' }, shape: { shape: [] } }, BOUNDARY.steps);
  const inputs = program.inputs.map((input, i) => placeholder(graph, input, i));
  const outputSize = program.outputs.reduce((total, { shape }) => total + sizeOf(shape), 0);
  const row = { shape: [Math.max(outputSize, 1)] };
  const array = emit('TensorArrayV3', [steps], { dtype: FLOAT, element_shape: row });

  // What goes round: the number of the step, as a vector of one, which cuts inputs; the array's state; the updated states.
  const updated = program.states.flatMap((state, i) => (isUpdated(state) ? [i] : []));
  const carried = [
    { value: integers([0]), type: 'int32' as const },
    { value: `${array}:1`, type: 'float32' as const },
    ...updated.map((i) => ({ value: before[i] as string, type: 'float32' as const })),
  ].map(({ value, type }, position) => {
    const next = `next${position}`;
    const merged = emit('Merge', [enter(value, type), next], { ...OF(type), N: 2 });
    return { merged, next, type };
  });
  const counter = carried[0]?.merged as string;
  const limit = enter(steps, 'int32', true);
  const count = emit('Squeeze', [counter], { ...OF('int32'), squeeze_dims: { integers: [0] } });
  const more = emit('LoopCond', [emit('Less', [count, limit], OF('int32'))], {});
  const now = carried.map(({ merged, type }) => emit('Switch', [merged, more], OF(type)));
  const body = (i: number): string => `${now[i]}:1`;
  const pivot = emit('Identity', [body(0)], OF('int32'));
  const handle = enter(array, 'resource', true);
  const constants = new Map(
    program.states.flatMap((state, i): [string, string][] =>
      isUpdated(state) ? [] : [[state.name, enter(before[i] as string, 'float32', true)]],
    ),
  );
  const handles = rows.map((variable) => enter(variable, 'resource', true));
  const fed = program.inputs.map(({ dtype }, i) => enter(inputs[i] as string, dtype, true));

  graph.insideLoop(pivot, () => {
    const following = emit('AddV2', [pivot, integers([1])], OF('int32'));
    const given = new Map<Sym, string>();
    program.states.forEach((state, i) => {
      given.set(state.symbol, constants.get(state.name) ?? body(2 + updated.indexOf(i)));
    });
    heldRows(program).forEach((node, i) => {
      given.set(node, handles[i] as string);
    });
    program.inputs.forEach(({ symbol, dtype, each }, i) => {
      const cut = { ...OF(dtype), Index: { type: 'int32' }, shrink_axis_mask: 1 } as const;
      const whole = fed[i] as string;
      given.set(symbol, each === 'call' ? whole : emit('StridedSlice', [whole, pivot, following, integers([1])], cut));
    });
    const lowered = lowerStep(program, given, { tools: toolsOf(graph), device });
    const flat = program.outputs.map(({ symbol, shape }) =>
      emit('Reshape', [lowered(symbol), integers([sizeOf(shape)])], OF('float32')),
    );
    const [only, ...others] = flat.length === 0 ? [graph.floats([0], [1])] : flat;
    const together =
      others.length === 0
        ? (only as string)
        : emit('ConcatV2', [...flat, integers([0], [])], { ...OF('float32'), N: flat.length });
    const index = emit('Squeeze', [pivot], { ...OF('int32'), squeeze_dims: { integers: [0] } });
    const written = emit('TensorArrayWriteV3', [handle, index, together, body(1)], OF('float32'));
    // A state must not share the memory of an input, which is the caller's again after the call.
    const ownCopy = (symbol: Sym): string =>
      isPassedOn(symbol) ? emit('DeepCopy', [lowered(symbol)], OF('float32')) : lowered(symbol);
    const values = [following, written, ...updated.map((i) => ownCopy((program.states[i] as ProgramState).update))];
    carried.forEach(({ next, type }, position) => {
      emit('NextIteration', [values[position] as string], OF(type), next);
    });
  });

  const exits = carried.map(({ type }, i) => emit('Exit', [now[i] as string], OF(type)));
  const range = emit('Range', [integers([0], []), steps, integers([1], [])], { Tidx: { type: 'int32' } });
  const outputs = emit('TensorArrayGatherV3', [array, range, exits[1] as string], { dtype: FLOAT, element_shape: row });
  return { after: new Map(updated.map((i, at) => [i, exits[2 + at] as string])), outputs };
}

/** Whether a value may be an input's own memory, looked at otherwise. */
function isPassedOn({ primitive, inputs: [operand] }: Sym): boolean {
  if (primitive === 'input') return true;
  return operand !== undefined && VIEWS.has(primitive) && isPassedOn(operand);
}
const VIEWS = new Set(['reshape', 'slice', 'transpose', 'expand', 'stopGradient', 'concat', 'pad']);

function placeholder(graph: GraphBuilder, { shape, dtype, each }: ProgramInput, position: number): string {
  const whole = each === 'step' ? [-1, ...shape] : shape;
  return graph.emit('Placeholder', [], { dtype: { type: dtype }, shape: { shape: whole } }, BOUNDARY.input(position));
}

/** Lowers a step's nodes; returns the names of their values. @throws Error naming a primitive that is not in the table. */
export function lowerStep(
  program: Program,
  given: ReadonlyMap<Sym, string>,
  { tools, device }: { readonly tools: Tools; readonly device: DeviceTraits },
): (symbol: Sym) => string {
  const values = imagesAsTheyLie(tools, device.images);
  const lowering = { ...tools, ...device };
  for (const node of program.nodes) {
    const name = given.get(node);
    if (name !== undefined) values.set(node, name);
    else if (node.primitive === 'constant') values.set(node, tools.floats([node.attributes.value as number], []));
    else {
      const fused = fusedNode(node);
      values.lower(node, fused?.inputs ?? node.inputs, (names, view) =>
        fused ? fused.lower(names, lowering) : primitiveNamed(node.primitive).tensorflow(names, view, lowering),
      );
    }
  }
  return values.get;
}
