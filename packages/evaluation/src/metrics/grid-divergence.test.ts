import { describe, expect, it } from 'vitest';
import { featureMatrix } from './feature-matrix.ts';
import { gridDivergence, gridShares } from './grid-divergence.ts';

const box = { low: 0, high: 1 };

describe('the grid', () => {
  it('counts every point once, those outside in a cell of their own', () => {
    const points = featureMatrix([0, 0, 0.49, 0.51, 0.99, 0.99, 1, 0.5, -0.001, 0.5, 7, -7], 2);
    const shares = gridShares({ points, box, cellsPerSide: 2 });
    expect(Array.from(shares, (share) => Math.round(share * 6))).toEqual([1, 0, 1, 1, 3]);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 15);
  });

  it('gives a divergence of zero to equal sets and the largest to sets far apart', () => {
    const left = featureMatrix([0.1, 0.1, 0.2, 0.3], 2);
    const right = featureMatrix([0.9, 0.9, 0.8, 0.7], 2);
    const settings = { box, cellsPerSide: 30, floor: 1e-6 };
    expect(gridDivergence({ real: left, fake: left, ...settings })).toEqual({ kl: 0, js: 0 });
    const { kl, js } = gridDivergence({ real: left, fake: right, ...settings });
    // Each real cell has ½, of which the fakes have only the floor: ln(½ / 1e-6), up to the renormalisation.
    expect(kl).toBeCloseTo(Math.log(0.5 / 1e-6), 1);
    expect(js).toBeLessThan(Math.LN2);
    expect(js).toBeGreaterThan(0.68);
  });

  it('adds the floor to every cell and renormalises', () => {
    const [left, right] = [featureMatrix([0.1, 0.1], 2), featureMatrix([0.9, 0.9], 2)];
    // Five cells with a floor of .1: shares 1.1/1.5 and .1/1.5 on the one side, the reverse on the other.
    const { kl } = gridDivergence({ real: left, fake: right, box, cellsPerSide: 2, floor: 0.1 });
    expect(kl).toBeCloseTo((Math.log(11) * (1.1 - 0.1)) / 1.5, 12);
  });

  it('measures KL of the reals from the fakes, not the reverse', () => {
    const wide = featureMatrix([0.1, 0.1, 0.9, 0.9], 2);
    const narrow = featureMatrix([0.1, 0.1, 0.1, 0.1], 2);
    const settings = { box, cellsPerSide: 2, floor: 1e-6 };
    expect(gridDivergence({ real: wide, fake: narrow, ...settings }).kl).toBeGreaterThan(5);
    expect(gridDivergence({ real: narrow, fake: wide, ...settings }).kl).toBeCloseTo(Math.LN2, 4);
  });

  it('does not let points outside vanish', () => {
    const inside = featureMatrix([0.5, 0.5, 0.5, 0.5], 2);
    const half = featureMatrix([0.5, 0.5, 5, 5], 2);
    const settings = { box, cellsPerSide: 30, floor: 1e-6 };
    expect(gridDivergence({ real: inside, fake: half, ...settings }).kl).toBeCloseTo(Math.LN2, 2);
  });
});
