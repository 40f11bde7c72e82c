import { describe, expect, it } from 'vitest';
import { bestTrial, marginalTable, type ScoredTrial } from './compare-trials.ts';
import type { RunScore } from './run-scores.ts';

const succeeded = (value: number, passportKey = 'p'): RunScore => ({
  state: 'succeeded',
  score: { value, passportKey, protocol: 'js/v1' },
});
const diverged: RunScore = { state: 'diverged', score: null };
const trial = (id: string, config: ScoredTrial['config'], ...runs: RunScore[]): ScoredTrial => ({ id, config, runs });

const trials = [
  trial('a', { lrG: 0.001, lrD: 0.01, noise: 'uniform' }, succeeded(1), succeeded(3)),
  trial('b', { lrG: 0.001, lrD: 0.001, noise: 'uniform' }, succeeded(5), diverged),
  trial('c', { lrG: 0.01, lrD: 0.001, noise: 'gaussian' }, succeeded(8), succeeded(4, 'other')),
];

describe('a marginal table', () => {
  it('over one parameter summarises the runs of all trials with the value', () => {
    const { axes, cells } = marginalTable(trials, ['lrG']);
    expect(axes).toEqual([{ name: 'lrG', values: [0.001, 0.01] }]);
    expect(cells[0]).toMatchObject({ values: { lrG: 0.001 }, trials: 2, n: 3, mean: 3, diverged: 1 });
    expect(cells[1]).toMatchObject({ values: { lrG: 0.01 }, trials: 1, n: 1, mean: 8, low: null, otherPassports: 1 });
  });

  it('over two has a cell for each pair that a trial has', () => {
    const { cells } = marginalTable(trials, ['lrG', 'lrD']);
    expect(cells.map((cell) => [cell.values.lrG, cell.values.lrD, cell.mean])).toEqual([
      [0.001, 0.001, 5],
      [0.001, 0.01, 2],
      [0.01, 0.001, 8],
    ]);
  });

  it('leaves out trials that lack the parameter, and sorts texts', () => {
    const { axes, cells } = marginalTable([...trials, trial('d', { lrG: 1 }, succeeded(0))], ['noise']);
    expect(axes[0]?.values).toEqual(['gaussian', 'uniform']);
    expect(cells.map((cell) => cell.trials)).toEqual([1, 2]);
  });
});

describe('the best trial', () => {
  it('has the best mean for the goal', () => {
    expect(bestTrial(trials, 'minimize')?.trial.id).toBe('a');
    expect(bestTrial(trials, 'maximize')).toMatchObject({ trial: { id: 'c' }, summary: { mean: 8, n: 1 } });
  });

  it('is none while no run has succeeded', () => {
    expect(bestTrial([trial('x', {}, diverged)], 'minimize')).toBeNull();
    expect(bestTrial([], 'minimize')).toBeNull();
  });

  it('never wins by a score of another passport', () => {
    const tempting = trial('z', {}, succeeded(-100, 'other'));
    expect(bestTrial([...trials, tempting], 'minimize')?.trial.id).toBe('a');
  });

  it('has more runs where means are equal', () => {
    const pair = [trial('one', {}, succeeded(2)), trial('two', {}, succeeded(2), succeeded(2))];
    expect(bestTrial(pair, 'minimize')?.trial.id).toBe('two');
  });
});
