import { type CurveName, FINDING_NAMES } from '@gansweep/domain';
import { describe, expect, it } from 'vitest';
import { blindDetectors } from './lacking-curves.ts';
import { openDetectors } from './open-detectors.ts';
import { trendAt } from './smoothing.ts';

const RUN = { totalImages: 100_000, imagesPerIteration: 10, modesOfLaw: 8 };
const BORDERS = 100;

/** Findings of a run whose curves are functions of the share of the run that has passed. */
function findings(
  curves: Partial<Record<CurveName, (share: number) => number>>,
  { run = RUN, borders = BORDERS, looks = 20 } = {},
): readonly string[] {
  const detectors = openDetectors(run);
  return Array.from({ length: borders }, (_, i) => {
    const share = (i + 1) / borders;
    const values = Object.fromEntries(
      Object.entries(curves)
        .filter(([name]) => !name.startsWith('sample') || (i + 1) % (borders / looks) === 0)
        .map(([name, at]) => [name, at(share)]),
    );
    return detectors.take(Math.round(share * run.totalImages), values).map(({ name }) => `${name} ${share}`);
  }).flat();
}

const healthy = {
  lossD: () => 1.386,
  lossG: () => Math.LN2,
  dReal: () => 0.5,
  dFake: () => 0.5,
  gradNormD: (share: number) => 0.5 - 0.4 * share,
  gradNormG: (share: number) => 0.5 - 0.4 * share,
};

describe('a trend', () => {
  it('is the sign of the least-squares slope', () => {
    expect(trendAt([1, 2, 3, 4], 3, 4)).toBe('rising');
    expect(trendAt([4, 3, 2, 1], 3, 4)).toBe('falling');
  });
  it('is level where the noise is as large as the move', () => {
    expect(trendAt([1, 1.2, 0.9, 1.15, 1, 1.1], 5, 6)).toBe('level');
  });
  it('is level before there is a window', () => {
    expect(trendAt([1, 2, 3], 2, 4)).toBe('level');
  });
});

describe('detectors', () => {
  it('find nothing in a run at its equilibrium', () => {
    expect(findings({ ...healthy, sampleDiversity: () => 1, sampleModes: () => 8, sampleNovelty: () => 1 })).toEqual(
      [],
    );
  });

  it('tell when D learns first, when G catches up and when D leads again, with the borders of the phases', () => {
    // L_G rises until .3, falls until .6, rises again; L_D mirrors it.
    const wave = (share: number): number => (share < 0.3 ? share : share < 0.6 ? 0.6 - share : share - 0.6);
    const seen = findings({ lossG: (share) => 1 + 2 * wave(share), lossD: (share) => 1 - wave(share) });
    expect(seen.map((one) => one.split(' ')[0])).toEqual(['loss-phase-1', 'loss-phase-2', 'loss-phase-3']);
    const [first, second, third] = seen.map((one) => Number(one.split(' ')[1]));
    // The first border with a window of six values behind it.
    expect(first).toBe(0.06);
    expect(second).toBeGreaterThan(0.3);
    expect(second).toBeLessThan(0.45);
    expect(third).toBeGreaterThan(0.6);
    expect(third).toBeLessThan(0.75);
  });

  it('count the tenth of a run in which D wins', () => {
    const wins = (until: number) => ({ dReal: (share: number) => (share <= until ? 0.95 : 0.5), dFake: () => 0.05 });
    expect(findings(wins(0.1))).toEqual(['d-dominance 0.1']);
    expect(findings(wins(0.09))).toEqual([]);
  });

  it('take an accuracy above .95 for a win of D as well', () => {
    expect(findings({ accReal: () => 0.97, accFake: () => 0.96 })).toEqual(['d-dominance 0.1']);
    expect(findings({ accReal: () => 0.99, accFake: () => 0.9 })).toEqual([]);
  });

  it('tell an exploding loss of G when it is three times what it was and still rises', () => {
    expect(findings({ lossG: (share) => 1 + 9 * share }).map((one) => one.split(' ')[0])).toEqual(['g-explosion']);
    expect(findings({ lossG: (share) => 1 + 1.5 * share })).toEqual([]);
  });

  it('tell a collapse of what was diverse, and not a G that is on its way', () => {
    expect(findings({ sampleDiversity: (share) => (share < 0.5 ? 1 : 0.2) })).toEqual(['collapse 0.6']);
    expect(findings({ sampleDiversity: (share) => Math.min(1, 0.05 * 1.2 ** (20 * share)) })).toEqual([]);
  });

  it('tell modes that are missing', () => {
    const modes = (count: number) => findings({ sampleDiversity: () => 1, sampleModes: () => count });
    expect(modes(3).map((one) => one.split(' ')[0])).toEqual(['collapse']);
    expect(modes(4)).toEqual([]);
  });

  it('tell an oscillation by its turns', () => {
    const wave = (turns: number) => findings({ lossG: (share) => 1 + 0.5 * Math.sin(turns * Math.PI * share) });
    expect(wave(40).map((one) => one.split(' ')[0])).toEqual(['oscillation']);
    expect(wave(4)).toEqual([]);
  });

  it('tell a loss that stands while the gradient says go, or while there is none', () => {
    expect(findings({ ...healthy, gradNormD: () => 0.5, gradNormG: () => 0.5 })).toEqual(['frozen-loss 0.25']);
    expect(findings({ ...healthy, gradNormG: () => 0 })).toEqual(['frozen-loss 0.25']);
  });

  it('tell copies of training images', () => {
    expect(findings({ sampleNovelty: (share) => 1 - share })).toEqual(['memorisation 0.5']);
  });

  it('are named where the curves that they need are missing, and find nothing there; any one set is enough', () => {
    const explodes = { lossG: (share: number) => 1 + 9 * share, lossD: () => 1 };
    const dominates = { accReal: () => 0.97, accFake: () => 0.96 };
    const names = (curves: readonly CurveName[]): readonly string[] =>
      blindDetectors(new Set(curves)).map(({ name }) => name);
    expect(names([])).toEqual(FINDING_NAMES.filter((name) => name !== 'non-finite'));
    expect(names(Object.keys(explodes) as CurveName[])).toEqual([
      'd-dominance',
      'collapse',
      'frozen-loss',
      'memorisation',
    ]);
    expect(findings({ ...explodes, dReal: () => 0.95 }).map((one) => one.split(' ')[0])).toEqual(['g-explosion']);
    expect(names(Object.keys(dominates) as CurveName[])).not.toContain('d-dominance');
    expect(findings(dominates)).toEqual(['d-dominance 0.1']);
    expect(names(['dReal', 'accReal'])).toContain('d-dominance');
    expect(names(Object.keys({ ...healthy, sampleDiversity: 1, sampleNovelty: 1 }) as CurveName[])).toEqual([]);
  });

  it('tell each finding once, whatever the number of borders', () => {
    const seen = findings({ lossG: (share) => 1 + 9 * share }, { borders: 4_000 });
    expect(seen.map((one) => one.split(' ')[0])).toEqual(['g-explosion']);
  });

  it('give the same findings when a border comes in parts', () => {
    const [whole, parts] = [openDetectors(RUN), openDetectors(RUN)];
    const found: [string[], string[]] = [[], []];
    for (let i = 1; i <= 50; i++) {
      const images = i * 2_000;
      const [losses, samples] = [{ lossG: 1 + i / 5 }, { sampleDiversity: 0.1 }];
      found[0].push(...whole.take(images, { ...losses, ...samples }).map(({ name }) => `${name} ${images}`));
      found[1].push(
        ...[losses, samples].flatMap((one) => parts.take(images, one).map(({ name }) => `${name} ${images}`)),
      );
    }
    expect(found[1].sort()).toEqual(found[0].sort());
    expect(found[0]).not.toEqual([]);
  });
});
