import { describe, expect, it } from 'vitest';
import { type PackQuestion, packSize } from './pack-size.ts';

const TURNS = { msPerNode: 1e-4, msPerFlop: 1e-7, lanes: [] };
/** A device on which a call costs much more than what it computes. */
const FUSING = {
  ...TURNS,
  lanes: [
    { lanes: 2, times: 1.1 },
    { lanes: 4, times: 1.2 },
    { lanes: 8, times: 1.5 },
    { lanes: 16, times: 2.8 },
  ],
};
/** A step of 0.03 ms: 0.02 ms for its nodes, 0.01 ms for its arithmetic. */
const SMALL = { convolutional: false, nodes: 200, flopsPerStep: 1e5, steps: 300, firstBytes: 1e6, furtherBytes: 1e6 };
const GIB = 2 ** 30;

const ask = (question: Partial<PackQuestion>) =>
  packSize({
    attemptMs: 40,
    net: TURNS,
    program: SMALL,
    memory: GIB,
    queue: { waiting: 1_000, slots: 1, alone: false },
    atMost: 16,
    ...question,
  });

describe('the size of a pack where lanes take turns', () => {
  it('is large where an attempt costs more than its training, and says so', () => {
    const { places, because } = ask({});
    // 9 ms of training: 11.5 ms a run in 16, 12.075 are allowed and 13 would take 12.077.
    expect(places).toBe(14);
    expect(because).toBe('an attempt costs 40 ms beside 9 ms of training');
  });

  it('is small where a run trains for a second, and one where it trains for a minute', () => {
    expect(ask({ program: { ...SMALL, steps: 30_000 } }).places).toBe(1);
    expect(ask({ program: { ...SMALL, steps: 10_000 } }).places).toBe(3);
    const long = ask({ program: { ...SMALL, steps: 2_000_000 } });
    expect(long).toMatchObject({ size: 1, because: 'an attempt costs 40 ms beside 60 s of training' });
  });

  it('is one for convolutional nets, however short', () => {
    expect(ask({ program: { ...SMALL, convolutional: true } })).toMatchObject({
      size: 1,
      because: 'a convolutional net keeps its device busy alone',
    });
  });

  it('is never more than is allowed, than fits into memory, or than the share of the queue', () => {
    expect(ask({ atMost: 4 }).places).toBe(4);
    expect(ask({ atMost: 1 }).places).toBe(1);
    expect(ask({ memory: 3.9e6 })).toMatchObject({
      places: 3,
      because: 'an attempt costs 40 ms beside 9 ms of training; there is memory for 3, not for 14',
    });
    expect(ask({ memory: 0 }).places).toBe(1);
    expect(ask({ memory: 3.9e6, program: { ...SMALL, firstBytes: 3e6, furtherBytes: 1e5 } }).places).toBe(10);
    expect(ask({ queue: { waiting: 7, slots: 2, alone: false } })).toEqual({
      size: 4,
      places: 14,
      because: 'an attempt costs 40 ms beside 9 ms of training; 7 of the shape wait for 2 slots',
      placesBecause: 'an attempt costs 40 ms beside 9 ms of training',
    });
    expect(ask({ queue: { waiting: 1, slots: 8, alone: false } }).size).toBe(1);
    expect(ask({ queue: { waiting: 1, slots: 0, alone: false } }).size).toBe(1);
  });

  it('is one for a run that has to train alone', () => {
    expect(ask({ queue: { waiting: 9, slots: 1, alone: true } })).toMatchObject({
      size: 1,
      because: 'a trainer that it shared with others died',
    });
  });
});

describe('the size of a pack where lanes are fused', () => {
  it('grows with what a call costs by itself, also where an attempt costs nothing beside the training', () => {
    const long = { ...SMALL, steps: 2_000_000 };
    const { places, because } = ask({ net: FUSING, program: long });
    // 60 s alone: 20 s of arithmetic and 40 s of calls, of which eight lanes pay 7.5 s each, sixteen 7 s.
    expect(places).toBe(8);
    expect(because).toBe('an attempt costs 40 ms beside 60 s of training, which is 28 s a run in a call of 8');
  });

  it('is one where arithmetic is nearly all of it', () => {
    expect(ask({ net: FUSING, program: { ...SMALL, flopsPerStep: 1e8, steps: 2_000 } }).places).toBe(1);
  });

  it('holds for convolutional nets too, where they were measured', () => {
    const program = { ...SMALL, convolutional: true, steps: 2_000_000 };
    expect(ask({ net: FUSING, program }).places).toBe(8);
    expect(ask({ net: null, program }).places).toBe(1);
  });

  it('is a size that was measured, also where memory ends between two', () => {
    expect(ask({ net: FUSING, program: { ...SMALL, steps: 2_000_000 }, memory: 7e6 }).places).toBe(4);
    expect(ask({ net: FUSING, program: { ...SMALL, steps: 2_000_000 }, atMost: 7 }).places).toBe(4);
  });
});
