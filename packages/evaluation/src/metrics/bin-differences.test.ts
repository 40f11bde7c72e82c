import { describe, expect, it } from 'vitest';
import { gauss, mapped } from '../../test/reference-inputs.ts';
import { binDifferences, proportionZ, realBins } from './bin-differences.ts';
import { type FeatureMatrix, featureMatrix } from './feature-matrix.ts';

const Z = 1.959963984540054;

describe('two proportions', () => {
  it('.1 of 1,000 and .13 of 500 have z = −1.7505288855, which is no difference at 5 %', () => {
    expect(proportionZ({ p1: 0.1, n1: 1_000, p2: 0.13, n2: 500 })).toBeCloseTo(-1.7505288855, 9);
  });

  it('that are both 0 or both 1 do not differ', () => {
    expect(proportionZ({ p1: 0, n1: 10, p2: 0, n2: 20 })).toBe(0);
    expect(proportionZ({ p1: 1, n1: 10, p2: 1, n2: 20 })).toBe(0);
  });
});

describe('bins of reals', () => {
  /** Six clusters far apart on a diagonal of the plane, of which `used` have samples. */
  const clusters = (seed: number, rows: number, used: number): FeatureMatrix => {
    const noise = gauss(seed, rows, 2);
    return featureMatrix(
      Array.from(noise.data, (z, i) => z + 100 * (Math.floor(i / 2) % used)),
      2,
    );
  };

  it('are the clusters where there are clusters, of any scale', () => {
    const real = clusters(301, 600, 6);
    const bins = realBins({ real, bins: 6, seed: 1 });
    expect(Array.from(bins.shares, (share) => Math.round(600 * share))).toEqual(new Array(6).fill(100));
    const fake = clusters(302, 600, 6);
    expect(binDifferences({ bins, fake, z: Z })).toEqual({ different: 0, bins: 6, share: 0, js: 0 });
    const scaled = (m: FeatureMatrix) => mapped(m, (value, column) => (column === 0 ? value / 50 : 30 * value));
    const other = realBins({ real: scaled(real), bins: 6, seed: 1 });
    expect(binDifferences({ bins: other, fake: scaled(clusters(303, 600, 3)), z: Z }).share).toBe(
      binDifferences({ bins, fake: clusters(303, 600, 3), z: Z }).share,
    );
  });

  it('differ all when half of the clusters is dropped', () => {
    const bins = realBins({ real: clusters(301, 600, 6), bins: 6, seed: 1 });
    const found = binDifferences({ bins, fake: clusters(304, 600, 3), z: Z });
    expect(found).toMatchObject({ different: 6, share: 1 });
    // Half of the mass stands where none is: JS of (1/6…) and (1/3, 1/3, 1/3, 0, 0, 0).
    expect(found.js).toBeCloseTo(0.2157616, 6);
  });

  it('differ in about one of twenty for the same law, in more with noise, and in no other number for other orders', () => {
    const bins = realBins({ real: gauss(305, 2_000, 6), bins: 40, seed: 1 });
    const fake = gauss(306, 2_000, 6);
    const share = (m: FeatureMatrix): number => binDifferences({ bins, fake: m, z: Z }).share;
    expect(share(fake)).toBeLessThan(0.15);
    const noise = gauss(307, 2_000, 6);
    const noisy = [0, 0.5, 1, 2].map((sigma) => {
      const data = Array.from(fake.data, (z, i) => z + sigma * (noise.data[i] ?? 0));
      return binDifferences({ bins, fake: featureMatrix(data, 6), z: Z });
    });
    expect(noisy.map(({ js }) => js)).toEqual(noisy.map(({ js }) => js).toSorted((a, b) => a - b));
    expect(noisy.at(-1)?.share).toBeGreaterThan(2 * (noisy[0]?.share ?? 1));
    const reversed = featureMatrix(
      Array.from(fake.data, (_, i) => fake.data[(1_999 - Math.floor(i / 6)) * 6 + (i % 6)] ?? 0),
      6,
    );
    expect(share(reversed)).toBe(share(fake));
  });

  it('are the same for the same seed, look at a sixth of many dimensions and take constant ones', () => {
    const real = mapped(gauss(308, 60, 1_200), (z, column) => (column < 600 ? 7 : z));
    const bins = realBins({ real, bins: 4, seed: 3 });
    expect(bins.dimensions).toHaveLength(200);
    expect(realBins({ real, bins: 4, seed: 3 })).toEqual(bins);
    expect(binDifferences({ bins, fake: real, z: Z })).toMatchObject({ different: 0, js: 0 });
    expect(() => realBins({ real, bins: 61, seed: 1 })).toThrow(RangeError);
  });
});
