/** Whether fakes lie nearer to the training set than fresh reals do. */
export interface Memorisation {
  /**
   * Share of pairs (fake, held-out real) in which the fake lies nearer to the training set, a tie counting half: ½ for a
   * generator that knows the law, towards 1 for one that copies, below ½ for one that misses the law.
   */
  readonly copying: number;
  /** Median distance of the fakes to the training set over that of the held-out reals; 1 for the law itself, 0 for copies. */
  readonly distanceRatio: number;
}

/**
 * Compares two lists of distances to the nearest training sample: the Mann–Whitney statistic of Meehan et al. over the
 * whole space, as a share instead of a z.
 * @see Meehan, Chaudhuri and Dasgupta (2020), "A non-parametric test to detect data-copying", arXiv:2004.05675.
 */
export function memorisation({
  fake,
  heldOut,
}: {
  readonly fake: Float64Array;
  readonly heldOut: Float64Array;
}): Memorisation {
  if (fake.length === 0 || heldOut.length === 0) throw new RangeError('distances of both sides are needed');
  const [near, far] = [fake.toSorted(), heldOut.toSorted()];
  let [below, upTo, pairs] = [0, 0, 0];
  for (const distance of far) {
    while (below < near.length && (near[below] as number) < distance) below++;
    while (upTo < near.length && (near[upTo] as number) <= distance) upTo++;
    pairs += (below + upTo) / 2;
  }
  const usual = median(far);
  const found = median(near);
  return {
    copying: pairs / (near.length * far.length),
    distanceRatio: usual === 0 ? (found === 0 ? 1 : Number.MAX_VALUE) : found / usual,
  };
}

function median(sorted: Float64Array): number {
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] as number) + (sorted[Math.ceil(middle)] as number)) / 2;
}
