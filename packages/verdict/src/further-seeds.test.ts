import { randomStream } from '@gansweep/domain';
import { describe, expect, it } from 'vitest';
import { furtherSeeds, type SeededTrial } from './further-seeds.ts';

const trial = (scores: readonly number[], diverged = 0): SeededTrial => ({
  scores,
  diverged,
  seeds: scores.length + diverged,
});
const rule = { goal: 'minimize', max: 8, runsLeft: 100 } as const;

describe('further seeds', () => {
  it('go to the trials whose order is in question, and none to those that are worse for sure', () => {
    const trials = [trial([1, 1.2]), trial([1.1, 1.3]), trial([9, 9.1]), trial([5, 5.2])];
    const given = furtherSeeds(trials, rule);
    expect(given.slice(2)).toEqual([0, 0]);
    expect((given[0] as number) + (given[1] as number)).toBe(2);
    expect(
      furtherSeeds(
        trials.map(({ scores }) => trial(scores.map((score) => -score))),
        { ...rule, goal: 'maximize' },
      ),
    ).toEqual(given);
  });

  it('end when the order is decided, the seeds are used up, or no run is left', () => {
    expect(furtherSeeds([trial([1, 1.01]), trial([2, 2.01]), trial([3, 3.01])], rule)).toEqual([0, 0, 0]);
    const open = [trial([1, 1.2]), trial([1.1, 1.3])];
    expect(furtherSeeds(open, { ...rule, runsLeft: 0 })).toEqual([0, 0]);
    expect(furtherSeeds(open, { ...rule, max: 2 })).toEqual([0, 0]);
    expect(furtherSeeds([trial([1, 1.2]), { ...trial([1.1, 1.3]), seeds: 8 }], rule)).toEqual([2, 0]);
    expect(furtherSeeds([trial([]), trial([])], rule)).toEqual([0, 0]);
    expect(furtherSeeds([trial([1, 1])], rule)).toEqual([0]);
  });

  it('count runs that diverged as the worst of all, never as missing', () => {
    const having = (diverged: number) => [trial([1, 1.01, 1.02]), trial([0.5, 0.51], diverged), trial([8, 8.1])];
    expect(furtherSeeds(having(0), rule)).toEqual([0, 0, 0]);
    expect(furtherSeeds(having(1), rule).slice(0, 2)).not.toEqual([0, 0]);
    expect(furtherSeeds([trial([1, 1.01]), trial([], 3), trial([8, 8.1])], rule)).toEqual([0, 0, 0]);
  });

  it('depend on what is known alone', () => {
    const trials = [trial([1, 1.2]), trial([1.1, 1.3]), trial([1.15, 0.9])];
    expect(furtherSeeds(trials, rule)).toEqual(furtherSeeds(structuredClone(trials), rule));
  });
});

/**
 * Ten trials with known means, 1 apart from the best to the second and the rest evenly up to 9; normal noise. Both ways
 * get the same runs: five a trial spread evenly, or two and then up to 20 where the order is uncertain.
 */
function simulate(noise: number, repetitions: number) {
  const means = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  const even = 5;
  let [adaptiveHits, evenHits, adaptiveRuns] = [0, 0, 0];
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const stream = randomStream(repetition, 77);
    const draws = means.map((mean, t) => {
      const normals = new Float64Array(20);
      stream.normals(t, normals);
      return Array.from(normals, (normal) => mean + noise * normal);
    });
    const bestOf = (counts: readonly number[]): number =>
      draws
        .map((scores, t) => scores.slice(0, counts[t]).reduce((a, b) => a + b, 0) / (counts[t] as number))
        .reduce((best, mean, t, all) => (mean < (all[best] as number) ? t : best), 0);
    if (bestOf(means.map(() => even)) === 0) evenHits += 1;
    const counts = means.map(() => 2);
    for (;;) {
      const used = counts.reduce((a, b) => a + b);
      const more = furtherSeeds(
        counts.map((n, t) => trial((draws[t] as number[]).slice(0, n))),
        { goal: 'minimize', max: 20, runsLeft: even * means.length - used },
      );
      if (more.every((n) => n === 0)) break;
      for (const [t, n] of more.entries()) counts[t] = (counts[t] as number) + n;
    }
    adaptiveRuns += counts.reduce((a, b) => a + b);
    if (bestOf(counts) === 0) adaptiveHits += 1;
  }
  return {
    even: evenHits / repetitions,
    adaptive: adaptiveHits / repetitions,
    runs: adaptiveRuns / repetitions,
  };
}

// docs/numerics.md has the figures.
it.each([
  [1, 0.03],
  [2, 0.08],
  [4, 0.06],
])(
  'found the best trial of ten more often than the same runs spread evenly, with noise of %f differences',
  (noise, gain) => {
    const { even, adaptive, runs } = simulate(noise, 2_000);
    expect(runs).toBeLessThanOrEqual(50);
    expect(adaptive - even).toBeGreaterThan(gain);
  },
);
