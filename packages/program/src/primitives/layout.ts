import { broadcastShapes, requireAxes, requireShape, type Shape, ShapeError, sameShape, sizeOf } from '../shape.ts';
import type { Sym } from '../symbolic.ts';
import { apply, applyIn, OF_FLOATS, type Primitive, type ReferenceTensor, requireFloats } from './primitive.ts';

/** Row-major strides of a shape. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--)
    strides[axis] = (strides[axis + 1] ?? 1) * (shape[axis + 1] ?? 1);
  return strides;
}

/** Copies elements of `source` into a tensor of `shape`; `offsets[axis]` is the step in the source for that axis. */
export function gather(source: Float64Array, shape: Shape, steps: readonly number[], start = 0): Float64Array {
  const out = new Float64Array(sizeOf(shape));
  const index = new Array<number>(shape.length).fill(0);
  let at = start;
  for (let i = 0; i < out.length; i++) {
    out[i] = source[at] ?? 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = (index[axis] ?? 0) + 1;
      at += steps[axis] ?? 0;
      if ((index[axis] ?? 0) < (shape[axis] ?? 0)) break;
      at -= (steps[axis] ?? 0) * (shape[axis] ?? 0);
      index[axis] = 0;
    }
  }
  return out;
}

/** The tensor's elements repeated to a larger shape. */
export function broadcastValues(tensor: ReferenceTensor, shape: Shape): Float64Array {
  if (sameShape(tensor.shape, shape)) return tensor.data;
  const own = stridesOf(tensor.shape);
  const shift = shape.length - tensor.shape.length;
  return gather(
    tensor.data,
    shape,
    shape.map((_, axis) => (axis < shift || tensor.shape[axis - shift] === 1 ? 0 : (own[axis - shift] ?? 0))),
  );
}

const numbers = (value: unknown): readonly number[] => value as readonly number[];
const first = (inputs: readonly Sym[]): Sym => inputs[0] as Sym;

/** Axes of a tensor once it has a leading axis of lanes. */
export const onLanes = (axes: readonly number[]): readonly number[] => axes.map((axis) => axis + 1);

const reshapePrimitive: Primitive = {
  name: 'reshape',
  infer: (inputs, { shape }) => {
    const wanted = numbers(shape);
    requireShape(wanted);
    if (sizeOf(wanted) !== sizeOf(first(inputs).shape)) throw new ShapeError(`cannot become [${wanted}]`);
    return { shape: wanted, dtype: first(inputs).dtype };
  },
  vjp: ({ inputs, cotangent }) => [reshape(cotangent, first(inputs).shape)],
  reference: ([x]) => (x as ReferenceTensor).data,
  onnx: ([x], node, { emit, integers }) => emit('Reshape', [x as string, integers(node.shape)]),
  tensorflow: ([x], node, { emit, integers }) =>
    emit('Reshape', [x as string, integers(node.shape)], { T: { type: node.dtype } }),
  lanes: ({ inputs: [x], node, lanes }) => reshape(x as Sym, [lanes, ...node.shape]),
};

/** The same elements in row-major order under another shape. */
export function reshape(x: Sym, shape: Shape): Sym {
  return sameShape(x.shape, shape) ? x : apply(reshapePrimitive, [x], { shape });
}

const transposePrimitive: Primitive = {
  name: 'transpose',
  infer: (inputs, { permutation }) => {
    const order = numbers(permutation);
    const rank = first(inputs).shape.length;
    if (order.length !== rank) throw new ShapeError(`[${order}] is no permutation of its axes`);
    requireAxes(first(inputs).shape, order);
    return { shape: order.map((axis) => first(inputs).shape[axis] as number), dtype: first(inputs).dtype };
  },
  vjp: ({ node, cotangent }) => {
    const order = numbers(node.attributes.permutation);
    return [
      transpose(
        cotangent,
        order.map((_, axis) => order.indexOf(axis)),
      ),
    ];
  },
  reference: ([x], node) => {
    const steps = stridesOf((x as ReferenceTensor).shape);
    return gather(
      (x as ReferenceTensor).data,
      node.shape,
      numbers(node.attributes.permutation).map((axis) => steps[axis] as number),
    );
  },
  onnx: ([x], node, { emit }) => emit('Transpose', [x as string], { perm: numbers(node.attributes.permutation) }),
  tensorflow: ([x], node, { emit, integers }) =>
    emit('Transpose', [x as string, integers(numbers(node.attributes.permutation))], { T: { type: node.dtype } }),
  lanes: ({ inputs: [x], node }) => transpose(x as Sym, [0, ...onLanes(numbers(node.attributes.permutation))]),
};

/** Axis i of the result is axis `permutation[i]` of x. */
export function transpose(x: Sym, permutation: readonly number[]): Sym {
  return permutation.every((axis, i) => axis === i) ? x : apply(transposePrimitive, [x], { permutation });
}

const sumPrimitive: Primitive = {
  name: 'sum',
  infer: (inputs, { axes, keepDims }) => {
    const over = numbers(axes);
    const { shape } = first(inputs);
    requireFloats(inputs);
    requireAxes(shape, over);
    const kept = shape.map((length, axis) => (over.includes(axis) ? 1 : length));
    return { shape: keepDims ? kept : shape.filter((_, axis) => !over.includes(axis)), dtype: 'float32' };
  },
  vjp: ({ node, inputs, cotangent }) => {
    const { shape } = first(inputs);
    const over = numbers(node.attributes.axes);
    return [
      expand(
        reshape(
          cotangent,
          shape.map((length, axis) => (over.includes(axis) ? 1 : length)),
        ),
        shape,
      ),
    ];
  },
  reference: ([x], node) =>
    reduce(x as ReferenceTensor, numbers(node.attributes.axes), 0, (total, value) => total + value),
  onnx: ([x], node, { emit, integers, floats }) => {
    const { shape } = first(node.inputs);
    const axes = numbers(node.attributes.axes);
    // Rows add up in half the time as a product with ones.
    const [rows = 0, columns = 0] = shape.slice(-2);
    if (axes.length === 1 && axes[0] === shape.length - 2 && shape.length <= 3 && columns > 1) {
      const ones = floats(new Array<number>(rows).fill(1), [1, rows]);
      const total = { shape: [...shape.slice(0, -2), 1, columns] };
      const product = emit(shape.length === 2 ? 'Gemm' : 'MatMul', [ones, x as string], {}, total);
      return node.attributes.keepDims ? product : emit('Reshape', [product, integers(node.shape)]);
    }
    return emit('ReduceSum', [x as string, integers(axes)], { keepdims: node.attributes.keepDims ? 1 : 0 });
  },
  tensorflow: ([x], node, { emit, integers }) =>
    emit('Sum', [x as string, integers(numbers(node.attributes.axes))], {
      ...OF_FLOATS,
      keep_dims: node.attributes.keepDims as boolean,
    }),
  lanes: ({ inputs: [x], node }) =>
    sum(x as Sym, onLanes(numbers(node.attributes.axes)), { keepDims: node.attributes.keepDims === true }),
};

/** Sum over `axes`; with `keepDims` they stay with length 1. */
export function sum(x: Sym, axes: readonly number[], { keepDims = false }: { readonly keepDims?: boolean } = {}): Sym {
  if (axes.length === 0) return x;
  return apply(sumPrimitive, [x], { axes, keepDims });
}

/** Folds the elements over `axes` into the kept positions, in row-major order. */
export function reduce(
  x: ReferenceTensor,
  axes: readonly number[],
  initial: number,
  fold: (total: number, value: number) => number,
): Float64Array {
  const kept = x.shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
  const strides = stridesOf(kept).map((stride, axis) => (axes.includes(axis) ? 0 : stride));
  const out = new Float64Array(sizeOf(kept)).fill(initial);
  const index = new Array<number>(x.shape.length).fill(0);
  let at = 0;
  for (let i = 0; i < x.data.length; i++) {
    out[at] = fold(out[at] as number, x.data[i] as number);
    for (let axis = x.shape.length - 1; axis >= 0; axis--) {
      index[axis] = (index[axis] as number) + 1;
      at += strides[axis] as number;
      if ((index[axis] as number) < (x.shape[axis] as number)) break;
      at -= (strides[axis] as number) * (x.shape[axis] as number);
      index[axis] = 0;
    }
  }
  return out;
}

const expandPrimitive: Primitive = {
  name: 'expand',
  infer: (inputs, { shape }) => {
    const wanted = numbers(shape);
    requireShape(wanted);
    if (!sameShape(broadcastShapes(first(inputs).shape, wanted), wanted))
      throw new ShapeError(`cannot expand to [${wanted}]`);
    return { shape: wanted, dtype: first(inputs).dtype };
  },
  vjp: ({ inputs, cotangent }) => [sumTo(cotangent, first(inputs).shape)],
  reference: ([x], node) => broadcastValues(x as ReferenceTensor, node.shape),
  onnx: ([x], node, { emit, integers }) => emit('Expand', [x as string, integers(node.shape)]),
  tensorflow: ([x], node, { emit, integers }) =>
    emit('BroadcastTo', [x as string, integers(node.shape)], { T: { type: node.dtype } }),
  lanes: ({ inputs: [x], node, lanes }) => expand(alignedOnLanes(x as Sym, node.shape), [lanes, ...node.shape]),
};

/** An operand with lanes, ready to broadcast to a lane's `shape`: axes of length 1 between the lanes and its own. */
export function alignedOnLanes(x: Sym, shape: Shape): Sym {
  const [lanes, ...own] = x.shape as [number, ...number[]];
  return reshape(x, [lanes, ...new Array<number>(shape.length - own.length).fill(1), ...own]);
}

/** Repeats x along axes of length 1 (and new leading axes) until it has `shape`. */
export function expand(x: Sym, shape: Shape): Sym {
  return sameShape(x.shape, shape) ? x : apply(expandPrimitive, [x], { shape });
}

/** Sums a broadcast result back to the shape of the operand: the transpose of broadcasting. */
export function sumTo(x: Sym, shape: Shape): Sym {
  if (sameShape(x.shape, shape)) return x;
  const shift = x.shape.length - shape.length;
  const axes = x.shape.flatMap((length, axis) =>
    axis < shift || (shape[axis - shift] === 1 && length !== 1) ? [axis] : [],
  );
  // Where only leading axes go, the sum has the shape already.
  const keepDims = axes.some((axis) => axis >= shift);
  return reshape(sum(x, axes, { keepDims }), shape);
}

const slicePrimitive: Primitive = {
  name: 'slice',
  infer: (inputs, { axis, start, length }) => {
    requireFloats(inputs);
    requireAxes(first(inputs).shape, [axis as number]);
    requireShape([length as number]);
    const end = (start as number) + (length as number);
    if (!Number.isInteger(start) || (start as number) < 0 || end > (first(inputs).shape[axis as number] as number))
      throw new ShapeError(`has no elements ${start}…${end - 1} on axis ${axis}`);
    return {
      shape: first(inputs).shape.map((n, i) => (i === axis ? (length as number) : n)),
      dtype: first(inputs).dtype,
    };
  },
  vjp: ({ node, inputs, cotangent }) => {
    const { axis, start, length } = node.attributes as { axis: number; start: number; length: number };
    return [pad(cotangent, axis, start, (first(inputs).shape[axis] as number) - start - length)];
  },
  reference: ([x], node) => {
    const strides = stridesOf((x as ReferenceTensor).shape);
    const { axis, start } = node.attributes as { axis: number; start: number };
    return gather((x as ReferenceTensor).data, node.shape, strides, start * (strides[axis] as number));
  },
  onnx: ([x], node, { emit, integers }) => {
    const { axis, start, length } = node.attributes as { axis: number; start: number; length: number };
    return emit('Slice', [x as string, integers([start]), integers([start + length]), integers([axis])]);
  },
  tensorflow: ([x], node, { emit, integers }) => {
    const { axis, start } = node.attributes as { axis: number; start: number };
    const from = node.shape.map((_, i) => (i === axis ? start : 0));
    return emit('Slice', [x as string, integers(from), integers(node.shape)], {
      ...OF_FLOATS,
      Index: { type: 'int32' },
    });
  },
  lanes: ({ inputs: [x], node }) => {
    const { axis, start, length } = node.attributes as { axis: number; start: number; length: number };
    return slice(x as Sym, axis + 1, start, length);
  },
};

/** `length` elements of one axis from `start`. */
export function slice(x: Sym, axis: number, start: number, length: number): Sym {
  return start === 0 && length === x.shape[axis] ? x : apply(slicePrimitive, [x], { axis, start, length });
}

/** Cuts an axis into consecutive parts of the given lengths. @throws ShapeError unless they sum to the axis. */
export function split(x: Sym, lengths: readonly number[], axis: number): Sym[] {
  const total = lengths.reduce((a, b) => a + b, 0);
  if (total !== x.shape[axis]) throw new ShapeError(`split([${x.shape}]): lengths sum to ${total} on axis ${axis}`);
  let start = 0;
  return lengths.map((length) => {
    const part = slice(x, axis, start, length);
    start += length;
    return part;
  });
}

const padPrimitive: Primitive = {
  name: 'pad',
  infer: (inputs, { axis, before, after }) => {
    requireFloats(inputs);
    requireAxes(first(inputs).shape, [axis as number]);
    if (![before, after].every((count) => Number.isInteger(count) && (count as number) >= 0))
      throw new ShapeError(`cannot have ${before} zeros before and ${after} after`);
    return {
      shape: first(inputs).shape.map((n, i) => (i === axis ? n + (before as number) + (after as number) : n)),
      dtype: 'float32',
    };
  },
  vjp: ({ node, inputs, cotangent }) => {
    const { axis, before } = node.attributes as { axis: number; before: number };
    return [slice(cotangent, axis, before, first(inputs).shape[axis] as number)];
  },
  reference: ([x], node) => {
    const { axis, before } = node.attributes as { axis: number; before: number };
    const source = x as ReferenceTensor;
    const inner = sizeOf(source.shape.slice(axis));
    const outer = sizeOf(node.shape.slice(axis));
    const out = new Float64Array(sizeOf(node.shape));
    for (let block = 0; block * inner < source.data.length; block++)
      out.set(
        source.data.subarray(block * inner, (block + 1) * inner),
        block * outer + before * sizeOf(node.shape.slice(axis + 1)),
      );
    return out;
  },
  onnx: ([x], node, { emit, integers }) => {
    const { axis, before, after } = node.attributes as { axis: number; before: number; after: number };
    return emit('Pad', [x as string, integers([before, after]), '', integers([axis])]);
  },
  tensorflow: ([x], node, { emit, integers }) => {
    const { axis, before, after } = node.attributes as { axis: number; before: number; after: number };
    const around = node.shape.flatMap((_, i) => (i === axis ? [before, after] : [0, 0]));
    return emit('Pad', [x as string, integers(around, [node.shape.length, 2])], OF_FLOATS);
  },
  lanes: ({ inputs: [x], node }) => {
    const { axis, before, after } = node.attributes as { axis: number; before: number; after: number };
    return pad(x as Sym, axis + 1, before, after);
  },
};

/** Zeros before and after on one axis. */
export function pad(x: Sym, axis: number, before: number, after: number): Sym {
  return before === 0 && after === 0 ? x : apply(padPrimitive, [x], { axis, before, after });
}

const concatPrimitive: Primitive = {
  name: 'concat',
  infer: (inputs, { axis }) => {
    const { shape, dtype } = first(inputs);
    requireFloats(inputs);
    requireAxes(shape, [axis as number]);
    for (const input of inputs)
      if (input.shape.length !== shape.length || input.shape.some((n, i) => i !== axis && n !== shape[i]))
        throw new ShapeError(`differ off axis ${axis}`);
    const total = inputs.reduce((n, input) => n + (input.shape[axis as number] as number), 0);
    return { shape: shape.map((n, i) => (i === axis ? total : n)), dtype };
  },
  vjp: ({ node, inputs, cotangent }) => {
    const axis = node.attributes.axis as number;
    return split(
      cotangent,
      inputs.map((input) => input.shape[axis] as number),
      axis,
    );
  },
  reference: (inputs, node) => {
    const axis = node.attributes.axis as number;
    const out = new Float64Array(sizeOf(node.shape));
    const outer = sizeOf(node.shape.slice(axis));
    let offset = 0;
    for (const input of inputs) {
      const inner = sizeOf(input.shape.slice(axis));
      for (let block = 0; block * inner < input.data.length; block++)
        out.set(input.data.subarray(block * inner, (block + 1) * inner), block * outer + offset);
      offset += inner;
    }
    return out;
  },
  onnx: (inputs, node, { emit }) => emit('Concat', inputs, { axis: node.attributes.axis as number }),
  tensorflow: (inputs, node, { emit, integers }) =>
    emit('ConcatV2', [...inputs, integers([node.attributes.axis as number], [])], { ...OF_FLOATS, N: inputs.length }),
  lanes: ({ inputs, node }) => concat(inputs, (node.attributes.axis as number) + 1),
};

/** Tensors behind one another on an axis. */
export function concat(parts: readonly Sym[], axis: number): Sym {
  if (parts.length === 0) throw new ShapeError('concat(): nothing to put together');
  return parts.length === 1 ? (parts[0] as Sym) : apply(concatPrimitive, parts, { axis });
}

const flipPrimitive: Primitive = {
  name: 'flip',
  infer: (inputs, { axis }) => {
    requireFloats(inputs);
    requireAxes(first(inputs).shape, [axis as number]);
    return { shape: first(inputs).shape, dtype: 'float32' };
  },
  vjp: ({ node, cotangent }) => [flip(cotangent, node.attributes.axis as number)],
  reference: ([x], node) => {
    const axis = node.attributes.axis as number;
    const steps = stridesOf(node.shape);
    const last = ((node.shape[axis] as number) - 1) * (steps[axis] as number);
    return gather((x as ReferenceTensor).data, node.shape, steps.with(axis, -(steps[axis] as number)), last);
  },
  // Backwards from the last element to the one before the first.
  onnx: ([x], node, { emit, integers }) => {
    const axis = node.attributes.axis as number;
    const before = -(node.shape[axis] as number) - 1;
    return emit('Slice', [x as string, integers([-1]), integers([before]), integers([axis]), integers([-1])]);
  },
  tensorflow: ([x], node, { emit, integers }) =>
    emit('ReverseV2', [x as string, integers([node.attributes.axis as number])], OF_FLOATS),
  lanes: ({ inputs: [x], node }) => flip(x as Sym, (node.attributes.axis as number) + 1),
};

/** The elements of one axis in reverse order. */
export function flip(x: Sym, axis: number): Sym {
  return apply(flipPrimitive, [x], { axis });
}

const tablePrimitive: Primitive = {
  name: 'table',
  infer: (_, { shape, values }) => {
    requireShape(numbers(shape));
    if (numbers(values).length !== sizeOf(numbers(shape)))
      throw new ShapeError(`${numbers(values).length} values do not fill [${numbers(shape)}]`);
    const bad = numbers(values).find((value) => !Number.isFinite(value));
    if (bad !== undefined) throw new ShapeError(`holds finite numbers only, not ${bad}`);
    return { shape: numbers(shape), dtype: 'float32' };
  },
  vjp: 'none',
  reference: (_, node) => Float64Array.from(numbers(node.attributes.values)),
  onnx: (_, node, { floats }) => floats(numbers(node.attributes.values), node.shape),
  tensorflow: (_, node, { floats }) => floats(numbers(node.attributes.values), node.shape),
  lanes: 'none',
};

/**
 * A constant tensor in the program of `beside`, rounded to float32: filters, positions, interpolation weights.
 * @param values in row-major order, finite. @throws ShapeError when they do not fill the shape.
 */
export function table(beside: Sym, values: readonly number[], shape: Shape): Sym {
  return applyIn(beside.graph, tablePrimitive, [], { shape, values: values.map(Math.fround) });
}

export const LAYOUT_PRIMITIVES = [
  reshapePrimitive,
  transposePrimitive,
  sumPrimitive,
  expandPrimitive,
  slicePrimitive,
  padPrimitive,
  concatPrimitive,
  flipPrimitive,
  tablePrimitive,
] as const;
