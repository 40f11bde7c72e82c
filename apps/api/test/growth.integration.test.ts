import { afterAll, beforeAll, expect, it } from 'vitest';
import { openService, type Service, smallSpec } from './open-service.ts';
import { claimAll, succeed } from './train-runs.ts';

let service: Service;
beforeAll(async () => {
  service = await openService();
});
afterAll(async () => {
  expect(await service.store.reconciler.audit()).toEqual({});
  await service[Symbol.asyncDispose]();
});

/** Four trials, lr × noise, two seeds each. */
const submit = async (overrides: Readonly<Record<string, unknown>>): Promise<string> =>
  (await service.client.submitSweep({ text: JSON.stringify(smallSpec(overrides)), format: 'json' })).id;
const grow = (id: string, patch: unknown, idempotencyKey?: string) =>
  service.client.growSweep(
    id,
    { text: JSON.stringify(patch), format: 'json' },
    idempotencyKey === undefined ? {} : { idempotencyKey },
  );
const refusal = (id: string, patch: unknown, key?: string) =>
  grow(id, patch, key).then(
    () => null,
    ({ details: problem }) => [
      problem.status,
      problem.problems?.[0]?.path ?? problem.code,
      problem.problems?.[0]?.message ?? problem.detail,
    ],
  );
const runsOf = async (id: string) => (await service.client.listRuns({ sweep: id, limit: 500 })).items;
const trainAll = async (): Promise<number> => {
  const claimed = await claimAll(service);
  for (const run of claimed) await succeed(service, run, run.seed);
  await service.store.reconciler.completeSweeps();
  return claimed.length;
};

it('adds values, a dimension and seeds to a sweep that is done, and repeats nothing', async () => {
  const id = await submit({ name: 'growing' });
  expect(await trainAll()).toBe(8);
  const before = await runsOf(id);
  expect(await service.client.getSweep({ id })).toMatchObject({ state: 'done', growths: [] });

  const wider = await grow(id, { parameters: { lr: { values: [1e-3, 0.01, 0.1] } } });
  expect(wider).toMatchObject({ state: 'active', trialCount: 6, runCount: 12 });
  expect(wider.growth).toMatchObject({ addedTrialCount: 2, addedRunCount: 4, adoptedRunCount: 0 });
  expect(await trainAll()).toBe(4);

  const deeper = await grow(id, { parameters: { nz: { values: [2, 5] } }, seeds: 3 });
  expect(deeper).toMatchObject({ trialCount: 12, runCount: 36, growth: { addedTrialCount: 6, addedRunCount: 24 } });
  expect(await trainAll()).toBe(24);
  const after = await runsOf(id);
  expect(after.slice(0, 8).map((run) => run.id)).toEqual(before.map((run) => run.id));
  expect(new Set(after.map(({ trialId, seed }) => `${trialId} ${seed}`)).size).toBe(36);
  const sweep = await service.client.getSweep({ id });
  expect(sweep).toMatchObject({ state: 'done', runCount: 36 });
  expect(sweep.growths.map(({ changes }) => changes)).toEqual([
    ['lr: 0.001, 0.01 → 0.001, 0.01, 0.1'],
    ['nz: its default → 2, 5', 'seeds: 2 → 3'],
  ]);
  expect(await grow(id, { seeds: 3 })).toMatchObject({
    state: 'done',
    growth: { addedRunCount: 0, notes: ['The sweep has all of that already.'] },
  });
});

it('adopts runs of other sweeps, raises the priority of runs that wait, and leaves a paused sweep paused', async () => {
  const id = await submit({
    name: 'adopting',
    parameters: { ...(smallSpec().parameters as object), nz: { value: 9 } },
  });
  const other = await submit({
    name: 'other',
    seeds: 3,
    parameters: { ...(smallSpec().parameters as object), nz: { value: 9 } },
  });
  await service.client.pauseSweep({ id });
  const grown = await grow(id, { seeds: 3, priority: 7 });
  expect(grown).toMatchObject({ state: 'paused', runCount: 12, growth: { addedRunCount: 4, adoptedRunCount: 4 } });
  await service.client.resumeSweep({ id });
  expect(new Set((await runsOf(id)).map((run) => run.id))).toEqual(new Set((await runsOf(other)).map((run) => run.id)));
  const [first] = await service.store.reconciler.claimable(1);
  expect((await runsOf(id)).map((run) => run.id)).toContain(first?.runId);
  expect(await trainAll()).toBe(12);
});

it('draws new trials from a wider range and keeps those that were drawn', async () => {
  const { parameters, ...rest } = smallSpec();
  const ranged = { ...(parameters as object), lr: { min: 1e-3, max: 2e-3 } };
  const earlier = await submit({
    name: 'earlier',
    parameters: { ...(smallSpec().parameters as object), nz: { value: 15 } },
  });
  const id = await submit({ ...rest, name: 'drawn', method: 'random', run_cap: 8, parameters: ranged });
  const drawn = (await service.client.listTrials({ id })).items.map((trial) => trial.id);
  const wider = { parameters: { lr: { min: 1e-3, max: 0.5 } } };
  expect(await grow(id, wider)).toMatchObject({
    trialCount: 4,
    growth: { addedRunCount: 0, notes: [expect.stringMatching(/Raise run_cap/)] },
  });
  expect(await grow(id, { run_cap: 16 })).toMatchObject({
    trialCount: 8,
    growth: { addedTrialCount: 4, addedRunCount: 8 },
  });
  const trials = (await service.client.listTrials({ id })).items;
  expect(trials.slice(0, 4).map((trial) => trial.id)).toEqual(drawn);
  expect(trials.slice(4).some(({ config }) => Number(config.lrG) > 2e-3)).toBe(true);
  // A growth by priority alone concerns the runs that wait.
  const next = async () => (await service.store.reconciler.claimable(1)).map(({ runId }) => runId);
  const ids = (await runsOf(id)).map((run) => run.id);
  expect(ids).not.toEqual(expect.arrayContaining(await next()));
  expect(await grow(id, { priority: 3 })).toMatchObject({
    growth: { addedRunCount: 0, changes: ['priority: none → 3'] },
  });
  expect(ids).toEqual(expect.arrayContaining(await next()));
  await service.client.cancelSweep({ id: earlier });
  await service.client.cancelSweep({ id });
});

it('grows once under a key, whatever comes at the same time', async () => {
  const id = await submit({ name: 'keyed', parameters: { ...(smallSpec().parameters as object), nz: { value: 11 } } });
  const both = await Promise.all(Array.from({ length: 8 }, () => grow(id, { seeds: 4 }, 'key-grow')));
  expect(both.map(({ growth }) => growth.addedRunCount)).toEqual(Array(8).fill(8));
  expect(await service.client.getSweep({ id })).toMatchObject({ runCount: 16, growths: [{ addedRunCount: 8 }] });
  expect(await refusal(id, { seeds: 5 }, 'key-grow')).toEqual([422, 'idempotency-key-reused', expect.anything()]);
  const two = await Promise.all(
    [grow(id, { seeds: 5 }), grow(id, { priority: 1 }), grow(id, { seeds: 6 })].map((one) => one.catch(() => null)),
  );
  expect(two.filter((one) => one !== null).length).toBeGreaterThan(0);
  await service.client.cancelSweep({ id });
  expect(await refusal(id, { seeds: 9 })).toMatchObject([
    409,
    'conflict',
    expect.stringMatching(/cancelled cannot grow/),
  ]);
});

it('says why not', async () => {
  const id = await submit({
    name: 'refusing',
    parameters: { ...(smallSpec().parameters as object), nz: { value: 13 } },
  });
  expect(await refusal(id, { parameters: { lr: { values: [1e-3] } } })).toEqual([
    422,
    'parameters.lr',
    expect.stringMatching(/leaves out 0.01/),
  ]);
  expect(await refusal(id, { parameters: { layersG: { values: [7, 8] } } })).toEqual([
    422,
    'parameters',
    expect.stringMatching(/they have layersG \d+, so list that too/),
  ]);
  expect(await refusal(id, { seeds: [5, 6] })).toEqual([422, 'seeds', expect.stringMatching(/leaves out 1, 2/)]);
  expect(await refusal(id, { metric: { name: 'kl' } })).toEqual([
    422,
    'metric',
    expect.stringMatching(/cannot change/),
  ]);
  expect(await refusal('017f22e2-79b0-7cc3-98c4-dc0c0c07398f', { seeds: 3 })).toEqual([
    404,
    'not-found',
    expect.anything(),
  ]);
  await service.client.cancelSweep({ id });
});

it('gives further seeds to the trials whose order is uncertain, by itself, and is done when it is decided', async () => {
  const id = await submit({
    name: 'adaptive',
    seeds: { min: 2, max: 5 },
    parameters: { ...(smallSpec().parameters as object), noise: { value: 'uniform' }, nz: { values: [21, 22] } },
  });
  expect(await service.client.getSweep({ id })).toMatchObject({ runCount: 8, seeds: { min: 2, max: 5 } });
  const scoreOf = ({
    configuration: { lrG, nz },
    seed,
  }: {
    configuration: { lrG: number; nz: number };
    seed: number;
  }) => (lrG > 5e-3 ? 100 : nz === 21 ? 1 : 1.005) + seed / 100;
  for (let round = 0; round < 12; round++) {
    const claimed = await claimAll(service);
    for (const run of claimed) await succeed(service, run, scoreOf(run as never));
    await service.store.reconciler.completeSweeps();
    const { runCount } = await service.client.getSweep({ id });
    await expect
      .poll(
        async () => {
          const now = await service.client.getSweep({ id });
          await service.store.reconciler.completeSweeps();
          return now.runCount > runCount || now.state === 'done';
        },
        { timeout: 5_000, interval: 20 },
      )
      .toBe(true);
    if ((await service.client.getSweep({ id })).state === 'done') break;
  }
  const trials = (await service.client.listTrials({ id })).items;
  const seedsOf = (lrG: number) => trials.filter(({ config }) => config.lrG === lrG).map(({ runIds }) => runIds.length);
  expect(seedsOf(0.01)).toEqual([2, 2]);
  expect(Math.max(...seedsOf(0.001))).toBeGreaterThan(2);
  expect(await service.client.getSweep({ id })).toMatchObject({ state: 'done' });
  expect(await grow(id, { seeds: { min: 2, max: 6 } })).toMatchObject({
    state: 'active',
    growth: { addedRunCount: 0 },
  });
  await service.client.cancelSweep({ id });
});
