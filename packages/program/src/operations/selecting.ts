import { cast, equal, greater, maximum, minimum, sub, where } from '../primitives/elementwise.ts';
import { reshape, table } from '../primitives/layout.ts';
import { max } from '../primitives/selection.ts';
import type { Sym } from '../symbolic.ts';

/** x limited to [least, most]; outside it the gradient is 0. */
export function clamp(x: Sym, least: number, most: number): Sym {
  return minimum(maximum(x, least), most);
}

/** −1, 0 or 1; carries no gradient. */
export function sign(x: Sym): Sym {
  return sub(cast(greater(x, 0)), cast(greater(0, x)));
}

/** Class numbers `[n]` from 0, float32, as rows `[n, classes]` of one 1 each; a number that is no class gives zeros. */
export function oneHot(labels: Sym, classes: number): Sym {
  const [count] = labels.shape as [number];
  const numbers = table(
    labels,
    Array.from({ length: classes }, (_, i) => i),
    [1, classes],
  );
  return cast(equal(reshape(labels, [count, 1]), numbers));
}

/** 1 at the largest elements over one axis, else 0; ties are all 1. Carries no gradient. */
export function largestMask(x: Sym, axis: number): Sym {
  return cast(equal(x, max(x, [axis])));
}

/** NaN → 0, everything beyond ±limit → ±limit, infinities too: what StyleGAN2 does to bad gradients. */
export function finiteWithin(x: Sym, limit: number): Sym {
  return where(equal(x, x), clamp(x, -limit, limit), 0);
}
