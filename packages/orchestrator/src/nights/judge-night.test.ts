import { describe, expect, it } from 'vitest';
import { verdictOfNight } from './judge-night.ts';

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
