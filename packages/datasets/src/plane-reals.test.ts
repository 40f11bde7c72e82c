import { lawBox, lawModes, MODE_LAWS, PLANE_LAWS, STREAMS } from '@gansweep/domain';
import { describe, expect, it } from 'vitest';
import { DRAWING_STROKE } from './drawing-stroke.ts';
import { planeReals } from './plane-reals.ts';

const draw = (law: (typeof PLANE_LAWS)[number], seed: number, at: number, count: number): Float32Array => {
  const out = new Float32Array(2 * count);
  planeReals(law).draw(seed, at, out);
  return out;
};

const moments = (points: Float32Array) => {
  const n = points.length / 2;
  const mean = [0, 1].map((axis) => points.filter((_, i) => i % 2 === axis).reduce((sum, v) => sum + v, 0) / n);
  const deviation = [0, 1].map((axis) =>
    Math.sqrt(points.filter((_, i) => i % 2 === axis).reduce((sum, v) => sum + (v - (mean[axis] ?? 0)) ** 2, 0) / n),
  );
  return { mean, deviation };
};

describe.each(PLANE_LAWS)('the law %s', (law) => {
  it('gives the same points for the same seed and draw, and other points for another draw, seed or stream', () => {
    expect(draw(law, 7, 3, 50)).toEqual(draw(law, 7, 3, 50));
    expect(draw(law, 7, 3, 50)).not.toEqual(draw(law, 7, 4, 50));
    expect(draw(law, 7, 3, 50)).not.toEqual(draw(law, 8, 3, 50));
    const heldOut = new Float32Array(100);
    planeReals(law, STREAMS.evaluationReals).draw(7, 3, heldOut);
    expect(heldOut).not.toEqual(draw(law, 7, 3, 50));
  });

  it('begins a longer draw with the points of a shorter one', () => {
    expect(draw(law, 1, 0, 100).subarray(0, 66)).toEqual(draw(law, 1, 0, 33));
  });

  it('lies inside its box', () => {
    const { low, high } = lawBox(law);
    const inside = draw(law, 2, 0, 5_000).filter((v) => v > low && v < high).length;
    expect(inside / 10_000).toBeGreaterThan(0.985);
  });
});

it.each([
  // Mean and standard deviation per axis, from the formulas: variance of the place plus variance of the noise.
  ['line', [0.425, 0.75], [Math.hypot(0.75 / Math.sqrt(12), 0.01), Math.hypot(0.3 / Math.sqrt(12), 0.01)]],
  ['gaussians', [0.5, 0.55], [Math.sqrt((0.01 + 0.0025) / 2 + 0.04), Math.sqrt((0.01 + 0.04) / 2 + 0.0225)]],
  ['ring', [0.5, 0.45], [Math.hypot(0.3 / Math.SQRT2, 0.025), Math.hypot(0.25 / Math.SQRT2, 0.025)]],
  ['ring8', [0, 0], [Math.hypot(Math.SQRT1_2, 0.01), Math.hypot(Math.SQRT1_2, 0.01)]],
  ['grid25', [0, 0], [Math.hypot(Math.sqrt(8), 0.05), Math.hypot(Math.sqrt(8), 0.05)]],
] as const)('%s has the mean and spread of its formula', (law, mean, deviation) => {
  const n = 40_000;
  const found = moments(draw(law, 5, 0, n));
  for (const axis of [0, 1] as const) {
    const spread = deviation[axis];
    expect(Math.abs((found.mean[axis] ?? 0) - mean[axis])).toBeLessThan((5 * spread) / Math.sqrt(n));
    expect(Math.abs((found.deviation[axis] ?? 0) / spread - 1)).toBeLessThan(0.02);
  }
});

it('gaussians have the widths of their formula, each on its own', () => {
  const points = draw('gaussians', 6, 0, 40_000);
  const shareWithin = (inside: (x: number, y: number) => boolean, near: (x: number, y: number) => boolean): number => {
    let [all, close] = [0, 0];
    for (let i = 0; i < points.length; i += 2) {
      const [x, y] = [points[i] ?? 0, points[i + 1] ?? 0];
      if (!inside(x, y)) continue;
      all++;
      if (near(x, y)) close++;
    }
    return close / all;
  };
  // x > .6 keeps the second component above −2σ: one sigma holds .6827/.9772 of it. y is whole: .6827.
  const second = (x: number): boolean => x > 0.6;
  expect(shareWithin(second, (x) => Math.abs(x - 0.7) < 0.05)).toBeCloseTo(0.6986, 1.7);
  expect(shareWithin(second, (_, y) => Math.abs(y - 0.4) < 0.2)).toBeCloseTo(0.6827, 1.7);
  // x < .5 keeps the first component below +2σ.
  const first = (x: number): boolean => x < 0.5;
  expect(shareWithin(first, (x) => Math.abs(x - 0.3) < 0.1)).toBeCloseTo(0.6986, 1.7);
  expect(shareWithin(first, (_, y) => Math.abs(y - 0.7) < 0.1)).toBeCloseTo(0.6827, 1.7);
});

it.each(MODE_LAWS)('%s visits every mode equally often, within three sigma for 98.9 % of the points', (law) => {
  const modes = lawModes(law);
  if (modes === null) throw new Error('no modes');
  const n = 20_000;
  const points = draw(law, 11, 0, n);
  const counts = modes.centres.map(() => 0);
  let close = 0;
  for (let i = 0; i < n; i++) {
    const distances = modes.centres.map(([x, y]) => Math.hypot((points[2 * i] ?? 0) - x, (points[2 * i + 1] ?? 0) - y));
    const nearest = distances.indexOf(Math.min(...distances));
    counts[nearest] = (counts[nearest] ?? 0) + 1;
    if ((distances[nearest] ?? 0) < 3 * modes.sigma) close++;
  }
  // Share of a two-dimensional Gaussian within three sigma: 1 − e^−4.5.
  expect(close / n).toBeCloseTo(1 - Math.exp(-4.5), 2);
  const expected = n / counts.length;
  for (const count of counts) expect(Math.abs(count - expected)).toBeLessThan(6 * Math.sqrt(expected));
});

it('follows the whole stored stroke within three widths of the pen', () => {
  const n = 4_000;
  const points = draw('drawing', 3, 0, n);
  const visited = new Set<number>();
  let close = 0;
  for (let i = 0; i < n; i++) {
    const distances = DRAWING_STROKE.map(([x, y]) =>
      Math.hypot((points[2 * i] ?? 0) - x, (points[2 * i + 1] ?? 0) - y),
    );
    const least = Math.min(...distances);
    visited.add(distances.indexOf(least));
    if (least < 0.06) close++;
  }
  // A point is at least as close to the nearest stroke point as to its own.
  expect(close / n).toBeGreaterThan(0.985);
  expect(visited.size).toBe(DRAWING_STROKE.length);
});

it('refuses an odd number of coordinates', () => {
  expect(() => planeReals('ring8').draw(1, 0, new Float32Array(3))).toThrow(RangeError);
});
