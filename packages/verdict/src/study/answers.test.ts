import { describe, expect, it } from 'vitest';
import {
  alike,
  all,
  atMost,
  beyond,
  correlated,
  differenceOf,
  either,
  extreme,
  holds,
  type Judge,
  less,
  more,
  ordered,
  shows,
} from './answers.ts';
import { autocorrelation, deviation, imagesTo, last, mean, scoreAt, slope } from './measures.ts';
import type { StudyRun } from './study-record.ts';

const run = (config: StudyRun['config'], kid: number | null, more: Partial<StudyRun> = {}): StudyRun => ({
  config,
  seed: 1,
  state: kid === null ? 'diverged' : 'succeeded',
  scores: { kid: { images: [100, 200], value: [1, kid] } },
  curves: {},
  measures: {},
  findings: [],
  ...more,
});
const cell = (lr: number, ...kids: (number | null)[]): StudyRun[] => kids.map((kid) => run({ lr }, kid));
const kid = last('kid');

describe('the difference of two means', () => {
  it('has the pooled deviation and Student’s interval, worked by hand', () => {
    // Means 2 and 5, squares 2 and 2: s² = 4 / 4 = 1; t(.975, 4) = 2.7764, √(2/3) = .8165.
    const found = differenceOf([1, 2, 3], [4, 5, 6]);
    expect(found).toMatchObject({ value: 3, pooled: 1 });
    expect(found?.low).toBeCloseTo(3 - 2.7764451 * Math.sqrt(2 / 3), 6);
    expect(found?.high).toBeCloseTo(3 + 2.7764451 * Math.sqrt(2 / 3), 6);
  });

  it('pools sides of unequal size by their degrees of freedom', () => {
    // Squares 2 (two degrees) and 8 (one degree): s² = 10 / 3.
    expect(differenceOf([1, 2, 3], [4, 8])?.pooled).toBeCloseTo(Math.sqrt(10 / 3), 12);
  });

  it('knows no deviation of single runs, and nothing of none', () => {
    expect(differenceOf([1], [2])).toEqual({ value: 1, pooled: null, low: null, high: null });
    expect(differenceOf([], [2])).toBeNull();
  });
});

describe('an answer', () => {
  const far = [...cell(1, 1, 2, 3), ...cell(2, 4, 5, 6)];
  const near = [...cell(1, 1, 2, 3), ...cell(2, 1.5, 2.5, 3.5)];
  it.each<[string, Judge, readonly StudyRun[], string]>([
    [
      'more is supported beyond the pooled deviation',
      more({ of: kid, in: { lr: 2 }, than: { lr: 1 } }),
      far,
      'supported',
    ],
    ['more is contradicted the other way', more({ of: kid, in: { lr: 1 }, than: { lr: 2 } }), far, 'contradicted'],
    ['more is open within it', more({ of: kid, in: { lr: 2 }, than: { lr: 1 } }), near, 'undecided'],
    ['less is the reverse', less({ of: kid, in: { lr: 1 }, than: { lr: 2 } }), far, 'supported'],
    ['alike is supported within it', alike({ of: kid, in: { lr: 2 }, than: { lr: 1 } }), near, 'supported'],
    ['alike is contradicted beyond it', alike({ of: kid, in: { lr: 2 }, than: { lr: 1 } }), far, 'contradicted'],
    [
      'at most is supported where nothing is decided',
      atMost({ of: kid, in: { lr: 2 }, than: { lr: 1 } }),
      near,
      'supported',
    ],
    ['at most is contradicted by more', atMost({ of: kid, in: { lr: 2 }, than: { lr: 1 } }), far, 'contradicted'],
    [
      'a single run a side decides nothing',
      more({ of: kid, in: { lr: 2 }, than: { lr: 1 } }),
      [...cell(1, 1), ...cell(2, 9)],
      'undecided',
    ],
    ['a cell without runs decides nothing', more({ of: kid, in: { lr: 3 }, than: { lr: 1 } }), far, 'undecided'],
    [
      'above a limit with the whole interval',
      beyond({ of: kid, in: { lr: 2 }, limit: 1, side: 'above' }),
      far,
      'supported',
    ],
    [
      'a limit within the interval is open',
      beyond({ of: kid, in: { lr: 2 }, limit: 4.5, side: 'above' }),
      far,
      'undecided',
    ],
    [
      'a limit beyond the interval contradicts',
      beyond({ of: kid, in: { lr: 2 }, limit: 9, side: 'above' }),
      far,
      'contradicted',
    ],
  ])('%s', (_, judge, runs, verdict) => {
    expect(judge(runs).verdict).toBe(verdict);
  });

  it('leaves diverged runs out of the mean and names them', () => {
    const answer = more({ of: kid, in: { lr: 2 }, than: { lr: 1 } })([...far, ...cell(2, null)]);
    expect(answer).toMatchObject({ effect: 3, n: 6 });
    expect(answer.sentence).toContain('1 diverged');
  });

  it('says where an answer rests on an interval that holds 0', () => {
    // Means 2 and 3.2: beyond the pooled deviation of 1, within 2.27 of it.
    const narrow = [...cell(1, 1, 2, 3), ...cell(2, 2.2, 3.2, 4.2)];
    expect(more({ of: kid, in: { lr: 2 }, than: { lr: 1 } })(narrow)).toMatchObject({
      verdict: 'supported',
      sentence: expect.stringContaining('the interval holds 0'),
    });
    expect(more({ of: kid, in: { lr: 2 }, than: { lr: 1 } })(far).sentence).not.toContain('holds 0');
  });

  const three = [...far, ...cell(3, 9, 10, 11)];
  const cells = [{ lr: 1 }, { lr: 2 }, { lr: 3 }];
  it('an order holds step by step', () => {
    expect(ordered({ of: kid, cells, direction: 'rising' })(three)).toMatchObject({
      verdict: 'supported',
      effect: 8,
      n: 9,
    });
    const bent = [...cell(1, 1, 2, 3), ...cell(2, 9, 10, 11), ...cell(3, 4, 5, 6)];
    expect(ordered({ of: kid, cells, direction: 'rising' })(bent).verdict).toBe('contradicted');
  });

  it('an extreme is so against every other cell, and tells how far from the nearest', () => {
    expect(extreme({ of: kid, in: { lr: 3 }, among: cells, end: 'most' })(three)).toMatchObject({
      verdict: 'supported',
      effect: 5,
      n: 9,
    });
    expect(extreme({ of: kid, in: { lr: 2 }, among: cells, end: 'most' })(three).verdict).toBe('contradicted');
  });

  const seen = (n: number): StudyRun[] =>
    [0, 1, 2].map((i) => run({ lr: 1 }, 1, { findings: i < n ? [{ name: 'collapse', imagesSeen: 10 }] : [] }));
  it.each([
    [3, 'supported'],
    [2, 'supported'],
    [1, 'contradicted'],
    [0, 'contradicted'],
  ])('a finding of %i of three runs is %s', (n, verdict) => {
    expect(shows({ finding: 'collapse', in: { lr: 1 } })(seen(n)).verdict).toBe(verdict);
  });

  it('a share has Wilson’s interval', () => {
    // 2 of 3: centre (2/3 + 3.8415/6) / (1 + 3.8415/3), published interval .2077 … .9385.
    const { low, high } = shows({ finding: 'collapse', in: {} })(seen(2));
    expect(low).toBeCloseTo(0.2077, 3);
    expect(high).toBeCloseTo(0.9385, 3);
  });

  it('a diverged run counts where divergence is asked for', () => {
    expect(
      holds('diverged', { lr: 1 }, ({ state }) => state === 'diverged')(cell(1, null, null, 1)).effect,
    ).toBeCloseTo(2 / 3);
  });

  it('ranks correlate by their order alone, ties sharing a rank', () => {
    const rising = [1, 2, 3, 4, 5].map((x) => run({ lr: x }, x, { measures: { loss: x ** 3 } }));
    const loss = { name: 'loss', of: ({ measures }: StudyRun) => measures.loss ?? null };
    expect(correlated({ of: [loss, kid], limit: 0.3, side: 'below' })(rising)).toMatchObject({
      verdict: 'contradicted',
      effect: 1,
      n: 5,
    });
    const mixed = [1, 2, 3, 4, 5].map((x) =>
      run({ lr: x }, [3, 1, 5, 1, 3][x - 1] as number, { measures: { loss: x } }),
    );
    expect(correlated({ of: [loss, kid], limit: 0.3, side: 'below' })(mixed)).toMatchObject({
      verdict: 'supported',
      effect: 0,
    });
  });

  it('of all parts: one that is contradicted is enough', () => {
    expect(all(['supported', 'undecided', 'contradicted'])).toBe('contradicted');
    expect(all(['supported', 'undecided'])).toBe('undecided');
    expect(all(['supported', 'supported'])).toBe('supported');
  });

  it('of either way: one that is supported is enough', () => {
    const judge = either(
      more({ of: kid, in: { lr: 1 }, than: { lr: 2 } }),
      less({ of: kid, in: { lr: 1 }, than: { lr: 2 } }),
    );
    expect(judge(far)).toMatchObject({ verdict: 'supported', effect: -3 });
  });
});

describe('a measure', () => {
  const series = { images: [10, 20, 30, 40, 50], value: [5, 4, null, 2, 1] };
  const one = run({}, 0, { scores: { js: series }, curves: { lossG: { images: [1, 2, 3, 4], value: [1, 3, 5, 7] } } });
  it.each([
    ['the last score', last('js').of(one), 1],
    ['a score on the way', scoreAt('js', 0.45).of(one), 4],
    ['images to a limit', imagesTo('js', 2).of(one), 40],
    ['the whole budget where the limit is never met', imagesTo('js', 0.5).of(one), 50],
    ['a mean of a part', mean('lossG', { from: 0.5, to: 1 }).of(one), 5],
    ['a deviation', deviation('lossG', { from: 0.75, to: 1 }).of(one), Math.sqrt(2)],
    ['a slope per run', slope('lossG', { from: 0, to: 1 }).of(one), 8],
    ['nothing of what was not recorded', last('kid-lenet').of(one), null],
  ])('is %s', (_, found, wanted) => {
    if (wanted === null) expect(found).toBeNull();
    else expect(found).toBeCloseTo(wanted, 12);
  });

  it('of swinging values is a negative autocorrelation, a trend apart', () => {
    const swinging = run({}, 0, { scores: { x: { images: [1, 2, 3, 4, 5, 6], value: [1, 3, 3, 5, 5, 7] } } });
    const waving = run({}, 0, {
      scores: { x: { images: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], value: [0, 1, 1, 1, 0, 0, 1, 1, 1, 0] } },
    });
    expect(autocorrelation('x').of(swinging)).toBeLessThan(-0.5);
    expect(autocorrelation('x').of(waving)).toBeGreaterThan(0);
  });
});
