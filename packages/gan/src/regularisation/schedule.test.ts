import { describe, expect, it } from 'vitest';
import { SGD, smallImages, smallStyle } from '../../test/small-runs.ts';
import { isDue, iterationsTogether, regularisationsOf, slowness, stepsBy } from './schedule.ts';

/** Iterations of the first 24 that a penalty has a step before. */
function dueIterations(configuration: ReturnType<typeof smallStyle>, at = 0): number[] {
  const one = regularisationsOf(configuration)[at];
  if (!one) throw new Error('no penalty');
  return Array.from({ length: 24 }, (_, i) => i).filter((i) => isDue(configuration, one, i));
}

describe('steps of a penalty', () => {
  it.each([
    [1, 16, [0, 16]],
    [1, 1, Array.from({ length: 24 }, (_, i) => i)],
    // Updates 0, 16, 32 are in iterations 0, 5 and 10 where each has three.
    [3, 16, [0, 5, 10, 16, 21]],
    [5, 2, Array.from({ length: 24 }, (_, i) => i)],
  ])(
    'with %i updates of D an iteration and an interval of %i are where such an update lies',
    (dSteps, r1Interval, at) => {
      expect(dueIterations(smallStyle({ dSteps, r1Interval }))).toEqual(at);
    },
  );

  it('are counted as they come', () => {
    const configuration = smallStyle({ dSteps: 3, r1Interval: 16 });
    const [one] = regularisationsOf(configuration);
    let steps = 0;
    for (let i = 0; i < 50; i++) {
      if (one && isDue(configuration, one, i)) steps++;
      expect(one && stepsBy(configuration, one, i)).toBe(steps);
    }
  });

  it('of path lengths come with every fourth update of G, and a call ends before any of them', () => {
    const configuration = smallStyle({ r1Interval: 6 });
    expect(dueIterations(configuration, 1)).toEqual([0, 4, 8, 12, 16, 20]);
    expect([0, 1, 3, 4, 6, 7].map((from) => iterationsTogether(configuration, from, 3))).toEqual([3, 3, 1, 2, 2, 1]);
  });

  it('weigh as much as they are rare: γ/2 at 64 px and batch 32 is half of .0256', () => {
    expect(regularisationsOf(smallStyle({ r1Gamma: 0.0256, r1Interval: 16, pathLengthWeight: 2 }))).toEqual([
      { name: 'r1', side: 'D', interval: 16, weight: 0.0128 * 16 },
      { name: 'pathLength', side: 'G', interval: 4, weight: 8 },
    ]);
    expect(regularisationsOf(smallStyle({ r1Gamma: 0.1, dSteps: 0, gSteps: 0 }))).toEqual([]);
  });

  it('slow Adam down, and nothing else', () => {
    const configuration = smallStyle({ r1Interval: 16 });
    expect([slowness(configuration, 'D'), slowness(configuration, 'G')]).toEqual([16 / 17, 4 / 5]);
    expect(slowness(smallImages(), 'D')).toBe(1);
    expect(slowness({ ...smallImages({ ...SGD, r1Gamma: 1 }) }, 'D')).toBe(1);
  });
});
