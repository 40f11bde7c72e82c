import { describe, expect, it } from 'vitest';
import { judgeNight, verdictOfNight } from './judge-night.ts';
import type { Baseline, TrainedSeed, TrainedSweep } from './night.ts';

const of = (...verdicts: Parameters<typeof verdictOfNight>[0][number]['verdict'][]) =>
  verdicts.map((verdict) => ({ verdict }));

describe('the word for a whole night', () => {
  it.each([
    ['is its worst', of('unchanged', 'improved', 'inconclusive'), [], 'inconclusive'],
    ['is unchanged only where something was compared', of('unchanged', 'unchanged'), [], 'unchanged'],
    ['is no pass where nothing was compared', [], [], 'not-compared'],
    [
      'tells of faults before it tells of anything but a regression',
      of('unchanged'),
      ['a run failed'],
      'could-not-run',
    ],
    ['tells of a regression in spite of faults', of('regressed'), ['a run failed'], 'regressed'],
    ['tells of faults where nothing was compared', [], ['a run failed'], 'could-not-run'],
  ] as const)('%s', (_, questions, faults, word) => {
    expect(verdictOfNight(questions, faults)).toBe(word);
  });
});

const METRICS = [
  { name: 'js', goal: 'minimize', at: 'last' },
  { name: 'sw2', goal: 'minimize', at: 'last' },
] as const;
const ended = (seed: number, factor = 1): TrainedSeed => ({
  seed,
  state: 'succeeded',
  scores: { js: factor * (0.3 + 0.1 * Math.sin(7 * seed)), sw2: factor * (2 + Math.cos(5 * seed)) },
});
const diverged = (seed: number): TrainedSeed => ({ seed, state: 'diverged', scores: {} });
const sweepOf = (seeds: readonly TrainedSeed[], passport = 'p1', id = 'a'): TrainedSweep => ({
  name: 'ring',
  metrics: METRICS,
  trials: [{ id, label: '', passports: { js: passport, sw2: 'q' }, seeds }],
});
const baselineOf = (sweep: TrainedSweep): Baseline => ({
  version: 1,
  name: 'main',
  savedAt: '2026-11-01T00:00:00Z',
  circumstances: { commit: null, lockfile: null, backends: [], data: {}, trainingVersion: 1 },
  sweeps: [sweep],
});
const judge = (tonight: TrainedSweep, before: TrainedSweep, settled = {}) =>
  judgeNight([tonight], baselineOf(before), { margin: 0.05, falseAlarms: 0.05 }, settled);
const EIGHT = [1, 2, 3, 4, 5, 6, 7, 8];

describe('a night beside its baseline', () => {
  it('pairs by seed, in whatever order the two hold them, and leaves out a seed that one of them lacks', () => {
    const [question] = judge(
      sweepOf([...EIGHT, 20].map((seed) => ended(seed))),
      sweepOf([...EIGHT, 9].map((seed) => ended(seed)).reverse()),
    );
    expect(question).toMatchObject({ verdict: 'unchanged', identical: true, pairs: 8 });
    expect(question?.baseline).toBe(question?.tonight);
  });

  it('compares no score with one of another passport, nor with a configuration that the baseline lacks', () => {
    const seeds = EIGHT.map((seed) => ended(seed));
    const [js, sw2] = judge(sweepOf(seeds, 'p2'), sweepOf(seeds, 'p1'));
    expect(js).toMatchObject({ verdict: 'inconclusive', pairs: 0, because: expect.stringMatching(/another passport/) });
    expect(sw2).toMatchObject({ verdict: 'unchanged', because: null });
    const [other] = judge(sweepOf(seeds, 'p1', 'b'), sweepOf(seeds));
    expect(other).toMatchObject({ verdict: 'inconclusive', because: expect.stringMatching(/no such configuration/) });
  });

  it('counts the runs that diverged once for all scores of a configuration, of the seeds that ended in both', () => {
    const tonight = sweepOf([...[1, 2, 3, 4, 5, 6, 30].map(diverged), ended(7), ended(8)]);
    const [js, sw2] = judge(tonight, sweepOf(EIGHT.map((seed) => ended(seed))));
    expect(js).toMatchObject({ verdict: 'regressed', diverged: { tonight: 6, baseline: 0, seeds: 8 } });
    expect(sw2).toMatchObject({ verdict: 'unchanged', diverged: null });
  });

  it('leaves what an earlier look settled', () => {
    const worse = sweepOf(EIGHT.map((seed) => ended(seed, 1.5 + 0.01 * Math.sin(seed))));
    const before = sweepOf(EIGHT.map((seed) => ended(seed)));
    expect(judge(worse, before).map(({ verdict }) => verdict)).toEqual(['regressed', 'regressed']);
    const settled = judge(worse, before, { 'ring a js': 'unchanged' });
    expect(settled.map(({ verdict }) => verdict)).toEqual(['unchanged', 'regressed']);
  });
});
