import {
  add,
  gradients,
  mean,
  mul,
  reshape,
  type Sym,
  sizeOf,
  sqrt,
  square,
  sub,
  sum,
} from '@gansweep/program/browser';

/** Keeps the slope of the root finite where a gradient vanishes. */
const TINY = 1e-12;

/** Points between a real and a fake batch: ε·real + (1 − ε)·fake. @param shares ε of each sample, `[batch]`. */
export function between({ real, fake, shares }: { readonly real: Sym; readonly fake: Sym; readonly shares: Sym }): Sym {
  const share = reshape(
    shares,
    real.shape.map((length, axis) => (axis === 0 ? length : 1)),
  );
  return add(fake, mul(sub(real, fake), share));
}

/**
 * mean (‖∇ₓ D(x)‖ − 1)², the norm taken over each sample, or over those that have one logit together.
 * @param logits `[batch, 1]` of the samples, or one for every so many that follow one another. @returns a symbolic scalar.
 * @see Gulrajani et al. (2017), eq. 3, arXiv:1704.00028
 */
export function gradientPenalty(logits: Sym, samples: Sym): Sym {
  const [each] = gradients(sum(logits, [0, 1]), [samples]) as [Sym];
  const judged = logits.shape[0] as number;
  const slopes = judged === samples.shape[0] ? each : reshape(each, [judged, sizeOf(each.shape) / judged]);
  const inside = slopes.shape.flatMap((_, axis) => (axis === 0 ? [] : [axis]));
  const norms = sqrt(add(sum(square(slopes), inside), TINY));
  return mean(square(sub(norms, 1)), [0]);
}
