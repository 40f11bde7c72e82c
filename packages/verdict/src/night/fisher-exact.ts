/**
 * P(at least `tonight` of the `total` diverged runs are of tonight), were both nights alike: the upper tail of the
 * hypergeometric law.
 * @param tonight diverged runs of tonight, of `seeds` runs. @param baseline diverged runs of the baseline, of as many.
 * @see R. A. Fisher, The Design of Experiments (1935). One-sided; conservative where runs of one seed end alike.
 */
export function fisherUpperTail(tonight: number, baseline: number, seeds: number): number {
  const total = tonight + baseline;
  let tail = 0;
  for (let k = tonight; k <= Math.min(total, seeds); k++)
    tail += Math.exp(logChoose(seeds, k) + logChoose(seeds, total - k) - logChoose(2 * seeds, total));
  return Math.min(tail, 1);
}

/** ln of n over k; −∞ where there is no such choice. */
function logChoose(n: number, k: number): number {
  if (k < 0 || k > n) return Number.NEGATIVE_INFINITY;
  let sum = 0;
  for (let i = 1; i <= k; i++) sum += Math.log((n - k + i) / i);
  return sum;
}
