import type { RunId, SweepId } from '@gansweep/domain';
import { expect, it } from 'vitest';
import { gather } from './gather.ts';
import { tendNights } from './tend-nights.ts';

it('goes on with the other nights where one cannot go on, and says why it cannot', async () => {
  const ended: string[] = [];
  const nightOf = (id: string) => ({
    id,
    request: { baseline: null, saveBaseline: null, settings: {}, sweeps: [] },
    looks: [],
  });
  const nights = {
    running: async () => ['first', 'second'].map(nightOf),
    finish: async (id: string) => {
      if (id === 'first') throw new Error('the disk is full');
      ended.push(id);
    },
  };
  const tools = { nights, folders: { newest: async () => [] }, circumstances: { commit: null, lockfile: null } };
  await expect(tendNights(tools as never)).rejects.toThrow('the disk is full');
  expect(ended).toEqual(['second']);
});

it('takes scores of one configuration under several passports for a fault, within a look and between two', async () => {
  const METRIC = { metrics: [{ name: 'js', goal: 'minimize', at: 'last' }], axes: [] } as const;
  const faultsOf = async (looks: readonly (readonly string[])[]) => {
    const runsOf = (id: string) => (looks[Number(id)] ?? []).map((_, i) => `${id}-${i}` as RunId);
    const read = {
      scores: async (id: string) =>
        runsOf(id).map((runId, i) => ({ runId, trialId: 'trial', value: 1, passport: looks[Number(id)]?.[i] })),
      allTrials: async (id: string) => [
        {
          id: 'trial',
          config: {},
          runIds: runsOf(id),
          states: runsOf(id).map(() => 'succeeded'),
          seeds: runsOf(id).map((_, i) => 10 * Number(id) + i),
        },
      ],
      getRun: async () => null,
      evaluations: async () => [],
    };
    const ids = looks.map((_, i) => `${i}` as SweepId);
    return (await gather('ring', METRIC, ids, read as never)).faults;
  };
  expect(await faultsOf([['p', 'p'], ['p']])).toEqual([]);
  expect(await faultsOf([['p', 'q', 'p']])).toEqual([expect.stringMatching(/^ring: .* js under several passports/)]);
  expect(await faultsOf([['p'], ['q', 'q']])).toHaveLength(1);
});
