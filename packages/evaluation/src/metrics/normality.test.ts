import { normalQuantile, randomStream } from '@gansweep/domain';
import { describe, expect, it } from 'vitest';
import { kolmogorovTail, normalDistribution, normalityTest } from './normality.ts';

describe('the normal distribution', () => {
  it('has the values of its tables', () => {
    expect(normalDistribution(0)).toBe(0.5);
    expect(normalDistribution(1)).toBeCloseTo(0.8413447460685429, 14);
    expect(normalDistribution(-1.959963984540054)).toBeCloseTo(0.025, 14);
    // SciPy's norm.cdf(−6) and of −4.5.
    expect(normalDistribution(-6) / 9.865876450376981e-10).toBeCloseTo(1, 12);
    expect(normalDistribution(-4.5) / 3.3976731247300535e-6).toBeCloseTo(1, 12);
    for (const share of [0.001, 0.3, 0.77, 0.9999])
      expect(normalDistribution(normalQuantile(share))).toBeCloseTo(share, 6);
  });
});

describe("Kolmogorov's law", () => {
  it("has the values of SciPy's special.kolmogorov, on both sides of where the series changes", () => {
    expect(kolmogorovTail(1)).toBeCloseTo(0.26999967167735456, 12);
    expect(kolmogorovTail(1.3580986393225505)).toBeCloseTo(0.05, 10);
    expect(kolmogorovTail(0.5)).toBeCloseTo(0.9639452436648751, 12);
    expect(kolmogorovTail(1 - 1e-9)).toBeCloseTo(kolmogorovTail(1), 8);
    expect(kolmogorovTail(0)).toBe(1);
  });
});

describe('the test of normality', () => {
  it('has the distances by hand', () => {
    expect(normalityTest([0]).statistic).toBe(0.5);
    // 1/3 − Φ(−1), as SciPy's kstest([-1, 0, 1], "norm").
    expect(normalityTest([1, -1, 0]).statistic).toBeCloseTo(0.1746780794018763, 12);
  });

  it('is near the exact probability for few numbers: SciPy says .0018 for eight from .3 by .2, the limit law alone .0044', () => {
    const { statistic, p } = normalityTest(Array.from({ length: 8 }, (_, i) => 0.3 + 0.2 * i));
    expect(statistic).toBeCloseTo(0.6179114221889526, 12);
    expect(p).toBeCloseTo(0.002195092641874411, 9);
  });

  it('lets pass what is normal, and nothing narrower, wider or beside it', () => {
    const numbers = new Float32Array(500);
    randomStream(3, 1).normals(0, numbers);
    expect(normalityTest(numbers).p).toBeGreaterThan(0.05);
    expect(normalityTest(numbers.map((x) => 0.7 * x)).p).toBeLessThan(1e-3);
    expect(normalityTest(numbers.map((x) => 1.4 * x)).p).toBeLessThan(1e-3);
    expect(normalityTest(numbers.map((x) => x + 0.25)).p).toBeLessThan(1e-3);
  });

  it('rejects one in twenty at five per cent', () => {
    const numbers = new Float32Array(50);
    const stream = randomStream(5, 1);
    let rejected = 0;
    for (let draw = 0; draw < 2_000; draw++) {
      stream.normals(draw, numbers);
      if (normalityTest(numbers).p < 0.05) rejected += 1;
    }
    expect(rejected / 2_000).toBeGreaterThan(0.035);
    expect(rejected / 2_000).toBeLessThan(0.065);
  });
});
