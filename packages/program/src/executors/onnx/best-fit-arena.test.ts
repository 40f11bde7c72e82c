import { describe, expect, it } from 'vitest';
import { bestFitArena } from './best-fit-arena.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

describe('the arena', () => {
  it('counts pages that were held, once', () => {
    const arena = bestFitArena();
    arena.give(arena.take(100 * KIB));
    arena.give(arena.take(60 * KIB));
    expect(arena.touchedBytes()).toBe(100 * KIB);
  });

  it('joins free neighbours, so that one block fits where two were', () => {
    const arena = bestFitArena();
    const [a, b] = [arena.take(100 * KIB), arena.take(100 * KIB)];
    arena.give(a);
    arena.give(b);
    arena.take(200 * KIB);
    expect(arena.touchedBytes()).toBe(200 * KIB);
  });

  it('takes the tightest gap', () => {
    const arena = bestFitArena();
    const [wide, , tight] = [400, 4, 100, 4].map((size) => arena.take(size * KIB));
    for (const held of [wide, tight]) if (held) arena.give(held);
    arena.take(90 * KIB);
    // The wide gap is whole still.
    arena.take(400 * KIB);
    expect(arena.touchedBytes()).toBe(508 * KIB);
  });

  it('grows by regions of its own when a block fits nowhere', () => {
    const arena = bestFitArena();
    arena.take(900 * KIB);
    arena.take(3 * MIB);
    expect(arena.touchedBytes()).toBe(900 * KIB + 3 * MIB);
  });
});
