import { requireAxes, ShapeError } from '../shape.ts';
import type { Sym } from '../symbolic.ts';
import { add, cast, div, equal, exp, log, mul, stopGradient, sub } from './elementwise.ts';
import { expand, onLanes, reduce, sum } from './layout.ts';
import { apply, OF_FLOATS, type Primitive, type ReferenceTensor, requireFloats } from './primitive.ts';

const maxPrimitive: Primitive = {
  name: 'max',
  infer: ([x], { axes }) => {
    const { shape } = x as Sym;
    const over = axes as readonly number[];
    requireFloats([x as Sym]);
    requireAxes(shape, over);
    if (over.length === 0) throw new ShapeError('wants at least one axis');
    return { shape: shape.map((length, axis) => (over.includes(axis) ? 1 : length)), dtype: 'float32' };
  },
  vjp: ({ node, inputs: [x], cotangent }) => {
    const hits = cast(equal(x as Sym, node));
    const count = sum(hits, node.attributes.axes as readonly number[], { keepDims: true });
    return [mul(hits, expand(div(cotangent, count), (x as Sym).shape))];
  },
  reference: ([x], node) =>
    reduce(x as ReferenceTensor, node.attributes.axes as readonly number[], Number.NEGATIVE_INFINITY, (a, b) =>
      Math.max(b, a),
    ),
  onnx: ([x], node, { emit, integers }) =>
    emit('ReduceMax', [x as string, integers(node.attributes.axes as readonly number[])], { keepdims: 1 }),
  tensorflow: ([x], node, { emit, integers }) =>
    emit('Max', [x as string, integers(node.attributes.axes as readonly number[])], {
      ...OF_FLOATS,
      Tidx: { type: 'int32' },
      keep_dims: true,
    }),
  lanes: ({ inputs: [x], node }) => max(x as Sym, onLanes(node.attributes.axes as readonly number[])),
};

/** Largest element over `axes`, which stay with length 1; ties share the gradient. */
export function max(x: Sym, axes: readonly number[]): Sym {
  return apply(maxPrimitive, [x], { axes });
}

/** Mean over `axes`; with `keepDims` they stay with length 1. */
export function mean(x: Sym, axes: readonly number[], options: { readonly keepDims?: boolean } = {}): Sym {
  const count = axes.reduce((n, axis) => n * (x.shape[axis] as number), 1);
  return mul(sum(x, axes, options), 1 / count);
}

/** log Σ e^x over one axis, shifted by the largest element so that nothing overflows; the axis stays with length 1. */
export function logSumExp(x: Sym, axis: number): Sym {
  const top = stopGradient(max(x, [axis]));
  return add(log(sum(exp(sub(x, top)), [axis], { keepDims: true })), top);
}

/** 1 when every element is finite, else 0; a float32 scalar. */
export function isFiniteAll(x: Sym): Sym {
  // x − x is 0 for finite numbers and NaN otherwise, which the sum keeps; a comparison with NaN is false.
  const axes = x.shape.map((_, axis) => axis);
  return cast(equal(sum(sub(x, x), axes), 0));
}

export const SELECTION_PRIMITIVES = [maxPrimitive] as const;
