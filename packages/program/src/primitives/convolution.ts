import { ShapeError, sizeOf } from '../shape.ts';
import type { Attributes, Sym } from '../symbolic.ts';
import { lowerConvolution, lowerKernelGradient, lowerTransposedConvolution } from './convolution-in-tensorflow.ts';
import { reshape, transpose } from './layout.ts';
import { apply, type Primitive, type ReferenceTensor, requireFloats } from './primitive.ts';

/** Square windows over `[batch, channels, height, width]`. */
export interface Window {
  /** Pixels between neighbouring windows. */
  readonly stride: number;
  /** Zeros on every side. */
  readonly padding: number;
}

/** A window whose channels may be cut into groups, each seen by its own part of the kernels alone. */
export interface GroupedWindow extends Window {
  /** Divides the channels of both sides; 1, where every kernel sees every channel, unless told otherwise. */
  readonly groups?: number;
}

type Around = Required<GroupedWindow>;

type Plane = readonly [batch: number, channels: number, height: number, width: number];
const plane = (x: { readonly shape: readonly number[] }): Plane => {
  if (x.shape.length !== 4) throw new ShapeError(`[${x.shape}] has not the four axes [batch, channels, height, width]`);
  return x.shape as unknown as Plane;
};
const requireWindow = (attributes: Window): void => {
  if (!Number.isInteger(attributes.stride) || attributes.stride < 1)
    throw new ShapeError(`stride ${attributes.stride} is not a count from 1`);
  if (!Number.isInteger(attributes.padding) || attributes.padding < 0)
    throw new ShapeError(`padding ${attributes.padding} is not a count`);
};
/** @throws ShapeError unless the groups cut both sides of a kernel `[from, to / groups, k, k]` evenly. */
const requireGroups = ({ groups }: Around, from: number, to: number): void => {
  if (!Number.isInteger(groups) || groups < 1) throw new ShapeError(`${groups} groups are not a count from 1`);
  if (from % groups !== 0 || to % groups !== 0)
    throw new ShapeError(`${groups} groups do not divide ${from} and ${to} channels`);
};
const window = (node: Sym): Around => node.attributes as unknown as Around;
const windowsAlong = (length: number, kernel: number, { stride, padding }: Window): number =>
  Math.floor((length + 2 * padding - kernel) / stride) + 1;

/**
 * Visits every product of a convolution `image [b, ci, h, w]` ⋆ `kernel [co, ci / groups, k, k]` → `windows [b, co, oh, ow]`
 * with the three flat positions; the transposes of the convolution visit the same triples.
 */
function visit(
  shapes: { readonly image: Plane; readonly kernel: Plane; readonly windows: Plane },
  { stride, padding }: Around,
  each: (image: number, kernel: number, window: number) => void,
): void {
  const [batch, channels, height, width] = shapes.image;
  const [outputs, depth, size] = shapes.kernel;
  const [, , rows, columns] = shapes.windows;
  const outputsEach = outputs / (channels / depth);
  for (let b = 0; b < batch; b++)
    for (let o = 0; o < outputs; o++)
      for (let r = 0; r < rows; r++)
        for (let c = 0; c < columns; c++)
          for (let i = 0; i < depth; i++)
            for (let u = 0; u < size; u++)
              for (let v = 0; v < size; v++) {
                const y = r * stride + u - padding;
                const x = c * stride + v - padding;
                if (y < 0 || y >= height || x < 0 || x >= width) continue;
                const channel = Math.floor(o / outputsEach) * depth + i;
                each(
                  ((b * channels + channel) * height + y) * width + x,
                  ((o * depth + i) * size + u) * size + v,
                  ((b * outputs + o) * rows + r) * columns + c,
                );
              }
}

const onnxWindow = (size: number, { stride, padding, groups }: Around) => ({
  kernel_shape: [size, size],
  strides: [stride, stride],
  pads: [padding, padding, padding, padding],
  group: groups,
});

/** `[lanes, batch, channels, …]` as images whose channels are those of all lanes: `[batch, lanes · channels, …]`. */
function lanesIntoChannels(x: Sym): Sym {
  const [lanes, batch, channels, ...pixels] = x.shape as [number, number, number, ...number[]];
  return reshape(transpose(x, [1, 0, 2, 3, 4]), [batch, lanes * channels, ...pixels]);
}

function channelsIntoLanes(x: Sym, lanes: number): Sym {
  const [batch, channels, ...pixels] = x.shape as [number, number, ...number[]];
  return transpose(reshape(x, [batch, lanes, channels / lanes, ...pixels]), [1, 0, 2, 3, 4]);
}

/** Kernels of all lanes behind one another: `[lanes, out, in, k, k]` → `[lanes · out, in, k, k]`. */
function lanesIntoKernels(w: Sym): Sym {
  const [lanes, outputs, ...rest] = w.shape as [number, number, ...number[]];
  return reshape(w, [lanes * outputs, ...rest]);
}

function kernelsIntoLanes(w: Sym, lanes: number): Sym {
  const [outputs, ...rest] = w.shape as [number, ...number[]];
  return reshape(w, [lanes, outputs / lanes, ...rest]);
}

/** Attributes of the convolution of all lanes: each lane's groups are groups of their own. */
const ofLanes = (node: Sym, lanes: number): Attributes => ({ ...node.attributes, groups: window(node).groups * lanes });

const conv2dPrimitive: Primitive = {
  name: 'conv2d',
  infer: ([x, w], attributes) => {
    const [batch, channels, height, width] = plane(x as Sym);
    const [outputs, inputs, size, size2] = plane(w as Sym);
    const around = attributes as unknown as Around;
    requireFloats([x as Sym, w as Sym]);
    requireWindow(around);
    requireGroups(around, outputs, channels);
    if (inputs * around.groups !== channels || size !== size2)
      throw new ShapeError(
        `a kernel for ${channels} channels in groups of ${channels / around.groups} is [out, ${channels / around.groups}, k, k]`,
      );
    const shape = [batch, outputs, windowsAlong(height, size, around), windowsAlong(width, size, around)];
    if (shape.some((length) => length < 1)) throw new ShapeError(`the kernel is larger than the padded image`);
    return { shape, dtype: 'float32' };
  },
  vjp: ({ node, inputs: [x, w], cotangent, wanted }) => [
    wanted(0) ? transposeTo(cotangent, w as Sym, window(node), plane(x as Sym)) : null,
    wanted(1) ? conv2dKernelGradient(x as Sym, cotangent, { ...window(node), size: plane(w as Sym)[2] }) : null,
  ],
  reference: ([x, w], node) => {
    const image = x as ReferenceTensor;
    const kernel = w as ReferenceTensor;
    const out = new Float64Array(sizeOf(node.shape));
    visit({ image: plane(image), kernel: plane(kernel), windows: plane(node) }, window(node), (i, k, o) => {
      out[o] = (out[o] as number) + (image.data[i] as number) * (kernel.data[k] as number);
    });
    return out;
  },
  onnx: (inputs, node, { emit }) => emit('Conv', inputs, onnxWindow(plane(node.inputs[1] as Sym)[2], window(node))),
  tensorflow: ([x, w], node, lowering) => {
    const [image, kernels] = node.inputs as readonly [Sym, Sym];
    const shape = { ...window(node), image: plane(image), windows: plane(node), size: plane(kernels)[2] };
    return lowerConvolution([x as string, w as string], shape, lowering);
  },
  lanes: ({ inputs: [x, w], node, lanes }) =>
    channelsIntoLanes(
      apply(conv2dPrimitive, [lanesIntoChannels(x as Sym), lanesIntoKernels(w as Sym)], ofLanes(node, lanes)),
      lanes,
    ),
};

/**
 * Cross-correlation: `x [batch, in, h, w]`, `w [out, in / groups, k, k]` →
 * `[batch, out, ⌊(h + 2·padding − k)/stride⌋ + 1, …]`. The channels of both sides are cut into `groups` in their order.
 */
export function conv2d(x: Sym, w: Sym, { stride, padding, groups = 1 }: GroupedWindow): Sym {
  return apply(conv2dPrimitive, [x, w], { stride, padding, groups });
}

const conv2dTransposePrimitive: Primitive = {
  name: 'conv2dTranspose',
  infer: ([x, w], attributes) => {
    const [batch, channels, height, width] = plane(x as Sym);
    const [inputs, outputsEach, size, size2] = plane(w as Sym);
    if (inputs !== channels || size !== size2)
      throw new ShapeError(`a kernel for ${channels} channels is [${channels}, out, k, k]`);
    const around = attributes as unknown as Around & { extraRows: number; extraColumns: number };
    const { stride, padding, groups, extraRows, extraColumns } = around;
    requireFloats([x as Sym, w as Sym]);
    requireWindow(around);
    requireGroups(around, channels, outputsEach * groups);
    const grown = (length: number, extra: number): number => (length - 1) * stride + size - 2 * padding + extra;
    const shape = [batch, outputsEach * groups, grown(height, extraRows), grown(width, extraColumns)];
    if (shape.some((length) => length < 1)) throw new ShapeError('the padding removes the whole image');
    return { shape, dtype: 'float32' };
  },
  vjp: ({ node, inputs: [x, w], cotangent, wanted }) => [
    wanted(0) ? conv2d(cotangent, w as Sym, window(node)) : null,
    wanted(1) ? conv2dKernelGradient(cotangent, x as Sym, { ...window(node), size: plane(w as Sym)[2] }) : null,
  ],
  reference: ([x, w], node) => {
    const small = x as ReferenceTensor;
    const kernel = w as ReferenceTensor;
    const out = new Float64Array(sizeOf(node.shape));
    visit({ image: plane(node), kernel: plane(kernel), windows: plane(small) }, window(node), (i, k, o) => {
      out[i] = (out[i] as number) + (small.data[o] as number) * (kernel.data[k] as number);
    });
    return out;
  },
  onnx: (inputs, node, { emit }) => {
    const { extraRows, extraColumns } = node.attributes as { extraRows: number; extraColumns: number };
    return emit('ConvTranspose', inputs, {
      ...onnxWindow(plane(node.inputs[1] as Sym)[2], window(node)),
      ...(extraRows || extraColumns ? { output_padding: [extraRows, extraColumns] } : {}),
    });
  },
  tensorflow: ([x, w], node, lowering) => {
    const [windows, kernels] = node.inputs as readonly [Sym, Sym];
    const shape = { ...window(node), image: plane(node), windows: plane(windows), size: plane(kernels)[2] };
    return lowerTransposedConvolution([x as string, w as string], shape, lowering);
  },
  lanes: ({ inputs: [x, w], node, lanes }) =>
    channelsIntoLanes(
      apply(conv2dTransposePrimitive, [lanesIntoChannels(x as Sym), lanesIntoKernels(w as Sym)], ofLanes(node, lanes)),
      lanes,
    ),
};

/**
 * Transposed convolution: `x [batch, in, h, w]`, `w [in, out / groups, k, k]` →
 * `[batch, out, (h − 1)·stride + k − 2·padding + extra, …]`.
 * @param options `extra` rows and columns at the end, fewer than the stride: it does not determine the size alone.
 */
export function conv2dTranspose(
  x: Sym,
  w: Sym,
  { stride, padding, groups = 1, extra = 0 }: GroupedWindow & { readonly extra?: number },
): Sym {
  return apply(conv2dTransposePrimitive, [x, w], { stride, padding, groups, extraRows: extra, extraColumns: extra });
}

/** The transpose of `conv2d` onto images of a given size, which its stride may not determine. */
function transposeTo(windows: Sym, kernel: Sym, { stride, padding, groups }: Around, image: Plane): Sym {
  const [, , rows, columns] = plane(windows);
  const size = plane(kernel)[2];
  const extra = (length: number, count: number): number => length - ((count - 1) * stride + size - 2 * padding);
  return apply(conv2dTransposePrimitive, [windows, kernel], {
    stride,
    padding,
    groups,
    extraRows: extra(image[2], rows),
    extraColumns: extra(image[3], columns),
  });
}

const kernelGradientPrimitive: Primitive = {
  name: 'conv2dKernelGradient',
  infer: ([x, g], attributes) => {
    const [batch, channels] = plane(x as Sym);
    const [batchG, outputs] = plane(g as Sym);
    const { groups, size } = attributes as unknown as Around & { size: number };
    requireFloats([x as Sym, g as Sym]);
    if (batch !== batchG) throw new ShapeError(`batches of ${batch} and ${batchG}`);
    requireGroups(attributes as unknown as Around, outputs, channels);
    return { shape: [outputs, channels / groups, size, size], dtype: 'float32' };
  },
  vjp: ({ node, inputs: [x, g], cotangent, wanted }) => [
    wanted(0) ? transposeTo(g as Sym, cotangent, window(node), plane(x as Sym)) : null,
    wanted(1) ? conv2d(x as Sym, cotangent, window(node)) : null,
  ],
  reference: ([x, g], node) => {
    const image = x as ReferenceTensor;
    const windows = g as ReferenceTensor;
    const out = new Float64Array(sizeOf(node.shape));
    visit({ image: plane(image), kernel: plane(node), windows: plane(windows) }, window(node), (i, k, o) => {
      out[k] = (out[k] as number) + (image.data[i] as number) * (windows.data[o] as number);
    });
    return out;
  },
  // A convolution over the batch, dilated by the stride: a group's channels are the images, its batch the channels.
  onnx: ([x, g], node, { emit, integers }) => {
    const { stride, padding, groups } = window(node);
    const [batch, channels, height, width] = plane(node.inputs[0] as Sym);
    const [, outputs, rows, columns] = plane(node.inputs[1] as Sym);
    const size = node.attributes.size as number;
    const swap = { perm: [1, 0, 2, 3] };
    // Where the stride does not divide, the last rows are in no window: less padding after, or fewer rows.
    const after = (length: number, count: number): number => stride * (count - 1) + size - length - padding;
    const lacking = [after(height, rows), after(width, columns)];
    let shape = [channels / groups, groups * batch, height, width];
    let images = x as string;
    if (groups > 1) {
      const parts = [batch, groups, channels / groups, height, width] as const;
      const apart = emit('Reshape', [images, integers(parts)], {}, { shape: parts });
      const perm = [2, 1, 0, 3, 4];
      const turned = emit('Transpose', [apart], { perm }, { shape: perm.map((axis) => parts[axis] as number) });
      images = emit('Reshape', [turned, integers(shape)], {}, { shape });
    } else images = emit('Transpose', [images], swap, { shape });
    if (lacking.some((count) => count < 0)) {
      const kept = [height, width].map((length, axis) => length + Math.min(lacking[axis] as number, 0));
      shape = [...shape.slice(0, 2), ...kept];
      images = emit('Slice', [images, integers([0, 0]), integers(kept), integers([2, 3])], {}, { shape });
    }
    const windows = emit('Transpose', [g as string], swap, { shape: [outputs, batch, rows, columns] });
    const about = { shape: [channels / groups, outputs, size, size] };
    const y = emit(
      'Conv',
      [images, windows],
      {
        kernel_shape: [rows, columns],
        strides: [1, 1],
        dilations: [stride, stride],
        pads: [padding, padding, ...lacking.map((count) => Math.max(count, 0))],
        group: groups,
      },
      about,
    );
    return emit('Transpose', [y], swap);
  },
  tensorflow: ([x, g], node, lowering) => {
    const [image, windows] = node.inputs as readonly [Sym, Sym];
    const shape = {
      ...window(node),
      image: plane(image),
      windows: plane(windows),
      size: node.attributes.size as number,
    };
    return lowerKernelGradient([x as string, g as string], shape, lowering);
  },
  lanes: ({ inputs: [x, g], node, lanes }) =>
    kernelsIntoLanes(
      apply(kernelGradientPrimitive, [lanesIntoChannels(x as Sym), lanesIntoChannels(g as Sym)], ofLanes(node, lanes)),
      lanes,
    ),
};

/** Gradient of `conv2d` for its kernel: `x [batch, in, h, w]`, `g [batch, out, oh, ow]` → `[out, in / groups, size, size]`. */
function conv2dKernelGradient(
  x: Sym,
  g: Sym,
  { stride, padding, groups, size }: Around & { readonly size: number },
): Sym {
  return apply(kernelGradientPrimitive, [x, g], { stride, padding, groups, size });
}

export const CONVOLUTION_PRIMITIVES = [conv2dPrimitive, conv2dTransposePrimitive, kernelGradientPrimitive] as const;
