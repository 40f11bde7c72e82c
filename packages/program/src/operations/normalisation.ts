import { add, div, mul, sqrt, square } from '../primitives/elementwise.ts';
import { reshape } from '../primitives/layout.ts';
import { mean } from '../primitives/selection.ts';
import type { Sym } from '../symbolic.ts';
import { moments } from './statistics.ts';

/** Every map of every image to mean 0 and variance 1: `[batch, channels, height, width]` over its pixels. */
export function instanceNorm(x: Sym, { epsilon }: { readonly epsilon: number }): Sym {
  const { centred, variance } = moments(x, [2, 3]);
  return div(centred, sqrt(add(variance, epsilon)));
}

/**
 * Adaptive instance normalisation: scale · instanceNorm(x) + bias, an own scale and bias for each map of each image.
 * @param style both `[batch, channels]`. @see Huang, Belongie (2017), eq. 8, arXiv:1703.06868
 */
export function adaptiveInstanceNorm(
  x: Sym,
  style: { readonly scale: Sym; readonly bias: Sym },
  options: { readonly epsilon: number },
): Sym {
  const perMap = (vector: Sym): Sym => reshape(vector, [...vector.shape, 1, 1]);
  return add(mul(instanceNorm(x, options), perMap(style.scale)), perMap(style.bias));
}

/** Rows `[batch, n]` scaled to a mean square of 1: what StyleGAN does to z. @see Karras et al. (2018), section 4.2, arXiv:1710.10196 */
export function secondMomentNorm(x: Sym, { epsilon }: { readonly epsilon: number }): Sym {
  return div(x, sqrt(add(mean(square(x), [1], { keepDims: true }), epsilon)));
}
