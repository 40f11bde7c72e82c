import { readFileSync } from 'node:fs';
import path from 'node:path';
import { randomStream } from '@gansweep/domain';
import { describe, expect, it } from 'vitest';
import { judgeNight, verdictOfNight } from './judge-night.ts';
import type { Baseline, NightSettings, TrainedSweep } from './night.ts';
import { seedsThatLack } from './seeds-that-lack.ts';

const file = (name: string): string =>
  readFileSync(path.join(import.meta.dirname, '../../../../sweeps/regression', name), 'utf8');
const SHIPPED = JSON.parse(file('baselines/main.json')) as Baseline;
const SETTINGS = JSON.parse(file('nightly.json')) as NightSettings;
const NIGHTS = Number(process.env.NIGHTS ?? 200);

/** The law of a sweep's log scores over seeds: their means, and deviations whose products are their covariances. */
function lawOf({ trials, metrics }: TrainedSweep) {
  const rows = metrics.flatMap(({ name }) =>
    trials.map(({ seeds }) => seeds.map(({ scores }) => Math.log(scores[name] ?? Number.NaN))),
  );
  const means = rows.map((row) => row.reduce((sum, value) => sum + value, 0) / row.length);
  const seeds = rows[0]?.length ?? 0;
  return {
    means,
    seeds,
    deviations: rows.map((row, i) => row.map((value) => (value - (means[i] ?? 0)) / Math.sqrt(seeds - 1))),
  };
}

/**
 * A sweep whose scores are drawn by that law, anew in everything: the two trainings of a seed have nothing in common.
 * @param factor of all scores.
 */
function drawSweep(sweep: TrainedSweep, random: number, factor: number): TrainedSweep {
  const { means, deviations, seeds: count } = lawOf(sweep);
  const normals = new Float32Array(count * count);
  randomStream(random, 11).normals(0, normals);
  const drawn = deviations.map((row, i) =>
    Array.from(
      { length: count },
      (_, seed) =>
        factor * Math.exp(row.reduce((sum, value, k) => sum + value * (normals[seed * count + k] ?? 0), means[i] ?? 0)),
    ),
  );
  return {
    ...sweep,
    trials: sweep.trials.map((trial, t) => ({
      ...trial,
      seeds: trial.seeds.map(({ seed }, s) => ({
        seed,
        state: 'succeeded' as const,
        scores: Object.fromEntries(
          sweep.metrics.map(({ name }, m) => [name, drawn[m * sweep.trials.length + t]?.[s] ?? Number.NaN]),
        ),
      })),
    })),
  };
}

const withSeeds = (sweep: TrainedSweep, used: ReadonlySet<number>): TrainedSweep => ({
  ...sweep,
  trials: sweep.trials.map((trial) => ({ ...trial, seeds: trial.seeds.filter(({ seed }) => used.has(seed)) })),
});

/** A night by both looks, as `tendNights` takes them. */
function holdNight(night: number, factors: Readonly<Record<string, number>>): string {
  const drawn = (salt: number, of: (name: string) => number): readonly TrainedSweep[] =>
    SHIPPED.sweeps.map((sweep, i) => drawSweep(sweep, 1_000_000 * salt + 10 * night + i, of(sweep.name)));
  const baseline = { ...SHIPPED, sweeps: drawn(1, () => 1) };
  const tonight = drawn(2, (name) => factors[name] ?? 1);
  const first = SHIPPED.sweeps.map(({ trials }) => {
    const all = trials[0]?.seeds.map(({ seed }) => seed) ?? [];
    return { all, used: new Set(all.slice(0, SETTINGS.firstSeeds)) };
  });
  const judge = (used: readonly ReadonlySet<number>[], settled = {}) =>
    judgeNight(
      tonight.map((sweep, i) => withSeeds(sweep, used[i] ?? new Set())),
      baseline,
      SETTINGS,
      settled,
    );
  const looked = judge(first.map(({ used }) => used));
  const settled = looked.filter(({ verdict }) => verdict !== 'inconclusive').map(({ key, verdict }) => [key, verdict]);
  const more = first.map(({ all, used }, i) => {
    const questions = looked.filter(({ sweep }) => sweep === tonight[i]?.name);
    return new Set([...used, ...seedsThatLack({ all, used, questions })]);
  });
  return verdictOfNight(judge(more, Object.fromEntries(settled)), []);
}

/** Share of nights that say `regressed`. `NIGHTS=1000` takes more of them, and tells what every one said. */
function shareOfAlarms(factors: Readonly<Record<string, number>>): number {
  const verdicts = Array.from({ length: NIGHTS }, (_, night) => holdNight(night, factors));
  const share = (word: string): number => verdicts.filter((verdict) => verdict === word).length / NIGHTS;
  if (process.env.NIGHTS)
    console.log(factors, Object.fromEntries([...new Set(verdicts)].map((word) => [word, share(word)])));
  return share('regressed');
}

describe(`${NIGHTS} nights of the shipped sweeps, drawn as the scores of their baseline scatter`, () => {
  it('give a false alarm in at most 5 of 100 where nothing changed', () => {
    expect(shareOfAlarms({})).toBeLessThanOrEqual(0.05);
  });

  it.each(SHIPPED.sweeps.map(({ name }) => name))('find %s worse by a twentieth in at least 80 of 100', (name) => {
    expect(shareOfAlarms({ [name]: 1.05 })).toBeGreaterThanOrEqual(0.8);
  });
});
