import { describe, expect, it } from 'vitest';
import { SOBOL_DIMENSIONS_MAX, sobolSequence } from './sobol.ts';

const point = (dimensions: number, index: number): number[] => {
  const words = new Uint32Array(dimensions);
  sobolSequence(dimensions).words(index, words);
  return Array.from(words, (word) => word / 2 ** 32);
};

describe('the Sobol sequence', () => {
  it('has the points that Joe and Kuo print for three dimensions', () => {
    const published = [
      [0, 0, 0],
      [0.5, 0.5, 0.5],
      [0.75, 0.25, 0.25],
      [0.25, 0.75, 0.75],
      [0.375, 0.375, 0.625],
      [0.875, 0.875, 0.125],
      [0.625, 0.125, 0.875],
      [0.125, 0.625, 0.375],
      [0.1875, 0.3125, 0.9375],
      [0.6875, 0.8125, 0.4375],
    ];
    // Their program walks in Gray code order.
    published.forEach((expected, i) => {
      expect(point(3, i ^ (i >> 1))).toEqual(expected);
    });
  });

  it('puts one of the first 2^m points into each of 2^m equal parts, in every dimension', () => {
    const sequence = sobolSequence(SOBOL_DIMENSIONS_MAX);
    const words = new Uint32Array(SOBOL_DIMENSIONS_MAX);
    const seen = Array.from({ length: SOBOL_DIMENSIONS_MAX }, () => new Set<number>());
    for (let i = 0; i < 1024; i++) {
      sequence.words(i, words);
      for (const [dimension, parts] of seen.entries()) parts.add((words[dimension] ?? 0) >>> 22);
    }
    expect(seen.map((parts) => parts.size)).toEqual(seen.map(() => 1024));
  });

  it('has a direction for every dimension that differs from all others', () => {
    const coordinates = [3, 5, 77, 1000].map((i) => point(SOBOL_DIMENSIONS_MAX, i));
    const columns = Array.from({ length: SOBOL_DIMENSIONS_MAX }, (_, d) => coordinates.map((row) => row[d]).join());
    expect(new Set(columns).size).toBe(SOBOL_DIMENSIONS_MAX);
  });

  it('integrates a smooth product better than its number of points lets independent draws', () => {
    // ∏ (1 + (x_i − ½)/2) has integral 1; the error of n independent draws is about .46/√n here.
    const dimensions = 10;
    const words = new Uint32Array(dimensions);
    const sequence = sobolSequence(dimensions);
    let sum = 0;
    for (let i = 0; i < 4096; i++) {
      sequence.words(i, words);
      sum += words.reduce((product, word) => product * (1 + (word / 2 ** 32 - 0.5) / 2), 1);
    }
    expect(Math.abs(sum / 4096 - 1)).toBeLessThan(0.46 / Math.sqrt(4096) / 4);
  });

  it('refuses more dimensions than it has numbers for', () => {
    expect(() => sobolSequence(SOBOL_DIMENSIONS_MAX + 1)).toThrow(RangeError);
  });
});
