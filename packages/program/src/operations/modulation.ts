import { matMul } from '../primitives/contraction.ts';
import { conv2d, type GroupedWindow } from '../primitives/convolution.ts';
import { add, div, mul, sqrt, square } from '../primitives/elementwise.ts';
import { reshape, sum } from '../primitives/layout.ts';
import type { Sym } from '../symbolic.ts';

/**
 * Convolution whose kernel is scaled by each image's style and, with `demodulate`, back to unit length, in the form that
 * scales activations instead: inputs by the style, outputs by 1/√(Σ (style · w)² + 10⁻⁸). One ordinary convolution and one
 * matrix product do for the whole batch.
 * @param x `[batch, in, h, w]`. @param w `[out, in, k, k]`. @param style `[batch, in]`.
 * @see Karras et al. (2020), section 2.2, arXiv:1912.04958
 */
export function modulatedConv2d(
  { x, w, style }: { readonly x: Sym; readonly w: Sym; readonly style: Sym },
  { demodulate, ...window }: Omit<GroupedWindow, 'groups'> & { readonly demodulate: boolean },
): Sym {
  const perMap = (vector: Sym): Sym => reshape(vector, [...vector.shape, 1, 1]);
  const y = conv2d(mul(x, perMap(style)), w, window);
  if (!demodulate) return y;
  const energy = sum(square(w), [2, 3]);
  return div(y, perMap(sqrt(add(matMul(square(style), energy, { transposeB: true }), 1e-8))));
}
