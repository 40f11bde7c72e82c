import { describe, expect, it } from 'vitest';
import { commonPassport, type EvaluatedScore, type RunScore, scoreOf, summariseRuns } from './run-scores.ts';

const evaluated = (imagesSeen: number, value: number | null, passportKey = 'p'): EvaluatedScore => ({
  imagesSeen,
  value,
  passportKey,
  protocol: 'js/v1',
});
const succeeded = (value: number, passportKey = 'p'): RunScore => ({
  state: 'succeeded',
  score: { value, passportKey, protocol: 'js/v1' },
});

describe('the score of a run', () => {
  const evaluations = [evaluated(300, 3), evaluated(100, 9), evaluated(400, 6), evaluated(200, 1)];

  it.each([
    ['last', 'minimize', 6],
    ['best', 'minimize', 1],
    ['best', 'maximize', 9],
    ['mean-last-3', 'minimize', (1 + 3 + 6) / 3],
  ] as const)('at %s, to %s, is of the right evaluations whatever their order', (at, goal, value) => {
    expect(scoreOf(evaluations, { at, goal })?.value).toBeCloseTo(value, 12);
  });

  it('leaves its input as it was', () => {
    const copy = structuredClone(evaluations);
    scoreOf(evaluations, { at: 'last', goal: 'minimize' });
    expect(evaluations).toEqual(copy);
  });

  it('is missing where the value is missing, never another in its place', () => {
    const broken = [...evaluations, evaluated(500, null)];
    expect(scoreOf(broken, { at: 'last', goal: 'minimize' })).toBeNull();
    expect(scoreOf(broken, { at: 'mean-last-3', goal: 'minimize' })).toBeNull();
    expect(scoreOf(broken, { at: 'best', goal: 'minimize' })?.value).toBe(1);
    expect(scoreOf([], { at: 'last', goal: 'minimize' })).toBeNull();
  });

  it('takes fewer than three evaluations for a mean of the last three, if there are no more', () => {
    expect(scoreOf([evaluated(1, 2), evaluated(2, 4)], { at: 'mean-last-3', goal: 'minimize' })?.value).toBe(3);
  });

  it('never mixes passports: the newest counts', () => {
    const mixed = [evaluated(1, 0, 'old'), evaluated(2, 5, 'new'), evaluated(3, 7, 'new')];
    expect(scoreOf(mixed, { at: 'best', goal: 'minimize' })).toMatchObject({ value: 5, passportKey: 'new' });
  });
});

describe('the summary of a trial', () => {
  it('counts diverged runs beside the mean, and others not at all', () => {
    const runs: RunScore[] = [
      succeeded(1),
      succeeded(3),
      { state: 'diverged', score: { value: 100, passportKey: 'p', protocol: 'js/v1' } },
      { state: 'running', score: { value: 50, passportKey: 'p', protocol: 'js/v1' } },
      { state: 'failed', score: null },
    ];
    expect(summariseRuns(runs)).toMatchObject({ n: 2, mean: 2, diverged: 1, otherPassports: 0, protocol: 'js/v1' });
  });

  it('leaves scores of another passport out and says so', () => {
    const runs = [succeeded(1), succeeded(3), succeeded(90, 'q')];
    expect(summariseRuns(runs)).toMatchObject({ n: 2, mean: 2, otherPassports: 1 });
    expect(summariseRuns(runs, 'q')).toMatchObject({ n: 1, mean: 90, low: null, otherPassports: 2 });
  });

  it('knows no mean without a succeeded run', () => {
    expect(summariseRuns([{ state: 'diverged', score: null }])).toMatchObject({ n: 0, mean: null, protocol: null });
    expect(commonPassport([])).toBeNull();
  });
});
