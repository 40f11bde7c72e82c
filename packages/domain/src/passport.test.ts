import { describe, expect, it } from 'vitest';
import { type Passport, passportKey, samePassport } from './passport.ts';

const passport: Passport = {
  metric: { id: 'kid-lenet/v1', implementation: 1 },
  extractor: { id: 'lenet', version: 1, weights: 'ab12', layer: 'features', dimension: 64 },
  preprocessing: { size: '32x32x1', range: '[0,1]' },
  real: { dataset: 'mnist', dataHash: 'cd34', split: 'held-out', n: 2_000, seed: 1, mirror: false },
  fake: { n: 2_000, imagesSeen: 40_000, noiseSeed: 7, noise: 'gaussian' },
  estimator: { subsets: 100, subsetSize: 1_000, seed: 1 },
  uncertainty: { 'kid-lenet': 0.001 },
  run: { backend: 'onnx', dtype: 'float32', seconds: 1.5, date: '2026-01-01T00:00:00Z' },
};

describe('two passports', () => {
  it('agree whatever checkpoint, noise, seeds, uncertainty and run they record', () => {
    const other: Passport = {
      ...passport,
      real: { ...passport.real, seed: 2 },
      fake: { ...passport.fake, imagesSeen: 10_000, noiseSeed: 8, noise: 'uniform' },
      estimator: { ...passport.estimator, seed: 2 },
      uncertainty: null,
      run: { backend: 'reference', dtype: 'float64', seconds: 9, date: '2027-01-01T00:00:00Z' },
    };
    expect(samePassport(passport, other)).toBe(true);
  });

  it.each([
    ['metric', { metric: { id: 'kid-lenet/v1', implementation: 2 } }],
    ['weights of the extractor', { extractor: { ...passport.extractor, weights: 'ff' } }],
    ['preprocessing', { preprocessing: { size: '32x32x1', range: '[-1,1]' } }],
    ['data', { real: { ...passport.real, dataHash: 'ee' } }],
    ['number of reals', { real: { ...passport.real, n: 1_000 } }],
    ['filter of the reals', { real: { ...passport.real, classes: '1' } }],
    ['number of fakes', { fake: { ...passport.fake, n: 1_000 } }],
    ['estimator settings', { estimator: { ...passport.estimator, biased: true } }],
  ])('differ by their %s', (_, change) => {
    expect(samePassport(passport, { ...passport, ...change })).toBe(false);
  });

  it('agree after storage has reordered their keys', () => {
    const reordered = Object.fromEntries(
      Object.entries(passport)
        .reverse()
        .map(([key, value]) => [
          key,
          value !== null && typeof value === 'object' ? Object.fromEntries(Object.entries(value).reverse()) : value,
        ]),
    );
    expect(passportKey(reordered)).toBe(passportKey(passport));
    expect(passportKey(JSON.parse(JSON.stringify(passport)) as Record<string, unknown>)).toBe(passportKey(passport));
  });
});
