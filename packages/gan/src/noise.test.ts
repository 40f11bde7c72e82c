import { NOISE_LAWS, type NoiseLaw, randomStream } from '@gansweep/domain';
import { describe, expect, it } from 'vitest';
import { fillNoise } from './noise.ts';

const ROWS = 20_000;
const NZ = 4;

function draw(noise: NoiseLaw, model: 'mlp2d' | 'dcgan', rows = ROWS, number = 0): Float32Array {
  const out = new Float32Array(rows * NZ);
  fillNoise(out, randomStream(11, 90), number, { noise, nz: NZ, model });
  return out;
}

function momentsOf(values: Float32Array): { mean: number; deviation: number; least: number; most: number } {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
  return {
    mean,
    deviation: Math.sqrt(variance),
    least: values.reduce((a, b) => Math.min(a, b)),
    most: values.reduce((a, b) => Math.max(a, b)),
  };
}

describe('noise', () => {
  // Deviation of a standard normal cut at ±2: √(1 − 4φ(2)/(2Φ(2) − 1)), φ the density.
  const cut = Math.sqrt(1 - (4 * 0.05399096651318806) / 0.9544997361036416);
  it.each([
    ['gaussian', 'mlp2d', 0, 1, 6],
    ['gaussian', 'dcgan', 0, 1, 6],
    ['uniform', 'mlp2d', 0.5, 1 / Math.sqrt(12), 0.5],
    ['uniform', 'dcgan', 0, 1 / Math.sqrt(3), 1],
    ['truncated-gaussian', 'mlp2d', 0.5, 0.25 * cut, 0.5],
    ['truncated-gaussian', 'dcgan', 0, cut, 2],
    // Coordinates of the sphere of radius √nz have unit variance.
    ['spherical', 'mlp2d', 0, 1, Math.sqrt(NZ)],
    ['spherical', 'dcgan', 0, 1, Math.sqrt(NZ)],
  ] as const)(
    '%s of %s has mean %f, deviation %f and reaches %f from its mean',
    (law, model, mean, deviation, reach) => {
      const found = momentsOf(draw(law, model));
      // Four standard errors of mean and deviation at 80,000 numbers, at most.
      expect(Math.abs(found.mean - mean)).toBeLessThan(0.015);
      expect(Math.abs(found.deviation - deviation)).toBeLessThan(0.012);
      expect(found.most - mean).toBeLessThanOrEqual(reach * (1 + 1e-6));
      expect(mean - found.least).toBeLessThanOrEqual(reach * (1 + 1e-6));
      if (law !== 'gaussian') expect(found.most - mean).toBeGreaterThan(reach * 0.99);
    },
  );

  it('lies on the sphere of radius √nz where it is spherical', () => {
    const values = draw('spherical', 'dcgan', 100);
    for (let row = 0; row < 100; row++)
      expect(Math.hypot(...values.subarray(row * NZ, (row + 1) * NZ))).toBeCloseTo(Math.sqrt(NZ), 5);
  });

  it.each(NOISE_LAWS)('%s gives the same rows however many are drawn, and others under another number', (law) => {
    expect(draw(law, 'dcgan', 7)).toEqual(draw(law, 'dcgan', 50).subarray(0, 7 * NZ));
    expect(draw(law, 'dcgan', 7, 1)).not.toEqual(draw(law, 'dcgan', 7));
  });
});
