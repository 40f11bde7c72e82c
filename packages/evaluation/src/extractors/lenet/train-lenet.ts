import { type ImageReals, randomStream, STREAMS } from '@gansweep/domain';
import {
  add,
  cast,
  div,
  type Executor,
  gradients,
  logSumExp,
  mean,
  mul,
  type Program,
  reshape,
  type Sym,
  sqrt,
  square,
  sub,
  sum,
  traceProgram,
} from '@gansweep/program';
import { shuffledPositions } from '../../metrics/random-subset.ts';
import { openLenet } from './lenet-extractor.ts';
import {
  LENET_CLASSES,
  LENET_INPUT,
  LENET_TENSOR_NAMES,
  LENET_TENSORS,
  type LenetTensor,
  lenetForward,
  lenetState,
} from './lenet-network.ts';
import type { LenetWeights } from './lenet-weights.ts';

export interface LenetTraining {
  /** Images 32×32×1 with their digits. */
  readonly images: ImageReals & { readonly labels: Uint8Array };
  readonly executor: Executor;
  readonly seed: number;
  readonly epochs: number;
  readonly batch: number;
  /** Learning rate of Adam at the start; falls to zero along half a cosine. */
  readonly lr: number;
  /** Largest shift of an image in either direction, in pixels. */
  readonly shift: number;
  /** Called after each epoch with its mean loss in nats. */
  readonly onEpoch: (epoch: number, loss: number) => void;
}

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;
const STEPS_PER_CALL = 4;
/** Images by which the features are scaled. */
const SCALE_IMAGES = 10_000;
/** Draw numbers of the one stream: tensors from 0, epochs and shifts far apart. */
const ORDER_DRAWS = 1_000;
const SHIFT_DRAWS = 1_000_000;

/**
 * Trains the classifier: cross-entropy, Adam, images shifted at random; then features are scaled to unit size. The
 * same arguments and executor give the same weights.
 */
export async function trainLenet(training: LenetTraining): Promise<LenetWeights> {
  const { images, executor, seed, epochs, batch, lr, onEpoch } = training;
  await using loaded = await executor.load(stepProgram(batch));
  // Adam's moments start at zero, as every state does.
  await loaded.writeState(startWeights(seed));
  const stepsPerEpoch = Math.floor(images.count / batch);
  const steps = stepsPerEpoch * epochs;
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = shuffledPositions({
      from: images.count,
      size: stepsPerEpoch * batch,
      seed,
      stream: STREAMS.featureTraining,
      draw: ORDER_DRAWS + epoch,
    });
    let lossSum = 0;
    for (let first = 0; first < stepsPerEpoch; first += STEPS_PER_CALL) {
      const count = Math.min(STEPS_PER_CALL, stepsPerEpoch - first);
      const step = epoch * stepsPerEpoch + first;
      const positions = order.subarray(first * batch, (first + count) * batch);
      const { loss } = await loaded.run(
        {
          images: shiftedImages(training, positions, SHIFT_DRAWS + step),
          labels: oneHot(images.labels, positions),
          rate: Float32Array.from({ length: count }, (_, k) => adamRate(lr, step + k, steps)),
        },
        count,
      );
      for (const value of loss ?? []) lossSum += value;
    }
    onEpoch(epoch + 1, lossSum / stepsPerEpoch);
  }
  const state = await loaded.readState();
  const entries = LENET_TENSOR_NAMES.map((name) => [name, state[name] ?? new Float32Array()] as const);
  const weights = Object.fromEntries(entries) as Record<LenetTensor, Float32Array>;
  return withUnitFeatures(weights, { images, executor });
}

/**
 * Scales the features so that their mean square over the first images is 1, and the last layer back, so that the
 * logits stay: the activation commutes with a positive factor. Kernel distances then weigh all powers of x·y/d alike.
 */
export async function withUnitFeatures(
  weights: LenetWeights,
  { images, executor }: Pick<LenetTraining, 'images' | 'executor'>,
): Promise<LenetWeights> {
  const { height, width, channels } = images;
  const count = Math.min(images.count, SCALE_IMAGES);
  const data = new Uint8Array(count * height * width * channels);
  images.copy(
    Uint32Array.from({ length: count }, (_, i) => i),
    data,
  );
  await using lenet = await openLenet(executor, weights);
  const features = await lenet.features({ kind: 'images', count, height, width, channels, data });
  const size = Math.sqrt(features.data.reduce((total, value) => total + value * value, 0) / features.data.length);
  const scaled = (name: LenetTensor, factor: number): Float32Array => weights[name].map((value) => value * factor);
  return {
    ...weights,
    'features.kernel': scaled('features.kernel', 1 / size),
    'features.bias': scaled('features.bias', 1 / size),
    'logits.kernel': scaled('logits.kernel', size),
  };
}

/** Half a cosine times Adam's bias correction √(1 − β₂ᵗ)/(1 − β₁ᵗ). */
function adamRate(lr: number, step: number, steps: number): number {
  const t = step + 1;
  const correction = Math.sqrt(1 - BETA2 ** t) / (1 - BETA1 ** t);
  return 0.5 * (1 + Math.cos((Math.PI * step) / steps)) * lr * correction;
}

const firstMoment = (name: LenetTensor): string => `adam.m.${name}`;
const secondMoment = (name: LenetTensor): string => `adam.v.${name}`;

/** One update: softmax cross-entropy on logits, its gradients, Adam. @see Kingma and Ba (2015), arXiv:1412.6980. */
function stepProgram(batch: number): Program {
  return traceProgram((tracer) => {
    const { height, width, channels } = LENET_INPUT;
    const images = tracer.input('images', [batch, height, width, channels], { dtype: 'uint8' });
    const labels = tracer.input('labels', [batch, LENET_CLASSES], { dtype: 'uint8' });
    const rate = tracer.input('rate', []);
    const weights = lenetState(tracer);
    const { logits } = lenetForward(images, weights);
    const chosen = sum(mul(logits, cast(labels)), [1]);
    const loss = mean(sub(reshape(logSumExp(logits, 1), [batch]), chosen), [0]);
    const slopes = gradients(
      loss,
      LENET_TENSOR_NAMES.map((name) => weights[name]),
    );
    const updates: Record<string, Sym> = {};
    LENET_TENSOR_NAMES.forEach((name, i) => {
      const slope = slopes[i];
      if (slope === undefined) throw new Error(`no gradient of ${name}`);
      const shape = LENET_TENSORS[name];
      const m = add(mul(tracer.state(firstMoment(name), shape), BETA1), mul(slope, 1 - BETA1));
      const v = add(mul(tracer.state(secondMoment(name), shape), BETA2), mul(square(slope), 1 - BETA2));
      updates[firstMoment(name)] = m;
      updates[secondMoment(name)] = v;
      updates[name] = sub(weights[name], mul(rate, div(m, add(sqrt(v), EPSILON))));
    });
    return { outputs: { loss }, updates };
  });
}

/** Normal weights of variance 2/fan-in (He et al. 2015, arXiv:1502.01852), zero biases. */
function startWeights(seed: number): Record<string, Float32Array> {
  const stream = randomStream(seed, STREAMS.featureTraining);
  const start: Record<string, Float32Array> = {};
  LENET_TENSOR_NAMES.forEach((name, draw) => {
    const shape: readonly number[] = LENET_TENSORS[name];
    const values = new Float32Array(shape.reduce((product, side) => product * side, 1));
    if (shape.length > 1) {
      // Kernels are [out, in, height, width], dense matrices [in, out].
      const fanIn = shape.length === 4 ? values.length / (shape[0] ?? 1) : (shape[0] ?? 1);
      stream.normals(draw, values);
      const scale = Math.sqrt(2 / fanIn);
      for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) * scale;
    }
    start[name] = values;
  });
  return start;
}

function oneHot(labels: Uint8Array, positions: Uint32Array): Uint8Array {
  const out = new Uint8Array(positions.length * LENET_CLASSES);
  positions.forEach((position, i) => {
    out[i * LENET_CLASSES + (labels[position] as number)] = 1;
  });
  return out;
}

/** Copies images, each moved by up to `shift` pixels on both axes; what enters is black. */
function shiftedImages({ images, seed, shift }: LenetTraining, positions: Uint32Array, draw: number): Uint8Array {
  const { height, width } = LENET_INPUT;
  const plain = new Uint8Array(positions.length * height * width);
  images.copy(positions, plain);
  const moves = new Float64Array(2 * positions.length);
  randomStream(seed, STREAMS.featureTraining).uniforms(draw, moves);
  const out = new Uint8Array(plain.length);
  for (let image = 0; image < positions.length; image++) {
    const dx = Math.floor((moves[2 * image] as number) * (2 * shift + 1)) - shift;
    const dy = Math.floor((moves[2 * image + 1] as number) * (2 * shift + 1)) - shift;
    const start = image * height * width;
    for (let y = Math.max(0, dy); y < Math.min(height, height + dy); y++) {
      const from = start + (y - dy) * width + Math.max(0, -dx);
      const length = width - Math.abs(dx);
      out.set(plain.subarray(from, from + length), start + y * width + Math.max(0, dx));
    }
  }
  return out;
}
