import type { TensorflowAttribute, TensorflowType } from '../../primitives/primitive.ts';
import { bytesField, floatField, integerField, join } from '../protobuf.ts';

/**
 * Writes TensorFlow graphs: the few protobuf messages that step programs need.
 * @see https://github.com/tensorflow/tensorflow/tree/v2.15.1/tensorflow/core/framework (graph, node_def, attr_value, tensor)
 */

/** Element types by their number in `DataType`. */
const TYPES: Readonly<Record<TensorflowType, number>> = { float32: 1, int32: 3, uint8: 4, bool: 10, resource: 20 };

/** The graph's version, which says how old ops are read; that of TensorFlow 2.9 to 2.21. */
const PRODUCER = 1087;

export interface GraphNode {
  readonly name: string;
  readonly operator: string;
  /** `node`, `node:1` for a second output, `^node` to run after it. */
  readonly inputs: readonly string[];
  readonly attributes: Readonly<Record<string, TensorflowAttribute>>;
}

const shapeMessage = (shape: readonly number[]): Uint8Array =>
  join(shape.map((length) => bytesField(2, integerField(1, length))));

function attributeMessage(value: TensorflowAttribute): Uint8Array {
  if (typeof value === 'string') return bytesField(2, value);
  if (typeof value === 'number') return integerField(3, value);
  if (typeof value === 'boolean') return integerField(5, value ? 1 : 0);
  if ('float' in value) return floatField(4, value.float);
  if ('type' in value) return integerField(6, TYPES[value.type]);
  if ('shape' in value) return bytesField(7, shapeMessage(value.shape));
  if ('integers' in value) return bytesField(1, join(value.integers.map((n) => integerField(3, n))));
  const { tensor, dims } = value;
  const type = tensor instanceof Float32Array ? TYPES.float32 : TYPES.int32;
  const raw = new Uint8Array(tensor.buffer, tensor.byteOffset, tensor.byteLength);
  return bytesField(8, join([integerField(1, type), bytesField(2, shapeMessage(dims)), bytesField(4, raw)]));
}

/** `NodeDef`. */
function nodeMessage({ name, operator, inputs, attributes }: GraphNode): Uint8Array {
  return join([
    bytesField(1, name),
    bytesField(2, operator),
    ...inputs.map((input) => bytesField(3, input)),
    ...Object.entries(attributes).map(([key, value]) =>
      bytesField(5, join([bytesField(1, key), bytesField(2, attributeMessage(value))])),
    ),
  ]);
}

/** `SavedModel` with one graph, tagged `serve`: the only form in which the binding takes one. */
export function savedModel(nodes: readonly GraphNode[]): Uint8Array {
  const graph = join([
    ...nodes.map((node) => bytesField(1, nodeMessage(node))),
    bytesField(4, integerField(1, PRODUCER)),
  ]);
  const information = bytesField(4, 'serve');
  return join([integerField(1, 1), bytesField(2, join([bytesField(1, information), bytesField(2, graph)]))]);
}
