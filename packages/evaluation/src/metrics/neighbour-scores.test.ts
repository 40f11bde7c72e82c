import { describe, expect, it } from 'vitest';
import { gauss, mapped } from '../../test/reference-inputs.ts';
import { type FeatureMatrix, featureMatrix } from './feature-matrix.ts';
import { neighbourhoods, neighbourScores } from './neighbour-scores.ts';

const scores = (real: FeatureMatrix, fake: FeatureMatrix, manifoldK: number, coverageK = manifoldK) => {
  const kept = Math.max(manifoldK, coverageK);
  return neighbourScores({
    real: neighbourhoods(real, kept),
    fake: neighbourhoods(fake, kept),
    manifoldK,
    coverageK,
  });
};

const gap = (a: FeatureMatrix, i: number, b: FeatureMatrix, j: number): number => {
  let sum = 0;
  for (let c = 0; c < a.columns; c++) sum += ((a.data[i * a.columns + c] ?? 0) - (b.data[j * a.columns + c] ?? 0)) ** 2;
  return Math.sqrt(sum);
};

/** The definitions word for word: every ball against every point. */
function byDefinition(real: FeatureMatrix, fake: FeatureMatrix, k: number) {
  const rows = (m: FeatureMatrix): number[] => Array.from({ length: m.rows }, (_, i) => i);
  const radius = (m: FeatureMatrix): number[] =>
    rows(m).map(
      (i) =>
        rows(m)
          .filter((j) => j !== i)
          .map((j) => gap(m, i, m, j))
          .toSorted((a, b) => a - b)[k - 1] ?? 0,
    );
  const [realRadius, fakeRadius] = [radius(real), radius(fake)];
  const inReal = (i: number, j: number): boolean => gap(real, i, fake, j) < (realRadius[i] ?? 0);
  const share = (values: readonly boolean[]): number => values.filter(Boolean).length / values.length;
  return {
    precision: share(rows(fake).map((j) => rows(real).some((i) => gap(real, i, fake, j) <= (realRadius[i] ?? 0)))),
    recall: share(rows(real).map((i) => rows(fake).some((j) => gap(real, i, fake, j) <= (fakeRadius[j] ?? 0)))),
    density:
      rows(fake)
        .map((j) => rows(real).filter((i) => inReal(i, j)).length)
        .reduce((sum, count) => sum + count, 0) /
      (k * fake.rows),
    coverage: share(rows(real).map((i) => rows(fake).some((j) => inReal(i, j)))),
  };
}

describe('precision, recall, density and coverage', () => {
  it('of four reals and three fakes on a line are the values worked out by hand', () => {
    const found = scores(featureMatrix([0, 1, 2, 3], 1), featureMatrix([0.5, 1.4, 10], 1), 1);
    expect(found.precision).toBe(2 / 3);
    expect(found.recall).toBe(1);
    expect(found.density).toBeCloseTo(4 / 3, 14);
    expect(found.coverage).toBe(0.75);
  });

  it('count the border for precision and recall, and not for density and coverage', () => {
    // Each ball of radius 1 touches the other set exactly.
    const found = scores(featureMatrix([0, 1], 1), featureMatrix([2, 3], 1), 1);
    expect(found).toEqual({ precision: 0.5, recall: 0.5, density: 0, coverage: 0 });
  });

  it('follow the definitions on 1,000 samples a side', { timeout: 120_000 }, () => {
    const [x, y] = [gauss(81, 1_000, 20), mapped(gauss(82, 1_000, 20), (z) => 0.95 * z + 0.05)];
    const found = scores(x, y, 5);
    const expected = byDefinition(x, y, 5);
    expect(found.precision).toBe(expected.precision);
    expect(found.recall).toBe(expected.recall);
    expect(found.density).toBeCloseTo(expected.density, 12);
    expect(found.coverage).toBe(expected.coverage);
  });

  it('take their own k from one neighbourhood', () => {
    const [x, y] = [gauss(83, 80, 4), mapped(gauss(84, 70, 4), (z) => 1.1 * z)];
    const both = scores(x, y, 3, 5);
    expect([both.precision, both.recall]).toEqual([scores(x, y, 3).precision, scores(x, y, 3).recall]);
    expect([both.density, both.coverage]).toEqual([scores(x, y, 5).density, scores(x, y, 5).coverage]);
  });

  it('swap precision and recall when real and fake swap', () => {
    const [x, y] = [gauss(85, 90, 3), mapped(gauss(86, 60, 3), (z) => 0.5 * z)];
    const [there, back] = [scores(x, y, 3), scores(y, x, 3)];
    expect([there.precision, there.recall]).toEqual([back.recall, back.precision]);
    expect(there.precision).not.toBe(there.recall);
  });

  it('are 1 for a set with itself but for the density, and expect 1 − 2⁻ᵏ coverage between two draws of one law', () => {
    const x = gauss(87, 100, 3);
    expect(scores(x, x, 3)).toMatchObject({ precision: 1, recall: 1, density: 1, coverage: 1 });
    const { density, coverage } = scores(gauss(88, 1_500, 2), gauss(89, 1_500, 2), 5);
    expect(coverage).toBeGreaterThan(1 - 2 ** -5 - 0.02);
    expect(coverage).toBeLessThan(1 - 2 ** -5 + 0.02);
    expect(Math.abs(density - 1)).toBeLessThan(0.06);
  });

  it('are unchanged by permuting rows and feature columns', () => {
    const [x, y] = [gauss(90, 80, 5), mapped(gauss(91, 80, 5), (z) => z + 0.3)];
    const permuted = (m: FeatureMatrix): FeatureMatrix =>
      featureMatrix(
        Array.from(m.data, (_, i) => m.data[((Math.floor(i / 5) * 7) % 80) * 5 + ((i + 3) % 5)] ?? 0),
        5,
      );
    expect(scores(permuted(x), permuted(y), 3, 5)).toEqual(scores(x, y, 3, 5));
  });

  it('refuse fewer samples than neighbours', () => {
    expect(() => neighbourhoods(gauss(1, 5, 2), 5)).toThrow(RangeError);
  });
});
