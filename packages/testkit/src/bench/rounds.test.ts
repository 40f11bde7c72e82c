import { describe, expect, it } from 'vitest';
import { interleavedRounds } from './rounds.ts';

describe('interleaved rounds', () => {
  it('run everybody once a round, each round beginning with another one', async () => {
    const order: string[] = [];
    const racer = (name: string) => ({
      round: async () => {
        order.push(name);
        return order.length;
      },
    });
    const found = await interleavedRounds(['a', 'b', 'c'].map(racer), 3);
    expect(order.join('')).toBe('abcbcacab');
    expect(found).toEqual([
      [1, 6, 8],
      [2, 4, 9],
      [3, 5, 7],
    ]);
  });

  it('drop a racer that fails, with its reason, and go on with the others', async () => {
    let asked = 0;
    const failing = {
      round: async (): Promise<number> => {
        asked += 1;
        if (asked === 2) throw new Error('out of memory');
        return asked;
      },
    };
    const steady = { round: async () => 7 };
    const [failed, kept] = await interleavedRounds([failing, steady], 4);
    expect(failed).toEqual(new Error('out of memory'));
    expect(kept).toEqual([7, 7, 7, 7]);
    expect(asked).toBe(2);
  });
});
