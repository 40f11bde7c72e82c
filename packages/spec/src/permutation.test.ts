import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { permutation } from './permutation.ts';

const images = (length: number, seed: number): number[] =>
  Array.from({ length }, (_, i) => permutation(length, seed)(i));

describe('a seeded permutation', () => {
  it('is a bijection for every length', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 700 }), fc.nat(), (length, seed) => {
        expect(new Set(images(length, seed))).toEqual(new Set(Array.from({ length }, (_, i) => i)));
      }),
      { numRuns: 40 },
    );
  });

  it('depends on the seed and on nothing else', () => {
    expect(images(50, 1)).toEqual(images(50, 1));
    expect(images(50, 1)).not.toEqual(images(50, 2));
  });

  it('shuffles: an early part has the mean of the whole', () => {
    const shuffle = permutation(100_000, 7);
    let sum = 0;
    for (let i = 0; i < 2_000; i++) sum += shuffle(i);
    // Four standard errors of the mean of 2,000 uniform positions.
    expect(Math.abs(sum / 2_000 - 50_000)).toBeLessThan(2_600);
  });
});
