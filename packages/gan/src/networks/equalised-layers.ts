import { add, conv2d, leakyRelu, matMul, mul, reshape, type Sym, type Window } from '@gansweep/program/browser';
import type { ParameterSpec } from '../parameters.ts';
import { tensorNamed } from './network.ts';

type Tensors = ReadonlyMap<string, Sym>;

const LEAK = 0.2;

/** Leaky ReLU of slope .2, times √2 so that it keeps the mean square of a normal law. */
export function gainedLeakyRelu(x: Sym): Sym {
  return mul(leakyRelu(x, LEAK), Math.SQRT2);
}

/** How fast a layer learns beside the others: its stored weights are larger by 1/m and its outputs smaller by m. */
interface Speed {
  /** m, 1 unless told otherwise. */
  readonly multiplier?: number;
}

/**
 * Weight `[from, to]` and bias `[to]` of a dense layer with equalised learning rate: stored weights are N(0, 1/m²) and
 * are scaled by m/√from at every use, so that Adam moves all layers alike.
 * @see Karras et al. (2018), section 4.1, arXiv:1710.10196
 */
export function denseParameters(
  name: string,
  {
    from,
    to,
    bias = 0,
    multiplier = 1,
  }: { readonly from: number; readonly to: number; readonly bias?: number } & Speed,
): ParameterSpec[] {
  return [
    { name: `${name}.weight`, shape: [from, to], initial: { kind: 'normal', mean: 0, deviation: 1 / multiplier } },
    { name: `${name}.bias`, shape: [to], initial: { kind: 'constant', value: bias / multiplier } },
  ];
}

/** `[batch, from]` → `[batch, to]`. */
export function dense(x: Sym, parameters: Tensors, name: string, { multiplier = 1 }: Speed = {}): Sym {
  const weight = tensorNamed(parameters, `${name}.weight`);
  const product = matMul(x, mul(weight, multiplier / Math.sqrt(weight.shape[0] as number)));
  return add(product, mul(tensorNamed(parameters, `${name}.bias`), multiplier));
}

/** Whether a convolution is a transposed one, whose weight is `[from, to, size, size]`. */
interface Direction {
  readonly transposed?: boolean;
}

/** Weight `[to, from, size, size]`, N(0, 1), and bias `[to]`, 0, of a convolution with equalised learning rate. */
export function convParameters(
  name: string,
  {
    from,
    to,
    size,
    biased = true,
    transposed = false,
  }: { readonly from: number; readonly to: number; readonly size: number; readonly biased?: boolean } & Direction,
): ParameterSpec[] {
  const weight: ParameterSpec = {
    name: `${name}.weight`,
    shape: [...(transposed ? [from, to] : [to, from]), size, size],
    initial: { kind: 'normal', mean: 0, deviation: 1 },
  };
  return biased ? [weight, { name: `${name}.bias`, shape: [to], initial: { kind: 'constant', value: 0 } }] : [weight];
}

/** The weight of a convolution as it is used: scaled by 1/√(from · size²). */
export function convWeight(parameters: Tensors, name: string, { transposed = false }: Direction = {}): Sym {
  const weight = tensorNamed(parameters, `${name}.weight`);
  const [first, second, rows, columns] = weight.shape as readonly [number, number, number, number];
  return mul(weight, 1 / Math.sqrt((transposed ? first : second) * rows * columns));
}

/** x with the layer's bias on every map. */
export function withBias(x: Sym, parameters: Tensors, name: string): Sym {
  const bias = tensorNamed(parameters, `${name}.bias`);
  return add(x, reshape(bias, [1, bias.shape[0] as number, 1, 1]));
}

/** `[batch, from, height, width]` → `[batch, to, …]` without a bias. */
export function conv(x: Sym, parameters: Tensors, name: string, window: Window): Sym {
  return conv2d(x, convWeight(parameters, name), window);
}
