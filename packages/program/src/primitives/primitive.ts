import { type Shape, ShapeError } from '../shape.ts';
import { type Attributes, addNode, type DType, type Graph, type Operand, type Sym } from '../symbolic.ts';

/** A tensor of the reference executor: row-major float64. */
export interface ReferenceTensor {
  readonly shape: Shape;
  readonly data: Float64Array;
}

/** What a lowering to ONNX may do: add nodes and constants, and ask for names. */
export interface OnnxLowering {
  /**
   * Adds an operator node and returns the name of its one output. An intermediate result tells its shape where it is not
   * that of the primitive's result.
   */
  emit(
    operator: string,
    inputs: readonly string[],
    attributes?: OnnxAttributes,
    about?: { readonly shape?: Shape; readonly domain?: string },
  ): string;
  /** Name of an int64 constant vector. */
  integers(values: readonly number[]): string;
  /** Name of a float scalar constant. */
  scalar(value: number): string;
  /** Name of a float constant of a shape, its values in row-major order. */
  floats(values: readonly number[], shape: Shape): string;
}

export type OnnxAttributes = Readonly<Record<string, number | readonly number[] | { readonly float: number } | string>>;

export type TensorflowType = 'float32' | 'int32' | 'uint8' | 'bool' | 'resource';

export type TensorflowAttribute =
  | number
  | boolean
  | string
  | { readonly float: number }
  | { readonly type: TensorflowType }
  /** -1 where a length is known only at run time. */
  | { readonly shape: readonly number[] }
  | { readonly integers: readonly number[] }
  | { readonly tensor: Float32Array | Int32Array; readonly dims: readonly number[] };

/** What a lowering to TensorFlow may do: add nodes and constants, and ask for names. */
export interface TensorflowLowering {
  /** Adds a node and returns the name of its first output. */
  emit(operator: string, inputs: readonly string[], attributes: Readonly<Record<string, TensorflowAttribute>>): string;
  /** Name of an int32 constant, a vector unless its shape is given. */
  integers(values: readonly number[], shape?: Shape): string;
  /** Name of a float constant of a shape, its values in row-major order. */
  floats(values: readonly number[], shape: Shape): string;
  /** Order of the axes of images, in and out: channels last on a processor, where nothing else is fast. */
  readonly images: 'NHWC' | 'NCHW';
  /** Whether the device has convolutions in groups, gradients included. */
  readonly groupedConvolutions: boolean;
}

/** The attribute of TensorFlow operators of float32. */
export const OF_FLOATS = { T: { type: 'float32' } } as const;

/** Rule of reverse mode: cotangents of the inputs from that of the output; null where none flows. */
export type Vjp = (context: {
  readonly node: Sym;
  readonly inputs: readonly Sym[];
  readonly cotangent: Sym;
  /** False where the input does not lead to anything that is differentiated; its cotangent need not be built. */
  readonly wanted: (position: number) => boolean;
}) => readonly (Sym | null)[];

/**
 * The node for many lanes at once: operands and result have a leading axis of lanes, and every lane is computed by itself.
 * Operands of a primitive that broadcasts may lack that axis where they are the same for all lanes.
 */
export type LaneRule = (context: {
  /** The node of one lane. */
  readonly node: Sym;
  readonly inputs: readonly Sym[];
  readonly lanes: number;
}) => Sym;

/**
 * One row of the table that defines the language of programs. `vjp: 'none'` marks results that carry no gradient by
 * definition (comparisons, stopGradient), `lanes: 'none'` those without operands, which are the same for all lanes.
 */
export interface Primitive {
  readonly name: string;
  /** Operands broadcast, so an operand that was expanded to the result's shape need not be. */
  readonly broadcasts?: true;
  /** Positions of operands that all lanes share where they are the same for all; others get an axis of lanes. */
  readonly shares?: readonly number[];
  readonly infer: (inputs: readonly Sym[], attributes: Attributes) => { readonly shape: Shape; readonly dtype: DType };
  readonly vjp: Vjp | 'none';
  readonly reference: (inputs: readonly ReferenceTensor[], node: Sym) => Float64Array;
  readonly onnx: (inputs: readonly string[], node: Sym, lowering: OnnxLowering) => string;
  /**
   * Names of operands → name of the result. Images of convolutions lie as `lowering.images` says; shapes and axes of other
   * nodes are in the order in which their operands lie.
   */
  readonly tensorflow: (inputs: readonly string[], node: Sym, lowering: TensorflowLowering) => string;
  readonly lanes: LaneRule | 'none';
}

/** Applies a primitive to symbolic operands; numbers become constants. @throws ShapeError naming primitive and shapes. */
export function apply(primitive: Primitive, operands: readonly Operand[], attributes: Attributes = {}): Sym {
  const graph = graphOf(primitive.name, operands);
  const inputs = operands.map((operand) => (typeof operand === 'number' ? constantOf(graph, operand) : operand));
  return applyIn(graph, primitive, inputs, attributes);
}

/** `apply` in a graph that is given, also to no operands. */
export function applyIn(graph: Graph, primitive: Primitive, inputs: readonly Sym[], attributes: Attributes): Sym {
  try {
    const { shape, dtype } = primitive.infer(inputs, attributes);
    return addNode(graph, { primitive: primitive.name, inputs, attributes, shape, dtype, name: '' });
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    throw new ShapeError(
      `${primitive.name}(${inputs.map((input) => `[${input.shape}]`).join(', ')}): ${error.message}`,
    );
  }
}

/** @throws ShapeError unless all operands are float32. */
export function requireFloats(inputs: readonly Sym[]): void {
  for (const { dtype } of inputs) if (dtype !== 'float32') throw new ShapeError(`wants float32, not ${dtype}; cast it`);
}

/** A float32 scalar constant of a graph. */
export function constantOf(graph: Graph, value: number): Sym {
  if (!Number.isFinite(value)) throw new RangeError(`a constant must be finite, not ${value}`);
  return addNode(graph, {
    primitive: 'constant',
    inputs: [],
    attributes: { value },
    shape: [],
    dtype: 'float32',
    name: '',
  });
}

function graphOf(name: string, operands: readonly Operand[]): Graph {
  for (const operand of operands) if (typeof operand !== 'number') return operand.graph;
  throw new Error(`${name}: at least one operand must be symbolic`);
}
