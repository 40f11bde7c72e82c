import { broadcastShapes, ShapeError } from '../shape.ts';
import type { DType, Operand, Sym } from '../symbolic.ts';
import { alignedOnLanes, broadcastValues, sumTo } from './layout.ts';
import {
  apply,
  type LaneRule,
  OF_FLOATS,
  type Primitive,
  type ReferenceTensor,
  requireFloats,
  type Vjp,
} from './primitive.ts';

const first = (inputs: readonly Sym[]): Sym => inputs[0] as Sym;
const second = (inputs: readonly Sym[]): Sym => inputs[1] as Sym;

/** The same primitive of operands with lanes, which broadcast as those of one lane do. */
const broadcastOverLanes =
  (primitive: () => Primitive): LaneRule =>
  ({ inputs, node }) => {
    const operands = inputs.map((input, i) =>
      input.shape.length > (node.inputs[i] as Sym).shape.length ? alignedOnLanes(input, node.shape) : input,
    );
    return apply(primitive(), operands, node.attributes);
  };

/** A primitive of two operands under broadcasting. */
function binary(row: {
  readonly name: string;
  readonly onnx: string;
  readonly tensorflow: string;
  readonly value: (a: number, b: number) => number;
  readonly vjp: Vjp | 'none';
  readonly dtype?: DType;
}): Primitive {
  const primitive: Primitive = {
    name: row.name,
    broadcasts: true,
    infer: (inputs) => {
      requireFloats(inputs);
      return { shape: broadcastShapes(first(inputs).shape, second(inputs).shape), dtype: row.dtype ?? 'float32' };
    },
    vjp: row.vjp,
    reference: ([a, b], node) => {
      const left = broadcastValues(a as ReferenceTensor, node.shape);
      const right = broadcastValues(b as ReferenceTensor, node.shape);
      return left.map((value, i) => row.value(value, right[i] as number));
    },
    onnx: (inputs, _, { emit }) => emit(row.onnx, inputs),
    tensorflow: (inputs, _, { emit }) => emit(row.tensorflow, inputs, OF_FLOATS),
    lanes: broadcastOverLanes(() => primitive),
  };
  return primitive;
}

/** A primitive of one operand, element by element. `slope` gives the cotangent's factor from the operand and the result. */
function unary(row: {
  readonly name: string;
  readonly onnx: string;
  readonly tensorflow: string;
  readonly value: (x: number) => number;
  readonly vjp: (context: { readonly x: Sym; readonly y: Sym; readonly cotangent: Sym }) => Sym;
}): Primitive {
  const primitive: Primitive = {
    name: row.name,
    infer: (inputs) => {
      requireFloats(inputs);
      return { shape: first(inputs).shape, dtype: 'float32' };
    },
    vjp: ({ node, inputs, cotangent }) => [row.vjp({ x: first(inputs), y: node, cotangent })],
    reference: ([x]) => (x as ReferenceTensor).data.map(row.value),
    onnx: (inputs, _, { emit }) => emit(row.onnx, inputs),
    tensorflow: (inputs, _, { emit }) => emit(row.tensorflow, inputs, OF_FLOATS),
    lanes: broadcastOverLanes(() => primitive),
  };
  return primitive;
}

const addPrimitive = binary({
  name: 'add',
  onnx: 'Add',
  tensorflow: 'AddV2',
  value: (a, b) => a + b,
  vjp: ({ inputs, cotangent }) => inputs.map((input) => sumTo(cotangent, input.shape)),
});
const subPrimitive = binary({
  name: 'sub',
  onnx: 'Sub',
  tensorflow: 'Sub',
  value: (a, b) => a - b,
  vjp: ({ inputs, cotangent, wanted }) => [
    sumTo(cotangent, first(inputs).shape),
    // The sign changes after the sum, where there are fewer elements.
    wanted(1) ? neg(sumTo(cotangent, second(inputs).shape)) : null,
  ],
});
const mulPrimitive = binary({
  name: 'mul',
  onnx: 'Mul',
  tensorflow: 'Mul',
  value: (a, b) => a * b,
  vjp: ({ inputs, cotangent, wanted }) => [
    wanted(0) ? sumTo(mul(cotangent, second(inputs)), first(inputs).shape) : null,
    wanted(1) ? sumTo(mul(cotangent, first(inputs)), second(inputs).shape) : null,
  ],
});
const divPrimitive = binary({
  name: 'div',
  onnx: 'Div',
  tensorflow: 'RealDiv',
  value: (a, b) => a / b,
  vjp: ({ node, inputs, cotangent, wanted }) => [
    wanted(0) ? sumTo(div(cotangent, second(inputs)), first(inputs).shape) : null,
    wanted(1) ? sumTo(neg(div(mul(cotangent, node), second(inputs))), second(inputs).shape) : null,
  ],
});
const greaterPrimitive = binary({
  name: 'greater',
  onnx: 'Greater',
  tensorflow: 'Greater',
  value: (a, b) => (a > b ? 1 : 0),
  vjp: 'none',
  dtype: 'bool',
});
const equalPrimitive = binary({
  name: 'equal',
  onnx: 'Equal',
  tensorflow: 'Equal',
  value: (a, b) => (a === b ? 1 : 0),
  vjp: 'none',
  dtype: 'bool',
});

const wherePrimitive: Primitive = {
  name: 'where',
  broadcasts: true,
  infer: ([mask, a, b]) => {
    if (mask?.dtype !== 'bool') throw new ShapeError(`wants a bool mask, not ${mask?.dtype}`);
    requireFloats([a as Sym, b as Sym]);
    return {
      shape: broadcastShapes(mask.shape, broadcastShapes((a as Sym).shape, (b as Sym).shape)),
      dtype: 'float32',
    };
  },
  vjp: ({ inputs: [mask, a, b], cotangent, wanted }) => [
    null,
    wanted(1) ? sumTo(where(mask as Sym, cotangent, 0), (a as Sym).shape) : null,
    wanted(2) ? sumTo(where(mask as Sym, 0, cotangent), (b as Sym).shape) : null,
  ],
  reference: ([mask, a, b], node) => {
    const yes = broadcastValues(a as ReferenceTensor, node.shape);
    const no = broadcastValues(b as ReferenceTensor, node.shape);
    return broadcastValues(mask as ReferenceTensor, node.shape).map((bit, i) => (bit ? yes[i] : no[i]) as number);
  },
  onnx: (inputs, _, { emit }) => emit('Where', inputs),
  tensorflow: (inputs, _, { emit }) => emit('SelectV2', inputs, OF_FLOATS),
  lanes: broadcastOverLanes(() => wherePrimitive),
};

const negPrimitive = unary({
  name: 'neg',
  onnx: 'Neg',
  tensorflow: 'Neg',
  value: (x) => -x,
  vjp: ({ cotangent }) => neg(cotangent),
});
const absPrimitive = unary({
  name: 'abs',
  onnx: 'Abs',
  tensorflow: 'Abs',
  value: Math.abs,
  vjp: ({ x, cotangent }) => where(greater(x, 0), cotangent, where(greater(0, x), neg(cotangent), 0)),
});
const sqrtPrimitive = unary({
  name: 'sqrt',
  onnx: 'Sqrt',
  tensorflow: 'Sqrt',
  value: Math.sqrt,
  vjp: ({ y, cotangent }) => div(mul(cotangent, 0.5), y),
});
const expPrimitive = unary({
  name: 'exp',
  onnx: 'Exp',
  tensorflow: 'Exp',
  value: Math.exp,
  vjp: ({ y, cotangent }) => mul(cotangent, y),
});
const logPrimitive = unary({
  name: 'log',
  onnx: 'Log',
  tensorflow: 'Log',
  value: Math.log,
  vjp: ({ x, cotangent }) => div(cotangent, x),
});
const tanhPrimitive = unary({
  name: 'tanh',
  onnx: 'Tanh',
  tensorflow: 'Tanh',
  value: Math.tanh,
  vjp: ({ y, cotangent }) => mul(cotangent, sub(1, mul(y, y))),
});
const sigmoidPrimitive = unary({
  name: 'sigmoid',
  onnx: 'Sigmoid',
  tensorflow: 'Sigmoid',
  value: (x) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x))),
  vjp: ({ y, cotangent }) => mul(cotangent, mul(y, sub(1, y))),
});
const softplusPrimitive = unary({
  name: 'softplus',
  onnx: 'Softplus',
  tensorflow: 'Softplus',
  value: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  vjp: ({ x, cotangent }) => mul(cotangent, sigmoid(x)),
});
const reluPrimitive = unary({
  name: 'relu',
  onnx: 'Relu',
  tensorflow: 'Relu',
  value: (x) => Math.max(x, 0),
  // y > 0 exactly where x > 0; by asking y the executor need not keep x.
  vjp: ({ y, cotangent }) => where(greater(y, 0), cotangent, 0),
});

const sinPrimitive = unary({
  name: 'sin',
  onnx: 'Sin',
  tensorflow: 'Sin',
  value: Math.sin,
  vjp: ({ x, cotangent }) => mul(cotangent, cos(x)),
});
const cosPrimitive = unary({
  name: 'cos',
  onnx: 'Cos',
  tensorflow: 'Cos',
  value: Math.cos,
  vjp: ({ x, cotangent }) => neg(mul(cotangent, sin(x))),
});

const leakyReluPrimitive: Primitive = {
  name: 'leakyRelu',
  infer: (inputs) => {
    requireFloats(inputs);
    return { shape: first(inputs).shape, dtype: 'float32' };
  },
  vjp: ({ node, inputs, cotangent }) => {
    const slope = node.attributes.slope as number;
    const asked = slope >= 0 ? node : first(inputs);
    return [where(greater(asked, 0), cotangent, mul(cotangent, slope))];
  },
  reference: ([x], node) =>
    (x as ReferenceTensor).data.map((value) => (value > 0 ? value : value * (node.attributes.slope as number))),
  onnx: (inputs, node, { emit }) => emit('LeakyRelu', inputs, { alpha: { float: node.attributes.slope as number } }),
  tensorflow: (inputs, node, { emit }) =>
    emit('LeakyRelu', inputs, { ...OF_FLOATS, alpha: { float: node.attributes.slope as number } }),
  lanes: broadcastOverLanes(() => leakyReluPrimitive),
};

const castPrimitive: Primitive = {
  name: 'cast',
  infer: (inputs) => ({ shape: first(inputs).shape, dtype: 'float32' }),
  vjp: 'none',
  reference: ([x]) => (x as ReferenceTensor).data,
  onnx: (inputs, _, { emit }) => emit('Cast', inputs, { to: 1 }),
  tensorflow: (inputs, node, { emit }) =>
    emit('Cast', inputs, { SrcT: { type: first(node.inputs).dtype }, DstT: { type: 'float32' } }),
  lanes: broadcastOverLanes(() => castPrimitive),
};

const stopGradientPrimitive: Primitive = {
  name: 'stopGradient',
  infer: (inputs) => ({ shape: first(inputs).shape, dtype: first(inputs).dtype }),
  vjp: 'none',
  reference: ([x]) => (x as ReferenceTensor).data,
  onnx: (inputs, _, { emit }) => emit('Identity', inputs),
  tensorflow: (inputs, node, { emit }) => emit('Identity', inputs, { T: { type: node.dtype } }),
  lanes: broadcastOverLanes(() => stopGradientPrimitive),
};

/** a + b under broadcasting. */
export const add = (a: Operand, b: Operand): Sym => apply(addPrimitive, [a, b]);
/** a − b under broadcasting. */
export const sub = (a: Operand, b: Operand): Sym => apply(subPrimitive, [a, b]);
/** a · b under broadcasting. */
export const mul = (a: Operand, b: Operand): Sym => apply(mulPrimitive, [a, b]);
/** a / b under broadcasting. */
export const div = (a: Operand, b: Operand): Sym => apply(divPrimitive, [a, b]);
/** a > b, of dtype bool; carries no gradient. */
export const greater = (a: Operand, b: Operand): Sym => apply(greaterPrimitive, [a, b]);
/** a = b, of dtype bool; carries no gradient. */
export const equal = (a: Operand, b: Operand): Sym => apply(equalPrimitive, [a, b]);
/** a where the mask is true, else b; all broadcast. */
export const where = (mask: Sym, a: Operand, b: Operand): Sym => apply(wherePrimitive, [mask, a, b]);
/** The larger of a and b; the gradient goes to a where a > b, else to b. */
export const maximum = (a: Operand, b: Operand): Sym => where(greater(a, b), a, b);
/** The smaller of a and b; the gradient goes to b where a > b, else to a. */
export const minimum = (a: Operand, b: Operand): Sym => where(greater(a, b), b, a);
export const neg = (x: Sym): Sym => apply(negPrimitive, [x]);
/** |x|; derivative 0 at 0. */
export const abs = (x: Sym): Sym => apply(absPrimitive, [x]);
/** x · x. */
export const square = (x: Sym): Sym => mul(x, x);
/** √x; its derivative at 0 is infinite, so add an epsilon inside where x can be 0. */
export const sqrt = (x: Sym): Sym => apply(sqrtPrimitive, [x]);
export const exp = (x: Sym): Sym => apply(expPrimitive, [x]);
/** Natural logarithm. */
export const log = (x: Sym): Sym => apply(logPrimitive, [x]);
export const tanh = (x: Sym): Sym => apply(tanhPrimitive, [x]);
/** 1 / (1 + e^−x), without overflow. */
export const sigmoid = (x: Sym): Sym => apply(sigmoidPrimitive, [x]);
/** log(1 + e^x), without overflow. */
export const softplus = (x: Sym): Sym => apply(softplusPrimitive, [x]);
/** Sine of radians; executors lose accuracy beyond some thousands. */
export const sin = (x: Sym): Sym => apply(sinPrimitive, [x]);
/** Cosine of radians. */
export const cos = (x: Sym): Sym => apply(cosPrimitive, [x]);
/** max(x, 0); derivative 0 at 0. */
export const relu = (x: Sym): Sym => apply(reluPrimitive, [x]);
/** x where x > 0, else slope · x; derivative `slope` at 0. */
export const leakyRelu = (x: Sym, slope: number): Sym => apply(leakyReluPrimitive, [x], { slope });
/** uint8 or bool → float32 of the same numbers; carries no gradient. */
export const cast = (x: Sym): Sym => (x.dtype === 'float32' ? x : apply(castPrimitive, [x]));
/** x itself, through which no gradient flows. */
export const stopGradient = (x: Sym): Sym => apply(stopGradientPrimitive, [x]);

export const ELEMENTWISE_PRIMITIVES = [
  addPrimitive,
  subPrimitive,
  mulPrimitive,
  divPrimitive,
  greaterPrimitive,
  equalPrimitive,
  wherePrimitive,
  negPrimitive,
  absPrimitive,
  sqrtPrimitive,
  expPrimitive,
  logPrimitive,
  tanhPrimitive,
  sigmoidPrimitive,
  softplusPrimitive,
  reluPrimitive,
  sinPrimitive,
  cosPrimitive,
  leakyReluPrimitive,
  castPrimitive,
  stopGradientPrimitive,
] as const;
