import { sqrt, square, sub } from '../primitives/elementwise.ts';
import { sum } from '../primitives/layout.ts';
import { mean } from '../primitives/selection.ts';
import type { Sym } from '../symbolic.ts';

/** Mean and biased variance over `axes`, which stay with length 1, and x less its mean. */
export function moments(
  x: Sym,
  axes: readonly number[],
): { readonly mean: Sym; readonly centred: Sym; readonly variance: Sym } {
  const centre = mean(x, axes, { keepDims: true });
  const centred = sub(x, centre);
  return { mean: centre, centred, variance: mean(square(centred), axes, { keepDims: true }) };
}

/** Euclidean norm over `axes`; infinite slope at 0, so a penalty on it wants something added before the root. */
export function l2Norm(x: Sym, axes: readonly number[], options: { readonly keepDims?: boolean } = {}): Sym {
  return sqrt(sum(square(x), axes, options));
}
