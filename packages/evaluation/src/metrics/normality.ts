/** How far numbers lie from the standard normal law. */
export interface NormalityTest {
  /** Largest distance between the share of numbers up to x and Φ(x). */
  readonly statistic: number;
  /** Probability of a distance as large as this for numbers of N(0, 1). */
  readonly p: number;
}

/**
 * The Kolmogorov–Smirnov test against N(0, 1), with Stephens' correction of the limit law for small n.
 * @param values n > 0 numbers.
 * @see Stephens (1970), "Use of the Kolmogorov-Smirnov, Cramér-von Mises and related statistics without extensive tables".
 */
export function normalityTest(values: ArrayLike<number>): NormalityTest {
  const sorted = Float64Array.from(values).sort();
  const n = sorted.length;
  if (n === 0) throw new RangeError('a law needs numbers');
  const statistic = sorted.reduce((most, value, i) => {
    const share = normalDistribution(value);
    return Math.max(most, (i + 1) / n - share, share - i / n);
  }, 0);
  const root = Math.sqrt(n);
  return { statistic, p: kolmogorovTail((root + 0.12 + 0.11 / root) * statistic) };
}

/** P(K > λ) = 2 Σ (−1)^(k−1) exp(−2k²λ²) of Kolmogorov's law; by the theta identity where that series is slow. */
export function kolmogorovTail(lambda: number): number {
  if (lambda < 0.2) return 1;
  let sum = 0;
  if (lambda < 1) {
    for (let k = 1; k <= 19; k += 2) sum += Math.exp((-(k * k) * Math.PI ** 2) / (8 * lambda * lambda));
    return 1 - (Math.sqrt(2 * Math.PI) / lambda) * sum;
  }
  for (let k = 1; k <= 10; k++) sum += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * k * k * lambda * lambda);
  return sum;
}

/**
 * Φ(x) to about 1e-15: the series around 0, and the continued fraction of the tail beyond.
 * @see Abramowitz, Stegun (1964), 26.2.11 and 26.2.14.
 */
export function normalDistribution(x: number): number {
  const density = Math.exp(-(x * x) / 2) / Math.sqrt(2 * Math.PI);
  const size = Math.abs(x);
  if (size < 4) {
    let [term, sum] = [x, x];
    for (let k = 3; Math.abs(term) > 1e-17 * Math.abs(sum); k += 2) {
      term *= (x * x) / k;
      sum += term;
    }
    return 0.5 + density * sum;
  }
  let fraction = 0;
  for (let k = 60; k >= 1; k--) fraction = k / (size + fraction);
  const tail = density / (size + fraction);
  return x > 0 ? 1 - tail : tail;
}
