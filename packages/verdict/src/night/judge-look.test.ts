import { describe, expect, it } from 'vitest';
import { type Answer, judgeLook, type Question } from './judge-look.ts';
import type { SeedPair } from './paired-effect.ts';

const pairs = (factors: readonly number[], base = 0.4): readonly SeedPair[] =>
  factors.map((factor, i) => {
    const baseline = base * (1 + 0.3 * Math.sin(i));
    return { seed: i + 1, baseline, tonight: baseline * factor };
  });
const question = (changes: Partial<Question> = {}): Question => ({
  score: 'js',
  goal: 'minimize',
  margin: 0.05,
  pairs: [pairs([1.2, 1.22, 1.19, 1.21, 1.2, 1.18])],
  diverged: null,
  settled: null,
  ...changes,
});
const judge = (changes: Partial<Question>): Answer => {
  const [answer] = judgeLook([question(changes)], { falseAlarms: 0.05 });
  if (!answer) throw new Error('no answer');
  return answer;
};

describe('the verdict on a score', () => {
  it('is regressed where a worsening is shown, with how much', () => {
    const { verdict, effect } = judge({});
    expect(verdict).toBe('regressed');
    expect(effect.worse).toBeCloseTo(0.2, 2);
    expect(effect.low).toBeGreaterThan(0.18);
    expect(effect.high).toBeLessThan(0.22);
  });

  it('follows the goal: more of what is to be maximised is an improvement', () => {
    expect(judge({ score: 'recall-lenet', goal: 'maximize' }).verdict).toBe('improved');
    expect(judge({ goal: 'maximize', score: 'is-lenet' }).effect.worse).toBeCloseTo(-0.2, 2);
  });

  it('is unchanged where the effect is shown to be smaller than the margin, though it be a real one', () => {
    const small = [1.01, 1.011, 1.009, 1.01, 1.012, 1.008];
    expect(judge({ pairs: [pairs(small)] }).effect.pWorse).toBeLessThan(1e-4);
    expect(judge({ pairs: [pairs(small)] }).verdict).toBe('unchanged');
    expect(judge({ pairs: [pairs(small)], margin: 0.005 }).verdict).toBe('regressed');
  });

  it('is inconclusive where the pairs scatter, and says how many would do', () => {
    const { verdict, seedsNeeded } = judge({ pairs: [pairs([1.3, 0.8, 1.1, 0.7, 1.4, 0.9])] });
    expect(verdict).toBe('inconclusive');
    expect(seedsNeeded).toBeGreaterThan(200);
  });

  it('is unchanged where every number is the same to the last bit, but not by one pair', () => {
    expect(judge({ pairs: [pairs([1, 1])] })).toMatchObject({ verdict: 'unchanged', effect: { identical: true } });
    expect(judge({ pairs: [pairs([1])] }).verdict).toBe('inconclusive');
  });

  it('takes equal changes of two seeds for no proof', () => {
    const jump = [0, 1].map((seed) => ({ seed, baseline: 8, tonight: 7 }));
    expect(judge({ score: 'modes', goal: 'maximize', pairs: [jump] }).verdict).toBe('inconclusive');
    const many = Array.from({ length: 8 }, (_, seed) => ({ seed, baseline: 8, tonight: 7 }));
    expect(judge({ score: 'modes', goal: 'maximize', pairs: [many] }).verdict).toBe('regressed');
  });

  it('takes differences where a score may be below 0', () => {
    const kid = [0.01, -0.001, 0.012, 0.009].map((baseline, seed) => ({ seed, baseline, tonight: baseline + 0.02 }));
    const { effect, verdict } = judge({
      score: 'kid-lenet',
      pairs: [kid.map((pair, i) => ({ ...pair, tonight: pair.tonight + i * 1e-4 }))],
    });
    expect(effect.scale).toBe('difference');
    expect(effect.worse).toBeCloseTo(0.02 / 0.0075, 1);
    expect(verdict).toBe('regressed');
  });

  it('sees a worsening of all configurations together that none of them shows alone', () => {
    const noise = (k: number): readonly number[] =>
      Array.from({ length: 8 }, (_, i) => 1.06 * Math.exp(0.09 * Math.sin(12.9 * (i + 1) * (k + 1))));
    const trials = Array.from({ length: 12 }, (_, k) => pairs(noise(k)));
    const answers = judgeLook([...trials.map((one) => question({ pairs: [one] })), question({ pairs: trials })], {
      falseAlarms: 0.05,
    });
    expect(answers.slice(0, -1).filter(({ verdict }) => verdict === 'regressed').length).toBeLessThan(6);
    expect(answers.at(-1)?.verdict).toBe('regressed');
  });

  it('leaves what an earlier look settled', () => {
    expect(judge({ settled: 'unchanged' }).verdict).toBe('unchanged');
  });
});

describe('diverged runs', () => {
  const same = pairs([1, 1, 1, 1, 1, 1, 1, 1]);

  it('are a regression where more diverge than chance explains, by the exact test of Fisher', () => {
    const six = judge({ pairs: [same.slice(0, 2)], diverged: { tonight: 6, baseline: 0, seeds: 8 } });
    expect(six.verdict).toBe('regressed');
    expect(six.pDiverges).toBeCloseTo(28 / 8008, 12);
    const four = judge({ pairs: [same.slice(0, 4)], diverged: { tonight: 4, baseline: 0, seeds: 8 } });
    expect(four.pDiverges).toBeCloseTo(70 / 1820, 12);
    expect(four.verdict).toBe('inconclusive');
  });

  it('keep a score of the others from being unchanged', () => {
    const one = judge({ pairs: [same.slice(1)], diverged: { tonight: 1, baseline: 0, seeds: 8 } });
    expect(one.verdict).toBe('inconclusive');
  });

  it('are unchanged where all diverge as all did, and improved where none does', () => {
    expect(judge({ pairs: [[]], diverged: { tonight: 8, baseline: 8, seeds: 8 } }).verdict).toBe('unchanged');
    expect(judge({ pairs: [[]], diverged: { tonight: 0, baseline: 8, seeds: 8 } }).verdict).toBe('improved');
  });
});
