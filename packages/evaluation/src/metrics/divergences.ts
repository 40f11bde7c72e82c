/** KL(p ‖ q) = Σ p ln(p/q) in nats; cells with p = 0 add nothing, p > 0 where q = 0 gives Infinity. */
export function kullbackLeibler(p: ArrayLike<number>, q: ArrayLike<number>): number {
  if (p.length !== q.length) throw new RangeError(`distributions have ${p.length} and ${q.length} cells`);
  let sum = 0;
  for (let i = 0; i < p.length; i++) {
    const share = p[i] as number;
    if (share > 0) sum += share * Math.log(share / (q[i] as number));
  }
  return sum;
}

/** Jensen–Shannon divergence in nats, in [0, ln 2]. @see Lin (1991), IEEE Trans. Information Theory 37. */
export function jensenShannon(p: ArrayLike<number>, q: ArrayLike<number>): number {
  const middle = Float64Array.from({ length: p.length }, (_, i) => ((p[i] as number) + (q[i] as number)) / 2);
  return (kullbackLeibler(p, middle) + kullbackLeibler(q, middle)) / 2;
}
