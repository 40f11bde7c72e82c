import type { TensorflowAttribute, TensorflowType } from '../../primitives/primitive.ts';
import type { Program } from '../../program.ts';
import type { Shape } from '../../shape.ts';
import type { Sym } from '../../symbolic.ts';
import { GraphBuilder } from './graph-builder.ts';
import type { GraphNode } from './graph-def.ts';
import { lowerStep, toolsOf } from './lower-to-tensorflow.ts';

/** A graph model of TensorFlow.js: its `model.json`, and the weights behind one another in files of at most four megabytes. */
export interface GraphModel {
  readonly json: string;
  readonly shards: readonly { readonly path: string; readonly bytes: Uint8Array }[];
}

/** What its own converter cuts weights into, so that browsers cache them. */
const SHARD_BYTES = 4 * 2 ** 20;

/** What TensorFlow.js runs on any of its backends. */
const BROWSER = { images: 'NHWC', groupedConvolutions: false } as const;

/**
 * One step of a program as a graph model, which `tf.loadGraphModel` reads: a function from its inputs to its outputs, by
 * their own names, with the given tensors inside as its weights.
 * @param tensors of every state, none of which the program may change.
 * @see tensorflow/tfjs, tfjs-converter/src/data/compiled_api.ts and tfjs-core/src/io/types.ts
 */
export function graphModel(program: Program, tensors: Readonly<Record<string, Float32Array>>): GraphModel {
  const graph = new GraphBuilder();
  const given = new Map<Sym, string>();
  for (const { name, shape, symbol } of program.states) {
    const tensor = tensors[name];
    if (!tensor) throw new Error(`a model needs its tensor ${name}`);
    const attributes = { dtype: { type: 'float32' }, value: { tensor, dims: shape } } as const;
    given.set(symbol, graph.emit('Const', [], attributes, `weights/${name}`));
  }
  for (const { name, shape, dtype, symbol } of program.inputs)
    given.set(symbol, graph.emit('Placeholder', [], { dtype: { type: dtype }, shape: { shape } }, name));
  const lowered = lowerStep(program, given, { tools: toolsOf(graph), device: BROWSER });
  for (const { name, symbol } of program.outputs)
    graph.emit('Identity', [lowered(symbol)], { T: { type: 'float32' } }, name);
  return written(program, neededFor(graph.nodes, program));
}

/** Nodes that an output is made of, in their order: what was fused needs not all that was lowered. */
function neededFor(nodes: readonly GraphNode[], { inputs, outputs }: Program): readonly GraphNode[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const needed = new Set<string>(inputs.map(({ name }) => name));
  const ask = outputs.map(({ name }) => name);
  for (let name = ask.pop(); name !== undefined; name = ask.pop()) {
    const [owner = ''] = name.split(':');
    if (needed.has(owner)) continue;
    needed.add(owner);
    ask.push(...(byName.get(owner)?.inputs ?? []));
  }
  return nodes.filter(({ name }) => needed.has(name));
}

const TYPES: Readonly<Record<TensorflowType, string>> = {
  float32: 'DT_FLOAT',
  int32: 'DT_INT32',
  uint8: 'DT_UINT8',
  bool: 'DT_BOOL',
  resource: 'DT_RESOURCE',
};
const shapeOf = (shape: Shape) => ({ dim: shape.map((length) => ({ size: String(length) })) });

/** An attribute as JSON of the protobuf message. */
function attributeOf(value: TensorflowAttribute): object {
  if (typeof value === 'string') return { s: btoa(value) };
  if (typeof value === 'number') return { i: String(value) };
  if (typeof value === 'boolean') return { b: value };
  if ('float' in value) return { f: value.float };
  if ('type' in value) return { type: TYPES[value.type] };
  if ('shape' in value) return { shape: shapeOf(value.shape) };
  if ('integers' in value) return { list: { i: value.integers.map(String) } };
  const dtype = value.tensor instanceof Float32Array ? TYPES.float32 : TYPES.int32;
  return { tensor: { dtype, tensorShape: shapeOf(value.dims) } };
}

/** Attributes that TensorFlow fills in and TensorFlow.js does not. */
const WITHOUT_DEFAULTS: Readonly<Record<string, GraphNode['attributes']>> = {
  Conv2D: { dilations: { integers: [1, 1, 1, 1] } },
};

function written(program: Program, nodes: readonly GraphNode[]): GraphModel {
  const weights: { readonly name: string; readonly shape: Shape; readonly dtype: string }[] = [];
  const parts: Uint8Array[] = [];
  for (const { name, attributes } of nodes) {
    const { value } = attributes;
    if (typeof value !== 'object' || !('tensor' in value)) continue;
    const { tensor, dims } = value;
    weights.push({ name, shape: dims, dtype: tensor instanceof Float32Array ? 'float32' : 'int32' });
    parts.push(new Uint8Array(tensor.buffer, tensor.byteOffset, tensor.byteLength));
  }
  const shards = shardsOf(parts);
  const tensorOf = ({ name, shape }: { readonly name: string; readonly shape: Shape }, dtype: string) => ({
    name: `${name}:0`,
    dtype,
    tensorShape: shapeOf(shape),
  });
  const model = {
    format: 'graph-model',
    generatedBy: 'gansweep',
    convertedBy: 'gansweep',
    signature: {
      inputs: Object.fromEntries(program.inputs.map((input) => [input.name, tensorOf(input, TYPES[input.dtype])])),
      outputs: Object.fromEntries(program.outputs.map((output) => [output.name, tensorOf(output, TYPES.float32)])),
    },
    modelTopology: {
      node: nodes.map(({ name, operator, inputs, attributes }) => ({
        name,
        op: operator,
        input: inputs,
        attr: Object.fromEntries(
          Object.entries({ ...attributes, ...WITHOUT_DEFAULTS[operator] }).map(([key, value]) => [
            key,
            attributeOf(value),
          ]),
        ),
      })),
      library: {},
      versions: { producer: 1087 },
    },
    weightsManifest: [{ paths: shards.map(({ path }) => path), weights }],
  };
  return { json: JSON.stringify(model), shards };
}

function shardsOf(parts: readonly Uint8Array[]): GraphModel['shards'] {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  const count = Math.max(1, Math.ceil(whole.length / SHARD_BYTES));
  return Array.from({ length: count }, (_, i) => ({
    path: `group1-shard${i + 1}of${count}.bin`,
    bytes: whole.subarray(i * SHARD_BYTES, (i + 1) * SHARD_BYTES),
  }));
}
