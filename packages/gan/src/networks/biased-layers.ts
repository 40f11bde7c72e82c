import { add, reshape, type Shape, type Sym, sizeOf } from '@gansweep/program/browser';
import type { ParameterSpec } from '../parameters.ts';
import { type Pass, tensorNamed } from './network.ts';

/** A layer's weight N(0, deviation²) and its bias of 0, one number for each of its outputs. */
export function biasedLayer(
  name: string,
  { shape, outputs, deviation }: { readonly shape: Shape; readonly outputs: number; readonly deviation: number },
): ParameterSpec[] {
  return [
    { name: `${name}.weight`, shape, initial: { kind: 'normal', mean: 0, deviation } },
    { name: `${name}.bias`, shape: [outputs], initial: { kind: 'constant', value: 0 } },
  ];
}

/** Adds a layer's bias to `[batch, outputs]` or to the maps `[batch, outputs, height, width]`. */
export function biased(x: Sym, pass: Pass, name: string): Sym {
  const bias = tensorNamed(pass.parameters, `${name}.bias`);
  return add(x, x.shape.length === 4 ? reshape(bias, [1, sizeOf(bias.shape), 1, 1]) : bias);
}
