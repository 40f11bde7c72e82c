import { createLog, readConfig } from '@gansweep/runtime';
import { newId } from '@gansweep/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildApp } from '../src/build-app.ts';
import { openService, type Service, smallSpec } from './open-service.ts';
import { claimAll, succeed } from './train-runs.ts';

let service: Service;
beforeAll(async () => {
  service = await openService();
});
afterAll(() => service[Symbol.asyncDispose]() as Promise<void>);

const yaml = `
# the same spec in another writing
name: small
version: 1
seeds: 2
method: grid
description: A question?
parameters:
  noise: { values: [gaussian, uniform] }
  lr: { values: [1e-3, 0.010] }
  images: { value: 6400 }
  dataset: { value: ring8 }
  model: { value: mlp2d }
`;

describe('submitting a sweep', () => {
  it('answers 201 with counts, and the same spec in YAML has the same hash and trials and adopts every run', async () => {
    const first = await service.post('/api/v1/sweeps', JSON.stringify(smallSpec()));
    expect(first.status).toBe(201);
    const made = (await first.json()) as Record<string, unknown>;
    expect(made).toMatchObject({ name: 'small', trialCount: 4, runCount: 8, adoptedRunCount: 0 });
    const second = await service.post('/api/v1/sweeps', yaml, { 'content-type': 'application/yaml' });
    expect(second.status).toBe(201);
    const adopting = (await second.json()) as Record<string, unknown>;
    expect(adopting).toMatchObject({ specHash: made.specHash, trialCount: 4, runCount: 8, adoptedRunCount: 8 });
    expect(adopting.id).not.toBe(made.id);
    const trialsOf = async (id: unknown): Promise<readonly string[]> =>
      (await service.client.listTrials({ id: id as never })).items.map((trial) => trial.id as string).sort();
    expect(await trialsOf(adopting.id)).toEqual(await trialsOf(made.id));
  });

  it('makes one sweep of twenty submissions with one key at once', async () => {
    const body = JSON.stringify(smallSpec({ name: 'at-once' }));
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => service.post('/api/v1/sweeps', body, { 'idempotency-key': 'key-1' })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(19).fill(200), 201]);
    const ids = await Promise.all(answers.map(async (answer) => ((await answer.json()) as { id: string }).id));
    expect(new Set(ids).size).toBe(1);
    expect((await service.client.listSweeps({ q: 'at-once' })).items).toHaveLength(1);
  });

  it('rings for the workers when there are new runs, and only then', async () => {
    let rings = 0;
    const app = await buildApp({
      store: service.store,
      artifacts: service.artifacts,
      newId,
      streams: new Set(),
      ring: () => {
        rings += 1;
      },
      config: readConfig({}),
      log: createLog({ name: 'api', level: 'silent' }),
      dashboardDir: null,
    });
    const submit = async (): Promise<{ status: number; id: string }> => {
      const answer = await app.inject({
        method: 'POST',
        url: '/api/v1/sweeps',
        headers: { host: 'localhost', 'content-type': 'application/json', 'idempotency-key': 'key-ring' },
        payload: JSON.stringify(smallSpec({ name: 'ring', seeds: 3 })),
      });
      return { status: answer.statusCode, id: answer.json().id as string };
    };
    const change = (id: string, verb: string) =>
      app.inject({ method: 'POST', url: `/api/v1/sweeps/${id}/${verb}`, headers: { host: 'localhost' } });
    const { status, id } = await submit();
    expect([status, rings]).toEqual([201, 1]);
    expect([(await submit()).status, rings]).toEqual([200, 1]);
    expect([(await change(id, 'pause')).statusCode, rings]).toEqual([200, 1]);
    expect([(await change(id, 'resume')).statusCode, rings]).toEqual([200, 2]);
    await app.close();
  });

  it('refuses a used key with another body', async () => {
    await service.post('/api/v1/sweeps', JSON.stringify(smallSpec({ name: 'one' })), { 'idempotency-key': 'key-2' });
    const other = await service.post('/api/v1/sweeps', JSON.stringify(smallSpec({ name: 'two' })), {
      'idempotency-key': 'key-2',
    });
    expect(other.status).toBe(422);
    expect(await other.json()).toMatchObject({ code: 'idempotency-key-reused' });
  });

  it('previews without storing anything', async () => {
    const before = (await service.client.listSweeps({ limit: 500 })).items.length;
    const preview = await service.client.previewSweep({
      text: JSON.stringify(smallSpec({ name: 'preview' })),
      format: 'json',
    });
    expect(preview).toMatchObject({ trialCount: 4, runCount: 8, estimatedCost: { images: 51_200 } });
    expect(preview.configurations[0]?.config).toMatchObject({ model: 'mlp2d', beta1: 0.5, layersG: 2 });
    expect((await service.client.listSweeps({ limit: 500 })).items).toHaveLength(before);
  });
});

describe('a sweep’s life', () => {
  it('is paused, resumed, cancelled and deleted by name, and refuses what does not fit', async () => {
    const { id } = await service.client.submitSweep({
      text: JSON.stringify(smallSpec({ name: 'life', seeds: [7] })),
      format: 'json',
    });
    expect(await service.client.pauseSweep({ id })).toEqual({ id, state: 'paused' });
    expect(await service.client.resumeSweep({ id })).toEqual({ id, state: 'active' });
    await expect(service.client.deleteSweep({ id, confirm: 'life' })).rejects.toMatchObject({ code: 'conflict' });
    expect(await service.client.cancelSweep({ id })).toEqual({ id, state: 'cancelled' });
    await expect(service.client.resumeSweep({ id })).rejects.toMatchObject({ code: 'conflict', status: 409 });
    await expect(service.client.deleteSweep({ id, confirm: 'wrong' })).rejects.toMatchObject({
      code: 'confirmation-needed',
    });
    expect(await service.client.deleteSweep({ id, confirm: 'life' })).toMatchObject({ id });
    await expect(service.client.getSweep({ id })).rejects.toMatchObject({ code: 'not-found', status: 404 });
  });

  it('shows trials with means and intervals over seeds, the best one, marginals, curves and an export', async () => {
    const spec = smallSpec({ name: 'scored', seeds: [21, 22, 23], metric: { name: 'js', goal: 'minimize' } });
    const { id } = await service.client.submitSweep({ text: JSON.stringify(spec), format: 'json' });
    for (const run of await claimAll(service))
      await succeed(service, run, run.configuration.lrG * 10 + run.seed / 1_000);
    const trials = await service.client.listTrials({ id, sort: 'js' });
    expect(trials.items.map(({ config }) => config.lrG)).toEqual([0.001, 0.001, 0.01, 0.01]);
    // Seeds 21, 22, 23: mean .022 + 10·lr, s = .001, t(.975, 2) = 4.302653.
    const js = trials.items[0]?.metrics.js;
    expect(js).toMatchObject({ n: 3, protocol: 'density2d/v1', diverged: 0, otherPassports: 0 });
    expect(js?.mean).toBeCloseTo(0.032, 12);
    expect(js?.high).toBeCloseTo(0.032 + (4.302652729911275 * 0.001) / Math.sqrt(3), 12);
    const sweep = await service.client.getSweep({ id });
    expect(sweep.bestTrial).toMatchObject({ metric: 'js', config: { lrG: 0.001 } });
    expect(sweep.axes).toEqual(expect.arrayContaining(['lrG', 'noise']));
    expect(sweep.counts.succeeded).toBe(12);

    const table = await service.client.compareSweep({ id, by: 'lrG' });
    expect(table.cells.map(({ values, n, trials: of }) => [values.lrG, n, of])).toEqual([
      [0.001, 6, 2],
      [0.01, 6, 2],
    ]);
    const weighed = await service.client.weighParameters({ id, pair: 'lr,noise' });
    expect(weighed).toMatchObject({ metric: 'js', method: 'anova', trials: 4, runs: 12, because: null });
    // js is 10·lr and the seed's thousandth: cells .01 and .1 apart, nothing of noise.
    expect(weighed.parameters.map(({ name }) => name)).toEqual(['lr', 'noise']);
    expect(weighed.parameters[0]?.share).toBeCloseTo(1, 3);
    expect(weighed.parameters[1]).toMatchObject({ share: 0, low: 0 });
    expect(weighed.noise?.std).toBeCloseTo(0.001, 9);
    expect(weighed.surface?.means[1]?.[0]).toBeCloseTo(0.122, 9);
    await expect(service.client.weighParameters({ id, pair: 'lr,ngf' })).rejects.toMatchObject({ code: 'bad-request' });

    await expect(service.client.compareSweep({ id, by: 'ngf' })).rejects.toMatchObject({ code: 'bad-request' });

    const filtered = await service.client.listTrials({ id, filter: 'noise=uniform,lrG=0.01' });
    expect(filtered.items).toHaveLength(1);
    const [run] = (await service.client.listRuns({ sweep: id, limit: 1 })).items;
    if (!run) throw new Error('no run');
    expect(run).toMatchObject({
      state: 'succeeded',
      outcome: { kind: 'succeeded', atImagesSeen: 6_400 },
      backend: { name: 'onnx' },
    });
    const whole = await service.client.getCurves({ id: run.id, names: 'lossD', maxPoints: 0 });
    expect(whole.series.lossD?.images).toHaveLength(30);
    const coarse = await service.client.getCurves({ id: run.id, names: 'lossD', maxPoints: 5 });
    expect(coarse.series.lossD?.images).toHaveLength(5);
    expect(coarse.series.lossD?.max).toEqual([1, 9, 1, 1, 1]);
    expect((await service.client.listEvaluations({ id: run.id })).items).toHaveLength(2);
    const [sample] = (await service.client.listSamples({ id: run.id })).items;
    const png = await fetch(`${service.address}${sample?.url}`);
    expect([png.status, png.headers.get('content-type'), png.headers.get('x-content-type-options')]).toEqual([
      200,
      'image/png',
      'nosniff',
    ]);
    const exported = await (await service.client.exportSweep({ id, format: 'jsonl' })).text();
    expect(exported.trim().split('\n')).toHaveLength(12);
    const csv = await (await service.client.exportSweep({ id, format: 'csv' })).text();
    expect(csv.trim().split('\n')).toHaveLength(1 + 12 * (30 + 4));
    JSON.parse(await (await service.client.exportSweep({ id, format: 'json' })).text());
  });

  it('pages through lists without loss or repetition', async () => {
    const { id } = await service.client.submitSweep({
      text: JSON.stringify(smallSpec({ name: 'pages', seeds: [31, 32, 33] })),
      format: 'json',
    });
    const seen: string[] = [];
    for (let cursor: string | undefined; ; ) {
      const page: Awaited<ReturnType<typeof service.client.listRuns>> = await service.client.listRuns({
        sweep: id,
        limit: 5,
        ...(cursor ? { cursor } : {}),
      });
      seen.push(...page.items.map((run) => run.id));
      if (page.nextCursor === null) break;
      cursor = page.nextCursor;
    }
    expect(seen).toHaveLength(12);
    expect(new Set(seen).size).toBe(12);
    await expect(service.client.listRuns({ cursor: 'made-up' })).rejects.toMatchObject({ code: 'bad-request' });
  });
});
