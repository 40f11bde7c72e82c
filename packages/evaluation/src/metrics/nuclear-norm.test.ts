import { describe, expect, it } from 'vitest';
import { gauss } from '../../test/reference-inputs.ts';
import { type FeatureMatrix, featureMatrix } from './feature-matrix.ts';
import { nuclearNorm } from './nuclear-norm.ts';
import { triangularFactor } from './triangular-factor.ts';

const gram = (m: FeatureMatrix, i: number, j: number): number => {
  let sum = 0;
  for (let row = 0; row < m.rows; row++) sum += (m.data[row * m.columns + i] ?? 0) * (m.data[row * m.columns + j] ?? 0);
  return sum;
};

describe('the nuclear norm', () => {
  it.each([
    ['a diagonal', [3, 0, 0, -4], 2, 7],
    ['a rotation', [0.6, -0.8, 0.8, 0.6], 2, 2],
    ['rank one', [1, 2, 3, 2, 4, 6], 3, Math.sqrt(14 * 5)],
    ['zeros', [0, 0, 0, 0], 2, 0],
    ['columns fewer than rows', [3, 4, 0, 0], 1, 5],
  ])('of %s is the sum of singular values', (_, values, columns, expected) => {
    expect(nuclearNorm(featureMatrix(values, columns))).toBeCloseTo(expected, 12);
  });

  it('of a plane matrix P is √(tr PᵀP + 2|det P|)', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const m = gauss(seed, 2, 2);
      const [a = 0, b = 0, c = 0, d = 0] = m.data;
      expect(nuclearNorm(m)).toBeCloseTo(Math.sqrt(a * a + b * b + c * c + d * d + 2 * Math.abs(a * d - b * c)), 12);
    }
  });

  it('keeps tiny singular values', () => {
    expect(nuclearNorm(featureMatrix([1, 1, 1, 1 + 1e-9], 2)) - 2).toBeCloseTo(0, 8);
    expect(nuclearNorm(featureMatrix([1e-120, 0, 0, 1e-120], 2))).toBeCloseTo(2e-120, 130);
  });
});

describe('the triangular factor', () => {
  it('has the Gram matrix of the whole', () => {
    const m = gauss(7, 50, 6);
    const r = triangularFactor(m);
    for (let i = 0; i < 6; i++)
      for (let j = 0; j < 6; j++) {
        expect(gram(r, i, j)).toBeCloseTo(gram(m, i, j), 11);
        if (j < i) expect(r.data[i * 6 + j]).toBe(0);
      }
  });

  it('takes columns of zeros and equal columns', () => {
    const m = featureMatrix([1, 0, 1, 2, 0, 2, 3, 0, 3, 4, 0, 4], 3);
    const r = triangularFactor(m);
    for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) expect(gram(r, i, j)).toBeCloseTo(gram(m, i, j), 11);
  });

  it('refuses fewer rows than columns', () => {
    expect(() => triangularFactor(gauss(1, 2, 3))).toThrow(RangeError);
  });
});
