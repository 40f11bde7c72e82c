import type { RunId } from '@gansweep/domain';
import { parseSweepSpec, planOf } from '@gansweep/spec';
import { describe, expect, it } from 'vitest';
import { nextRuns, objectivesOf } from './next-runs.ts';
import type { ExpandingSweep } from './ports.ts';

const trial = (name: string, states: readonly ('succeeded' | 'diverged' | 'failed' | 'cancelled')[]) => ({
  runIds: states.map((_, i) => `${name}${i}` as RunId),
  states,
});
const score = (value: number, passportKey = 'p') => ({ value, passportKey, protocol: 'density2d/v1' });
const scores = (values: Record<string, ReturnType<typeof score>>) =>
  new Map(Object.entries(values).map(([id, one]) => [id as RunId, one]));

describe('what trials say for the search', () => {
  it('is the mean over seeds, a seed without a score counting as the worst run', () => {
    const trials = [
      trial('a', ['succeeded', 'succeeded']),
      trial('b', ['succeeded', 'diverged']),
      trial('c', ['failed', 'diverged']),
    ];
    const known = [scores({ a0: score(1), a1: score(3), b0: score(2) })];
    expect(objectivesOf(trials, [{ goal: 'minimize' }], known)).toEqual([[2], [2.5], [null]]);
  });

  it('is lower for better where more is better, each metric in its place', () => {
    const trials = [trial('a', ['succeeded']), trial('b', ['succeeded'])];
    const known = [scores({ a0: score(0.5), b0: score(0.25) }), scores({ a0: score(8), b0: score(4) })];
    expect(objectivesOf(trials, [{ goal: 'minimize' }, { goal: 'maximize' }], known)).toEqual([
      [0.5, -8],
      [0.25, -4],
    ]);
  });

  it('leaves out runs that a person cancelled, and scores under a rarer passport', () => {
    const trials = [
      trial('a', ['succeeded', 'cancelled']),
      trial('b', ['succeeded', 'succeeded']),
      trial('c', ['succeeded']),
    ];
    const known = [scores({ a0: score(1), b0: score(5), b1: score(2, 'q'), c0: score(0, 'q'), a1: score(9) })];
    expect(
      objectivesOf(
        [...trials, trial('d', ['succeeded'])],
        [{ goal: 'minimize' }],
        [scores({ ...Object.fromEntries(known[0] ?? []), d0: score(4) })],
      ),
    ).toEqual([[1], [5], [null], [4]]);
  });
});

describe('the next runs of a search', () => {
  const text = [
    'name: s',
    'method: tpe',
    'run_cap: 40',
    'metric: { name: js, goal: minimize }',
    'search: { startup: 4, parallel: 3 }',
    'parameters:',
    '  model: { value: mlp2d }',
    '  dataset: { value: ring8 }',
    '  lrG: { distribution: log_uniform_values, min: 1e-5, max: 1e-1 }',
  ].join('\n');
  const parsed = parseSweepSpec({ text, format: 'yaml' });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  const spec = parsed.value;
  const plan = planOf(spec);

  /** The rates proposed behind seven trials, all ended, with these values. */
  async function ratesAfter(values: readonly (number | null)[]): Promise<readonly number[]> {
    const trials = values.map((_, i) => {
      const { trialId, configuration } =
        i < 4 ? plan.trialAt(i) : plan.trialOf({ ...spec.trials.at(0), coordinates: [1e-4 * (i - 3)] });
      return {
        id: trialId,
        config: configuration,
        runIds: [`r${i}` as RunId],
        states: ['succeeded' as const],
        seeds: [1],
      };
    });
    const sweep = {
      id: 's',
      spec: spec.document,
      grownFrom: null,
      createdAt: '2026-01-01T00:00:00Z',
      nextIndex: 7,
      runCount: 40,
    };
    const runs = await nextRuns(
      sweep as unknown as ExpandingSweep,
      { from: 7, count: 33 },
      {
        folders: { newest: async () => [] },
        sweeps: { members: async () => ({ trials: [], runs: [] }) },
        read: {
          allTrials: async () => trials,
          scores: async (_id, { trialIds }) =>
            trials.flatMap(({ id, runIds: [runId] }, i) => {
              const value = values[i] ?? null;
              return value === null || runId === undefined || !trialIds?.includes(id)
                ? []
                : [{ trialId: id, runId, name: 'js', value, protocol: 'density2d/v1' as const, passport: 'p' }];
            }),
        },
      },
    );
    return runs.map(({ configuration }) => configuration.lrG);
  }

  it('rest on the results of all trials but the last that may be under way, even where these have ended', async () => {
    const before = [5, 4, 3, 2, 6];
    const [bad, good] = [await ratesAfter([...before, 7, 8]), await ratesAfter([...before, 7, 0.1])];
    // Behind seven trials the positions 7, 8 and 9 rest on the first five, six and seven of them.
    expect(bad.length).toBe(3);
    expect(good.slice(0, 2)).toEqual(bad.slice(0, 2));
    expect(good[2]).not.toBe(bad[2]);
  });

  /** Rates and sizes of what a sweep of seven trials gets when it grows by a dimension; `values` are those of the seven. */
  async function grownBy(nz: readonly number[], values: readonly number[]) {
    const larger = parseSweepSpec({ text: `${text}\n  nz: { values: [${nz.join()}] }`, format: 'yaml' });
    if (!larger.ok) throw new Error(JSON.stringify(larger.error));
    const rateAt = (i: number) => ({ ...spec.trials.at(0), coordinates: [1e-4 * (i - 3)] });
    const trials = values.map((value, i) => ({
      ...(i < 4 ? plan.trialAt(i) : plan.trialOf(rateAt(i))),
      runId: `r${i}` as RunId,
      value,
    }));
    const members = trials.map(({ trialId, configuration }) => ({ id: trialId, configuration }));
    const runs = trials.map(({ trialId, runId }) => ({ runId, trialId, seed: 1, extent: 'whole' as const }));
    const sweep = { id: 's', spec: larger.value.document, grownFrom: 7, createdAt: '2026-01-01T00:00:00Z' };
    const ask = (from: number) =>
      nextRuns(
        { ...sweep, nextIndex: from, runCount: 40 } as unknown as ExpandingSweep,
        { from, count: 40 - from },
        {
          folders: { newest: async () => [] },
          sweeps: { members: async () => ({ trials: members, runs }) },
          read: {
            allTrials: async () =>
              trials.map(({ trialId, configuration, runId }) => {
                const ended = { runIds: [runId], states: ['succeeded' as const], seeds: [1] };
                return { id: trialId, config: configuration, ...ended };
              }),
            scores: async () =>
              trials.map(({ trialId, runId, value }) => {
                const judged = { name: 'js', protocol: 'density2d/v1' as const, passport: 'p' };
                return { trialId, runId, value, ...judged };
              }),
          },
        },
      );
    const first = await ask(7);
    for (const [i, { trialId, configuration }] of first.entries())
      trials.push({ trialId, configuration, runId: `r${7 + i}` as RunId, value: 5 });
    return { first, later: await ask(7 + first.length), known: members.map(({ id }) => id) };
  }

  it('after a growth by a dimension begin with first trials of the larger space, and learn from those that lie in it', async () => {
    const { nz } = plan.trialAt(0).configuration;
    const [low, high] = [
      [1, 2, 3, 4, 5, 6, 7],
      [7, 6, 5, 4, 3, 2, 1],
    ];
    const inside = [await grownBy([nz, nz + 6], low), await grownBy([nz, nz + 6], high)];
    const outside = [await grownBy([nz + 1, nz + 6], low), await grownBy([nz + 1, nz + 6], high)];
    for (const { first, later, known } of [...inside, ...outside]) {
      expect([first.length, later.length]).toEqual([4, 3]);
      const all = [...known, ...first.map(({ trialId }) => trialId), ...later.map(({ trialId }) => trialId)];
      expect(new Set(all).size).toBe(14);
      expect([...first, ...later].map(({ index }) => index)).toEqual([7, 8, 9, 10, 11, 12, 13]);
    }
    const ratesOf = ({ later }: (typeof inside)[number]) => later.map(({ configuration }) => configuration.lrG);
    const [a, b] = inside.map(ratesOf);
    expect(a).not.toEqual(b);
    // Trials whose value the new dimension does not have say nothing.
    const [c, d] = outside.map(ratesOf);
    expect(c).toEqual(d);
  });
});
