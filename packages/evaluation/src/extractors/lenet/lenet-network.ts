import { add, cast, conv2d, leakyRelu, matMul, mul, reshape, type Sym, type Tracer } from '@gansweep/program';

/** The classifier looks at images of this shape only. */
export const LENET_INPUT = { height: 32, width: 32, channels: 1 } as const;
export const LENET_CLASSES = 10;
export const LENET_FEATURES = 64;

/**
 * Trained tensors: three 4×4 convolutions that halve the side (32 → 16 → 8 → 4; kernels `[out, in, 4, 4]`), a dense
 * layer to the features and one to the class logits (`[in, out]`). 107,466 numbers.
 */
export const LENET_TENSORS = {
  'conv1.kernel': [16, 1, 4, 4],
  'conv1.bias': [16],
  'conv2.kernel': [32, 16, 4, 4],
  'conv2.bias': [32],
  'conv3.kernel': [64, 32, 4, 4],
  'conv3.bias': [64],
  'features.kernel': [1024, LENET_FEATURES],
  'features.bias': [LENET_FEATURES],
  'logits.kernel': [LENET_FEATURES, LENET_CLASSES],
  'logits.bias': [LENET_CLASSES],
} as const satisfies Record<string, readonly number[]>;
export type LenetTensor = keyof typeof LENET_TENSORS;
export const LENET_TENSOR_NAMES = Object.keys(LENET_TENSORS) as readonly LenetTensor[];

const SLOPE = 0.1;

/** Declares the tensors as state of a program. */
export function lenetState(tracer: Tracer): Readonly<Record<LenetTensor, Sym>> {
  const entries = LENET_TENSOR_NAMES.map((name) => [name, tracer.state(name, LENET_TENSORS[name])] as const);
  return Object.fromEntries(entries) as Record<LenetTensor, Sym>;
}

/**
 * Forward pass. @param images uint8 `[batch, 32, 32, 1]`, scaled to [0, 1] inside, so that the black background equals
 * the zero padding of the convolutions. @returns features `[batch, 64]` after the activation, logits `[batch, 10]`.
 */
export function lenetForward(
  images: Sym,
  weights: Readonly<Record<LenetTensor, Sym>>,
): { readonly features: Sym; readonly logits: Sym } {
  const batch = images.shape[0] ?? 0;
  const { height, width, channels } = LENET_INPUT;
  let x = mul(reshape(cast(images), [batch, channels, height, width]), 1 / 255);
  for (const layer of ['conv1', 'conv2', 'conv3'] as const) {
    const bias = weights[`${layer}.bias`];
    const sum = conv2d(x, weights[`${layer}.kernel`], { stride: 2, padding: 1 });
    x = leakyRelu(add(sum, reshape(bias, [1, bias.shape[0] ?? 0, 1, 1])), SLOPE);
  }
  const flat = reshape(x, [batch, LENET_TENSORS['features.kernel'][0]]);
  const features = leakyRelu(add(matMul(flat, weights['features.kernel']), weights['features.bias']), SLOPE);
  const logits = add(matMul(features, weights['logits.kernel']), weights['logits.bias']);
  return { features, logits };
}
