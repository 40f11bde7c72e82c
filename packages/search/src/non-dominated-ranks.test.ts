import { describe, expect, it } from 'vitest';
import { nonDominatedRanks } from './non-dominated-ranks.ts';

describe('layers of trials that none beats', () => {
  it('peels fronts of two objectives one after another', () => {
    const trials = [
      [1, 5],
      [2, 2],
      [5, 1],
      [3, 3],
      [2, 5],
      [6, 6],
    ];
    expect(nonDominatedRanks(trials)).toEqual([0, 0, 0, 1, 1, 2]);
  });

  it('is the dense rank of a single objective, equal ones together', () => {
    expect(nonDominatedRanks([[3], [1], [2], [1]])).toEqual([2, 0, 1, 0]);
  });

  it('takes a missing objective for the worst, not for a tie', () => {
    expect(
      nonDominatedRanks([
        [1, null],
        [1, 4],
        [null, null],
      ]),
    ).toEqual([1, 0, 2]);
  });
});
