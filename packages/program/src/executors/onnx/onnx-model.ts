import { bytesField, floatField, integerField, join } from '../protobuf.ts';

/**
 * Writes ONNX models: the few protobuf messages that step programs need.
 * @see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3 (field numbers)
 */

/** Element types by their number in `TensorProto.DataType`. */
const ELEMENT_TYPES = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9 } as const;
export type ElementType = keyof typeof ELEMENT_TYPES;

/** `steps` stands for a length that is known only at run time. */
export type Dimension = number | 'steps';

export type NodeAttribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly graph: Uint8Array };

const IR_VERSION = 9;
const OPSET = 20;

/** `TensorProto` with raw little-endian data. */
export function constantTensor(
  name: string,
  type: ElementType,
  dims: readonly number[],
  data: Float32Array | BigInt64Array | Uint8Array,
): Uint8Array {
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return join([
    ...dims.map((n) => integerField(1, n)),
    integerField(2, ELEMENT_TYPES[type]),
    bytesField(8, name),
    bytesField(9, raw),
  ]);
}

/** `ValueInfoProto` of a tensor. */
export function valueInfo(name: string, type: ElementType, dims: readonly Dimension[]): Uint8Array {
  const shape = join(dims.map((n) => bytesField(1, n === 'steps' ? bytesField(2, 'steps') : integerField(1, n))));
  const tensorType = join([integerField(1, ELEMENT_TYPES[type]), bytesField(2, shape)]);
  return join([bytesField(1, name), bytesField(2, bytesField(1, tensorType))]);
}

function attribute(name: string, value: NodeAttribute): Uint8Array {
  const kind = (number: number): Uint8Array => integerField(20, number);
  const content = (): Uint8Array[] => {
    if (typeof value === 'number') return [integerField(3, value), kind(2)];
    if (typeof value === 'string') return [bytesField(4, value), kind(3)];
    if ('float' in value) return [floatField(2, value.float), kind(1)];
    if ('graph' in value) return [bytesField(6, value.graph), kind(5)];
    return [...value.map((n) => integerField(8, n)), kind(7)];
  };
  return join([bytesField(1, name), ...content()]);
}

export interface OperatorNode {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, NodeAttribute>>;
  readonly domain?: string;
}

/** `NodeProto`. */
export function operatorNode(node: OperatorNode): Uint8Array {
  return join([
    ...node.inputs.map((name) => bytesField(1, name)),
    ...node.outputs.map((name) => bytesField(2, name)),
    bytesField(4, node.operator),
    ...Object.entries(node.attributes ?? {}).map(([name, value]) => bytesField(5, attribute(name, value))),
    ...(node.domain ? [bytesField(7, node.domain)] : []),
  ]);
}

/** `GraphProto`. */
export function graphMessage(graph: {
  readonly name: string;
  readonly nodes: readonly Uint8Array[];
  readonly constants: readonly Uint8Array[];
  readonly inputs: readonly Uint8Array[];
  readonly outputs: readonly Uint8Array[];
}): Uint8Array {
  return join([
    ...graph.nodes.map((node) => bytesField(1, node)),
    bytesField(2, graph.name),
    ...graph.constants.map((tensor) => bytesField(5, tensor)),
    ...graph.inputs.map((info) => bytesField(11, info)),
    ...graph.outputs.map((info) => bytesField(12, info)),
  ]);
}

/** `ModelProto` with the standard operators and ONNX Runtime's own. @param notes `metadata_props`. */
export function modelMessage(graph: Uint8Array, notes: Readonly<Record<string, string>> = {}): Uint8Array {
  const opset = (domain: string, version: number): Uint8Array =>
    bytesField(8, join([bytesField(1, domain), integerField(2, version)]));
  return join([
    integerField(1, IR_VERSION),
    bytesField(7, graph),
    opset('', OPSET),
    opset('com.microsoft', 1),
    ...Object.entries(notes).map(([key, value]) => bytesField(14, join([bytesField(1, key), bytesField(2, value)]))),
  ]);
}
