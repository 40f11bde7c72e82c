/** Element types that graphs of others are run with; `other` is any that is not. */
export type OnnxElementType = 'float32' | 'uint8' | 'int32' | 'int64' | 'other';

/** Name, element type and shape of an input or output; a dimension without a number (a batch of any size) is null. */
export interface OnnxTensorFacts {
  readonly name: string;
  readonly type: OnnxElementType;
  readonly shape: readonly (number | null)[];
}

export type OnnxWeights = readonly {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}[];

/** Bytes that are no ONNX model, or one that cannot be taken. The message completes "FILE …". */
export class BadOnnx extends Error {
  override readonly name = 'BadOnnx';
}

export interface OnnxFacts {
  readonly inputs: readonly OnnxTensorFacts[];
  readonly outputs: readonly OnnxTensorFacts[];
  readonly weights: OnnxWeights;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Numbers of fields in onnx.proto3. */
const MODEL = { graph: 7, metadata: 14 } as const;
const GRAPH = { initializer: 5, input: 11, output: 12 } as const;
const TENSOR = { dims: 1, type: 2, floats: 4, name: 8, raw: 9, doubles: 10, location: 14 } as const;
/** Of `TensorProto.DataType`. */
const ELEMENT_TYPES: Readonly<Record<number, OnnxElementType>> = { 1: 'float32', 2: 'uint8', 6: 'int32', 7: 'int64' };
const FLOAT = 1;
const HALF = 10;
const DOUBLE = 11;

/**
 * Reads what must be known of an ONNX model before it is run: inputs, outputs, floating-point weights, notes. Weights in
 * other files are refused, because nothing would vouch for them. @see onnx.proto3 of the ONNX specification.
 */
export function readOnnx(bytes: Uint8Array): OnnxFacts {
  const model = fieldsOf(bytes);
  const graphBytes = model.find(({ number }) => number === MODEL.graph);
  if (!graphBytes || !(graphBytes.value instanceof Uint8Array)) throw new BadOnnx('is no ONNX model');
  const graph = fieldsOf(graphBytes.value);
  const each = <Part>(number: number, read: (fields: readonly Field[]) => Part): readonly Part[] =>
    graph.filter((field) => field.number === number).map(({ value }) => read(fieldsOf(blockOf(value))));
  const initializers = each(GRAPH.initializer, (fields) => fields);
  const weighted = new Set(initializers.map((fields) => textOf(fields, TENSOR.name)));
  return {
    // Old exporters list weights among the inputs.
    inputs: each(GRAPH.input, tensorFacts).filter(({ name }) => !weighted.has(name)),
    outputs: each(GRAPH.output, tensorFacts),
    weights: initializers.flatMap(weightsOf),
    metadata: Object.fromEntries(
      model
        .filter(({ number }) => number === MODEL.metadata)
        .map(({ value }) => fieldsOf(blockOf(value)))
        .map((fields) => [textOf(fields, 1), textOf(fields, 2)]),
    ),
  };
}

interface Field {
  readonly number: number;
  /** A block of bytes, or a number of the wire. */
  readonly value: Uint8Array | number;
}

/** The fields of a protobuf message in order. */
function fieldsOf(bytes: Uint8Array): readonly Field[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fields: Field[] = [];
  let at = 0;
  const varint = (): number => {
    let [value, factor] = [0, 1];
    for (;;) {
      const byte = bytes[at++];
      if (byte === undefined || factor > 2 ** 63) throw new BadOnnx('is cut off or no ONNX model');
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 128;
    }
  };
  const take = (length: number): number => {
    const start = at;
    at += length;
    if (at > bytes.length) throw new BadOnnx('is cut off or no ONNX model');
    return start;
  };
  while (at < bytes.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    switch (tag % 8) {
      case 0:
        fields.push({ number, value: varint() });
        break;
      case 1:
        fields.push({ number, value: view.getFloat64(take(8), true) });
        break;
      case 2: {
        const length = varint();
        const start = take(length);
        fields.push({ number, value: bytes.subarray(start, start + length) });
        break;
      }
      case 5:
        fields.push({ number, value: view.getFloat32(take(4), true) });
        break;
      default:
        throw new BadOnnx('is no ONNX model');
    }
  }
  return fields;
}

function blockOf(value: Uint8Array | number): Uint8Array {
  if (typeof value === 'number') throw new BadOnnx('is no ONNX model');
  return value;
}

function textOf(fields: readonly Field[], number: number): string {
  const found = fields.find((field) => field.number === number);
  return found === undefined ? '' : new TextDecoder().decode(blockOf(found.value));
}

/** ValueInfoProto: name 1, type 2 { tensor 1 { element type 1, shape 2 { dim 1 { value 1 } } } }. */
function tensorFacts(fields: readonly Field[]): OnnxTensorFacts {
  const inside = (from: readonly Field[], number: number): readonly Field[] => {
    const found = from.find((field) => field.number === number);
    return found === undefined ? [] : fieldsOf(blockOf(found.value));
  };
  const tensor = inside(inside(fields, 2), 1);
  const type = tensor.find(({ number }) => number === 1)?.value;
  const shape = inside(tensor, 2)
    .filter(({ number }) => number === 1)
    .map(({ value }) => {
      const known = fieldsOf(blockOf(value)).find(({ number }) => number === 1)?.value;
      return typeof known === 'number' ? known : null;
    });
  return { name: textOf(fields, 1), type: (typeof type === 'number' && ELEMENT_TYPES[type]) || 'other', shape };
}

/** The tensor as float32; nothing for whole numbers, which are shapes and the like. */
function weightsOf(fields: readonly Field[]): OnnxWeights {
  const name = textOf(fields, TENSOR.name);
  const type = fields.find(({ number }) => number === TENSOR.type)?.value;
  if (fields.some(({ number, value }) => number === TENSOR.location && value === 1))
    throw new BadOnnx(`keeps '${name}' in another file: export it as one file`);
  if (type === HALF) throw new BadOnnx(`keeps '${name}' as float16: export it in float32`);
  if (type !== FLOAT && type !== DOUBLE) return [];
  const shape = fields
    .filter(({ number }) => number === TENSOR.dims)
    .flatMap(({ value }) => (typeof value === 'number' ? [value] : packed(value)));
  const raw = fields.find(({ number }) => number === TENSOR.raw)?.value;
  const listed = fields.filter(({ number }) => number === (type === FLOAT ? TENSOR.floats : TENSOR.doubles));
  const values =
    raw instanceof Uint8Array
      ? numbersOf(raw, type)
      : Float32Array.from(
          listed.flatMap(({ value }) => (typeof value === 'number' ? [value] : [...numbersOf(value, type)])),
        );
  if (values.length !== shape.reduce((product, length) => product * length, 1))
    throw new BadOnnx(`has ${values.length} numbers in '${name}' of shape ${shape.join('×')}`);
  return [{ name, shape, values }];
}

function packed(bytes: Uint8Array): readonly number[] {
  const values: number[] = [];
  let [value, factor] = [0, 1];
  for (const byte of bytes) {
    value += (byte & 0x7f) * factor;
    factor *= 128;
    if (byte < 0x80) {
      values.push(value);
      [value, factor] = [0, 1];
    }
  }
  return values;
}

function numbersOf(bytes: Uint8Array, type: number): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return type === FLOAT
    ? Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true))
    : Float32Array.from({ length: bytes.length / 8 }, (_, i) => view.getFloat64(8 * i, true));
}
