import { passportKey } from '@gansweep/domain';
import { expect, it } from 'vitest';
import { evaluateRecord } from './evaluate-record.ts';
import type { RunRecord } from './protocols/record-protocols.ts';

const column = (each: number, value: readonly number[]) => ({ images: value.map((_, i) => (i + 1) * each), value });
const nothing: RunRecord = { imagesPerIteration: 10, curves: {}, scores: {}, evaluations: 5 };
const passport = {
  metric: { id: 'kid-lenet/v1', implementation: 1 },
  extractor: { id: 'lenet', weights: 'abc' },
  fake: { n: 500 },
  estimator: { subsets: 100 },
};

function scored(protocol: Parameters<typeof evaluateRecord>[0][number], record: Partial<RunRecord>, beside = passport) {
  const [found] = evaluateRecord([protocol], {
    record: { ...nothing, ...record },
    beside: [{ protocol: 'kid-lenet/v1', passport: beside }],
    imagesSeen: 5_000,
    dataset: 'mnist',
    dataHash: 'd',
    seconds: () => 0,
    date: '2026-01-01T00:00:00.000Z',
  });
  if (!found) throw new Error('every protocol is answered');
  return found;
}

it('the speed of a run is that of its score, and comparable where that score is', () => {
  const kid = column(1_000, [0.5, 0.2, 0.105, 0.1, 0.3]);
  const { scores, passport: own } = scored('speed-kid-lenet/v1', { scores: { 'kid-lenet': kid } });
  expect(scores).toEqual({ 'speed-kid-lenet': 3_000 });
  expect(own).toMatchObject({ extractor: passport.extractor, fake: { n: 500 } });
  expect(own.estimator).toMatchObject({ subsets: 100, withinShareOfBest: 0.1, evaluations: 5 });
  const other = (change: object) => scored('speed-kid-lenet/v1', {}, { ...passport, ...change }).passport;
  expect(passportKey(other({ fake: { n: 200 } }))).not.toBe(passportKey(own));
  expect(passportKey(other({}))).toBe(passportKey(own));
  expect(passportKey(scored('speed-kid-lenet/v1', { evaluations: 6 }).passport)).not.toBe(passportKey(own));
});

it('nothing is scored where nothing is recorded', () => {
  for (const protocol of ['speed-js/v1', 'stability/v1', 'colour-lag/v1'] as const)
    expect(scored(protocol, {}).scores, protocol).toEqual({});
});

it('stability smooths over a hundred iterations, however often the run records', () => {
  // A swing of period 50 iterations, recorded every 5 or every 25 of them: gone in a mean of 100.
  const swing = (each: number) =>
    column(
      10 * each,
      Array.from({ length: 2_000 / each }, (_, i) => 3 + (((i * each) / 25) % 2 < 1 ? 1 : -1)),
    );
  for (const each of [5, 25])
    expect(scored('stability/v1', { curves: { lossG: swing(each) } }).scores['late-deviation-g']).toBeCloseTo(0, 12);
  const slow = column(
    1_000,
    Array.from({ length: 100 }, (_, i) => i % 2),
  );
  const { scores } = scored('stability/v1', { curves: { lossD: slow } });
  expect(scores).toEqual({ 'late-deviation-d': expect.closeTo(Math.sqrt(5 / 19), 12) });
});

it('colours that come and go are negative at lag 1, and need four evaluations', () => {
  const means = (red: readonly number[]) => ({
    'mean-red': column(1_000, red),
    'mean-green': column(
      1_000,
      red.map(() => 0.5),
    ),
    'mean-blue': column(
      1_000,
      red.map((value) => 1 - value),
    ),
  });
  expect(scored('colour-lag/v1', { scores: means([0, 1, 0, 1]) }).scores).toEqual({ 'colour-lag': -0.75 });
  expect(scored('colour-lag/v1', { scores: means([0, 1, 0]) }).scores).toEqual({});
});
