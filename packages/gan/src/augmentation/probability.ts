import {
  add,
  cast,
  concat,
  greater,
  mean,
  mul,
  relu,
  type Sym,
  sign,
  slice,
  sub,
  where,
} from '@gansweep/program/browser';

/** Updates of D between two moves of p. */
const ADA_INTERVAL = 4;

/** What p moves by: so much that it can go from 0 to 1 in that many images. */
export function adaStep({ batch, adaKimg }: { readonly batch: number; readonly adaKimg: number }): number {
  return (batch * ADA_INTERVAL) / (adaKimg * 1000);
}

/**
 * The state after one more batch of reals: at every fourth, p ← max(0, p + step · sign(r − target)), r being the mean sign of
 * D's logits on these four.
 * @param ada `[3]`: p, sum of mean signs, batches. @param logits `[batch, 1]`. @see Karras et al. (2020), section 3, arXiv:2006.06676
 */
export function adapted(ada: Sym, logits: Sym, { target, step }: { readonly target: Sym; readonly step: Sym }): Sym {
  const part = (i: number): Sym => slice(ada, 0, i, 1);
  const signs = add(part(1), mean(sign(logits), [0, 1]));
  const batches = add(part(2), 1);
  const isDue = greater(batches, ADA_INTERVAL - 0.5);
  const moved = relu(add(part(0), mul(sign(sub(mul(signs, 1 / ADA_INTERVAL), target)), step)));
  const stays = sub(1, cast(isDue));
  return concat([where(isDue, moved, part(0)), mul(signs, stays), mul(batches, stays)], 0);
}
