import { OF_FLOATS, type TensorflowAttribute, type TensorflowLowering } from './primitive.ts';

type Planes = readonly [batch: number, channels: number, height: number, width: number];

/** What the three convolutions have in common: windows of `kernel` pixels over images. Shapes are `[batch, channels, …]`. */
export interface ConvolutionShape {
  readonly image: Planes;
  readonly windows: Planes;
  /** Side of the kernels. */
  readonly size: number;
  readonly stride: number;
  readonly padding: number;
  readonly groups: number;
}

/** A convolution of one group, or of all groups on devices that have that: names of operands → name of the result. */
type Convolution = (operands: readonly [string, string], shape: ConvolutionShape) => string;

/** Kernels lie as `[height, width, in, out]` in TensorFlow, as `[out, in, height, width]` in programs. */
const kernelsIn = (kernels: string, { emit, integers }: TensorflowLowering): string =>
  emit('Transpose', [kernels, integers([2, 3, 1, 0])], OF_FLOATS);
const kernelsOut = (kernels: string, { emit, integers }: TensorflowLowering): string =>
  emit('Transpose', [kernels, integers([3, 2, 0, 1])], OF_FLOATS);

/** `image ⋆ kernels → windows`. */
export function lowerConvolution(
  operands: readonly [image: string, kernels: string],
  shape: ConvolutionShape,
  lowering: TensorflowLowering,
): string {
  const convolve: Convolution = ([image, kernels], part) =>
    lowering.emit('Conv2D', [image, kernelsIn(kernels, lowering)], attributesOf(part, lowering));
  return inGroups(convolve, operands, { shape, lowering, axes: ['image', 'kernels', 'image'] });
}

/** `windows, kernels → image`: the transpose of the convolution by its image. */
export function lowerTransposedConvolution(
  operands: readonly [windows: string, kernels: string],
  shape: ConvolutionShape,
  lowering: TensorflowLowering,
): string {
  const convolve: Convolution = ([windows, kernels], part) => {
    const sizes = lowering.integers(laidOut(part.image, lowering));
    const inputs = [sizes, kernelsIn(kernels, lowering), windows];
    return lowering.emit('Conv2DBackpropInput', inputs, attributesOf(part, lowering));
  };
  return inGroups(convolve, operands, { shape, lowering, axes: ['image', 'kernels', 'image'] });
}

/** `image, windows → kernels`: the transpose of the convolution by its kernels. */
export function lowerKernelGradient(
  operands: readonly [image: string, windows: string],
  shape: ConvolutionShape,
  lowering: TensorflowLowering,
): string {
  const convolve: Convolution = ([image, windows], part) => {
    const { image: from, windows: to, size, groups } = part;
    const sizes = lowering.integers([size, size, from[1] / groups, to[1]]);
    const gradient = lowering.emit('Conv2DBackpropFilter', [image, sizes, windows], attributesOf(part, lowering));
    return kernelsOut(gradient, lowering);
  };
  return inGroups(convolve, operands, { shape, lowering, axes: ['image', 'image', 'kernels'] });
}

/** Where the device has no groups: each by itself, from its part of the operands to its part of the result. */
function inGroups(
  convolve: Convolution,
  operands: readonly [string, string],
  {
    shape,
    lowering,
    axes,
  }: {
    readonly shape: ConvolutionShape;
    readonly lowering: TensorflowLowering;
    /** Of the operands and the result: the groups lie along the channels of images, or the first axis of kernels. */
    readonly axes: readonly [Grouped, Grouped, Grouped];
  },
): string {
  const { groups } = shape;
  if (groups === 1 || lowering.groupedConvolutions) return convolve(operands, shape);
  const { emit, integers } = lowering;
  const channels = lowering.images === 'NHWC' ? 3 : 1;
  const axisOf = (kind: Grouped): string => integers([kind === 'image' ? channels : 0], []);
  const one = {
    ...shape,
    groups: 1,
    image: shape.image.with(1, shape.image[1] / groups) as unknown as Planes,
    windows: shape.windows.with(1, shape.windows[1] / groups) as unknown as Planes,
  };
  const parts = operands.map((operand, i) =>
    emit('Split', [axisOf(axes[i] as Grouped), operand], { ...OF_FLOATS, num_split: groups }),
  );
  const results = Array.from({ length: groups }, (_, group) => {
    const [a, b] = parts.map((part) => (group === 0 ? part : `${part}:${group}`));
    return convolve([a as string, b as string], one);
  });
  return emit('ConcatV2', [...results, axisOf(axes[2])], { ...OF_FLOATS, N: groups });
}

type Grouped = 'image' | 'kernels';

const laidOut = ([batch, channels, height, width]: Planes, { images }: TensorflowLowering): readonly number[] =>
  images === 'NHWC' ? [batch, height, width, channels] : [batch, channels, height, width];

function attributesOf(
  shape: ConvolutionShape,
  lowering: TensorflowLowering,
): Readonly<Record<string, TensorflowAttribute>> {
  const { stride, padding } = shape;
  return {
    ...OF_FLOATS,
    data_format: lowering.images,
    strides: { integers: laidOut([1, 1, stride, stride], lowering) },
    ...(padding === 0
      ? { padding: 'VALID' }
      : isSame(shape)
        ? { padding: 'SAME' }
        : { padding: 'EXPLICIT', explicit_paddings: { integers: explicitPadding(padding, lowering) } }),
  };
}

const explicitPadding = (padding: number, { images }: TensorflowLowering): readonly number[] =>
  images === 'NHWC'
    ? [0, 0, padding, padding, padding, padding, 0, 0]
    : [0, 0, 0, 0, padding, padding, padding, padding];

/**
 * Whether TensorFlow's own padding has the same windows: oneDNN has gradients for that one and for none.
 * @see https://www.tensorflow.org/api_docs/python/tf/nn#same_padding
 */
function isSame({ image, windows, size, stride, padding }: ConvolutionShape): boolean {
  return [2, 3].every((axis) => {
    const [length, count] = [image[axis] as number, windows[axis] as number];
    const total = Math.max((count - 1) * stride + size - length, 0);
    return count === Math.ceil(length / stride) && Math.floor(total / 2) === padding;
  });
}
