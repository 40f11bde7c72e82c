import type { Configuration, RunId, RunState, SweepId, TrialId } from '@gansweep/domain';
import { expect, it } from 'vitest';
import { compareSweep, describeSweep, listTrials } from './compare-sweep.ts';
import { BadCursor, type ReadModel, type RunScore, type SweepView, type TrialView } from './read-model.ts';

const SWEEP = 'sweep' as SweepId;
const SPEC = {
  version: 1,
  name: 'small',
  method: 'grid',
  seeds: 2,
  metric: { name: 'js', goal: 'minimize', at: 'best' },
  parameters: { model: { value: 'mlp2d' }, dataset: { value: 'ring8' }, nz: { values: [1, 2, 3, 4] } },
};

/** What one trial's two seeds came to: the state, and `js` by `at` where the run succeeded. */
interface Told {
  readonly nz: number;
  readonly states: readonly [RunState, RunState];
  readonly best: readonly [number | null, number | null];
  readonly passport?: string;
}

/** A record of trials with their scores; only what the use-cases ask is answered. */
function recordOf(told: readonly Told[]): ReadModel {
  const trials = told.map(
    ({ nz, states }): TrialView => ({
      id: `t${nz}` as TrialId,
      config: { model: 'mlp2d', dataset: 'ring8', nz } as Configuration,
      runIds: [`t${nz}s1` as RunId, `t${nz}s2` as RunId],
      states,
      seeds: [1, 2],
    }),
  );
  const scoresAt = (at: string): readonly RunScore[] =>
    told.flatMap(({ nz, best, passport = 'common' }) =>
      best.flatMap((value, i) => {
        const run = {
          trialId: `t${nz}` as TrialId,
          runId: `t${nz}s${i + 1}` as RunId,
          protocol: 'density2d/v1' as const,
        };
        if (value === null) return [];
        return [
          { ...run, name: 'js', value: at === 'best' ? value : value + 100, passport },
          { ...run, name: 'kl', value: at === 'best' ? 0 : value, passport },
        ];
      }),
    );
  const answers: Partial<ReadModel> = {
    getSweep: async (id) => (id === SWEEP ? ({ id, name: 'small', spec: SPEC } as unknown as SweepView) : null),
    allTrials: async () => trials,
    listTrials: async (_id, { limit }) => ({ items: trials.slice(0, limit), nextCursor: null }),
    scores: async (_id, { trialIds, name, at }) =>
      scoresAt(at).filter(
        (score) => (name === null || score.name === name) && (trialIds === null || trialIds.includes(score.trialId)),
      ),
  };
  return answers as ReadModel;
}

const DONE: Told['states'] = ['succeeded', 'succeeded'];
const ask = { cursor: null, limit: 50, sort: null, filter: {} };
const idsOf = (page: Awaited<ReturnType<typeof listTrials>>) => page?.items.map(({ id }) => id);

it('takes the sweep’s own metric when the spec says, and every other score from the last evaluation', async () => {
  const page = await listTrials(SWEEP, ask, recordOf([{ nz: 1, states: DONE, best: [0.1, 0.3] }]));
  expect(page?.items[0]?.metrics.js?.mean).toBeCloseTo(0.2, 12);
  expect(page?.items[0]?.metrics.kl?.mean).toBeCloseTo(0.2, 12);
});

it('names the trial with the best mean, diverged seeds counted beside it', async () => {
  const record = recordOf([
    { nz: 1, states: DONE, best: [0.5, 0.7] },
    { nz: 2, states: ['succeeded', 'diverged'], best: [0.2, null] },
  ]);
  const sweep = await describeSweep(SWEEP, record);
  expect(sweep?.bestTrial).toMatchObject({
    id: 't2',
    metric: 'js',
    summary: { n: 1, mean: 0.2, low: null, diverged: 1 },
  });
  expect(sweep?.axes).toEqual(['nz']);
});

it('has no best trial while no run has a score', async () => {
  const sweep = await describeSweep(SWEEP, recordOf([{ nz: 1, states: ['running', 'queued'], best: [null, null] }]));
  expect(sweep?.bestTrial).toBeNull();
});

it('ranks no score against one under another passport, and puts trials without a score last', async () => {
  const record = recordOf([
    { nz: 1, states: ['queued', 'queued'], best: [null, null] },
    { nz: 2, states: DONE, best: [0.9, 0.9] },
    { nz: 3, states: DONE, best: [0.1, 0.1], passport: 'rare' },
    { nz: 4, states: DONE, best: [0.3, 0.3] },
  ]);
  expect(idsOf(await listTrials(SWEEP, { ...ask, sort: 'js' }, record))).toEqual(['t4', 't2', 't3', 't1']);
  expect(idsOf(await listTrials(SWEEP, { ...ask, sort: '-js' }, record))).toEqual(['t2', 't4', 't3', 't1']);
  expect(idsOf(await listTrials(SWEEP, { ...ask, sort: '-nz' }, record))).toEqual(['t4', 't3', 't2', 't1']);
});

it('pages through what was sorted, and refuses a cursor of another order', async () => {
  const record = recordOf([1, 2, 3].map((nz) => ({ nz, states: DONE, best: [nz, nz] as const })));
  const first = await listTrials(SWEEP, { ...ask, sort: '-js', limit: 2 }, record);
  expect([idsOf(first), first?.nextCursor]).toEqual([['t3', 't2'], 'o2']);
  const rest = await listTrials(SWEEP, { ...ask, sort: '-js', limit: 2, cursor: 'o2' }, record);
  expect([idsOf(rest), rest?.nextCursor]).toEqual([['t1'], null]);
  await expect(listTrials(SWEEP, { ...ask, sort: 'js', cursor: 'x' }, record)).rejects.toThrow(BadCursor);
});

it('keeps trials that match every value of a filter', async () => {
  const record = recordOf([1, 2].map((nz) => ({ nz, states: DONE, best: [nz, nz] as const })));
  expect(idsOf(await listTrials(SWEEP, { ...ask, filter: { nz: '2', model: 'mlp2d' } }, record))).toEqual(['t2']);
});

it('answers a marginal table, and says what it cannot', async () => {
  const record = recordOf([1, 2].map((nz) => ({ nz, states: DONE, best: [nz, nz + 1] as const })));
  const compared = await compareSweep(SWEEP, { metric: null, by: ['nz'] }, record);
  expect(compared).toMatchObject({ kind: 'compared', metric: 'js', goal: 'minimize' });
  expect(compared.kind === 'compared' && compared.table.cells.map(({ mean }) => mean)).toEqual([1.5, 2.5]);
  expect(await compareSweep(SWEEP, { metric: null, by: ['ngf'] }, record)).toMatchObject({ kind: 'bad-question' });
  expect(await compareSweep('other' as SweepId, { metric: null, by: ['nz'] }, record)).toEqual({ kind: 'not-found' });
});
