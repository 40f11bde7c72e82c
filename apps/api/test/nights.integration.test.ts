import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { NightAnswer } from '@gansweep/contract';
import { type NightTools, type ServiceCircumstances, tendNights } from '@gansweep/orchestrator';
import { newId } from '@gansweep/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serviceCircumstances } from '../src/nights/service-circumstances.ts';
import { openService, type Service, smallSpec } from './open-service.ts';
import { claimAll, succeed } from './train-runs.ts';

const SPEC = smallSpec({
  name: 'ring',
  seeds: 12,
  metric: { name: 'js', goal: 'minimize' },
  parameters: {
    model: { value: 'mlp2d' },
    dataset: { value: 'ring8' },
    images: { value: 6_400 },
    lr: { values: [0.001, 0.01] },
  },
});
const SETTINGS = { margin: 0.05, falseAlarms: 0.05, firstSeeds: 4 };

/** Score of a seed: they scatter by a quarter, the same every night. */
const scoreOf = (seed: number): number => 0.4 + 0.1 * Math.sin(7 * seed);

describe('nights of the service', () => {
  let service: Service;
  let circumstances: ServiceCircumstances;
  beforeAll(async () => {
    service = await openService();
    circumstances = await serviceCircumstances();
  });
  afterAll(async () => {
    await service[Symbol.asyncDispose]();
  });

  const tools = (): NightTools => ({
    ...service.store,
    registries: { trainers: { names: [], filesHash: () => '' }, extractors: { newest: () => [] } },
    circumstances,
    newId,
    now: () => '2026-11-27T02:30:00.000Z',
  });

  /** Trains what waits until the night has ended; several processes tend it at the same time, the service among them. */
  async function train(id: string, factor: (seed: number, night: NightAnswer) => number): Promise<NightAnswer> {
    for (let turn = 0; turn < 20; turn++) {
      await Promise.all([tendNights(tools()), tendNights(tools()), tendNights(tools())]);
      const night = await service.client.getVerdict({ id });
      if (night.state === 'done') return night;
      for (const run of await claimAll(service))
        await succeed(service, run, scoreOf(run.seed) * factor(run.seed, night));
      await service.store.reconciler.completeSweeps();
    }
    throw new Error('the night does not end');
  }

  const begin = async (asked: { baseline?: string; saveBaseline?: string }): Promise<string> =>
    (
      await service.client.askVerdict({
        body: { ...asked, settings: SETTINGS, sweeps: [{ name: 'ring', spec: SPEC }] },
      })
    ).id;

  it('makes a baseline of every seed, whole, with its circumstances', async () => {
    const night = await train(await begin({ saveBaseline: 'main' }), () => 1);
    expect(night).toMatchObject({
      state: 'done',
      verdict: 'not-compared',
      saveBaseline: 'main',
      report: { faults: [] },
    });
    const baseline = await service.client.getBaseline({ name: 'main' });
    expect(baseline.circumstances).toMatchObject({ backends: ['onnx 1 on cpu'], trainingVersion: expect.any(Number) });
    const [sweep] = baseline.sweeps;
    expect(sweep?.trials.map(({ label }) => label).sort()).toEqual(['lrG=0.001 lrD=0.001', 'lrG=0.01 lrD=0.01']);
    expect(sweep?.trials[0]?.seeds.map(({ seed }) => seed)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
    expect(sweep?.trials[0]?.seeds[4]?.scores.js).toBeCloseTo(scoreOf(5), 12);
  });

  it('finds nothing where nothing changed, by one look at the first seeds, trained anew', async () => {
    const night = await train(await begin({ baseline: 'main' }), () => 1);
    expect(night.verdict).toBe('unchanged');
    expect(night.looks.map(({ sweeps }) => sweeps[0]?.seeds)).toEqual([[1, 2, 3, 4]]);
    expect(
      night.report?.questions.map(({ label, verdict, identical, pairs }) => [label, verdict, identical, pairs]),
    ).toEqual([
      [expect.stringContaining('lrG='), 'unchanged', true, 4],
      [expect.stringContaining('lrG='), 'unchanged', true, 4],
      ['all together', 'unchanged', true, 4],
    ]);
    const sweeps = (await service.client.listSweeps({ q: 'ring' })).items;
    expect(sweeps).toHaveLength(2);
    expect(sweeps.map(({ adoptedRunCount }) => adoptedRunCount)).toEqual([0, 0]);
  });

  it('trains the seeds that lack where the first ones settle nothing, once, and then finds the regression', async () => {
    // About a fifth worse, but the first seeds disagree by far more.
    const night = await train(await begin({ baseline: 'main' }), (seed) =>
      seed <= 4 ? ([0.9, 1.6, 1.1, 1.3][seed - 1] ?? 1) : 1.25 + 0.02 * Math.cos(seed),
    );
    expect(night.looks.map(({ sweeps }) => sweeps[0]?.seeds)).toEqual([
      [1, 2, 3, 4],
      [5, 6, 7, 8, 9, 10, 11, 12],
    ]);
    expect(night.verdict).toBe('regressed');
    const [question] = night.report?.questions ?? [];
    expect(question).toMatchObject({ verdict: 'regressed', pairs: 12 });
    expect(question?.worse).toBeGreaterThan(0.15);
    const looks = (await service.client.listSweeps({ q: 'ring' })).items;
    expect(looks).toHaveLength(4);
    const { items } = await service.client.listVerdicts({});
    expect(items[0]).toMatchObject({
      id: night.id,
      verdict: 'regressed',
      counts: { regressed: 3 },
      scheduledFor: null,
    });
  });

  it('says what changed since the baseline, package by package', async () => {
    const baseline = await service.client.getBaseline({ name: 'main' });
    const old = {
      ...baseline,
      name: 'old',
      circumstances: {
        ...baseline.circumstances,
        commit: 'decade',
        lockfile: { hash: 'a', packages: { ...circumstances.lockfile?.packages, zod: '0.0.1', gone: '1.0.0' } },
        backends: ['wasm 1 on cpu'],
        trainingVersion: 1,
      },
    };
    await service.client.saveBaseline({ body: old });
    expect((await service.client.listBaselines({})).items.map(({ name }) => name)).toEqual(['main', 'old']);
    const id = await begin({ baseline: 'old' });
    const night = await train(id, () => 1);
    const said = Object.fromEntries((night.report?.changes ?? []).map(({ what, details }) => [what, details]));
    expect(Object.keys(said)).toEqual([
      ...(circumstances.commit === null ? [] : ['commit']),
      'lockfile',
      'backend',
      'training version',
    ]);
    // The answer has the hash alone: hundreds of packages are in no list.
    const raw = (await (await fetch(`${service.address}/api/v1/verdicts/${id}`)).json()) as NightAnswer;
    expect(raw.report?.circumstances.lockfile).toEqual({ hash: circumstances.lockfile?.hash });
    expect(said.lockfile).toEqual(['gone 1.0.0 → absent', expect.stringMatching(/^zod 0\.0\.1 → \d/)]);
  });

  it('could not run where its sweep was cancelled', async () => {
    const id = await begin({ baseline: 'main' });
    await tendNights(tools());
    const night = await service.client.getVerdict({ id });
    await service.client.cancelSweep({ id: night.looks[0]?.sweeps[0]?.sweepId ?? '' });
    expect((await train(id, () => 1)).report).toMatchObject({
      verdict: 'could-not-run',
      faults: ['ring: its sweep was cancelled'],
    });
  });

  it('could not run where a run failed, says why, and makes no baseline of what is left', async () => {
    const id = await begin({ saveBaseline: 'part' });
    await tendNights(tools());
    const [unlucky, ...others] = await claimAll(service);
    if (!unlucky) throw new Error('nothing waits');
    const { runId, epoch } = unlucky;
    const failure = { kind: 'user', message: 'no such kernel' } as const;
    expect(await service.store.runs.fail({ runId, epoch, failure, exitCode: 1, signal: null, seconds: 1 })).toBe(
      'failed',
    );
    for (const run of others) await succeed(service, run, 0.4);
    const night = await train(id, () => 1);
    expect(night.report).toMatchObject({
      verdict: 'could-not-run',
      faults: [expect.stringMatching(/^ring lrG=\S+ lrD=\S+, seed \d+: the run ended as failed: no such kernel$/)],
    });
    await expect(service.client.getBaseline({ name: 'part' })).rejects.toMatchObject({ status: 404 });
  });

  it('could not run where its failures paused its sweep, says what failed, and trains no more of it', async () => {
    const id = await begin({ baseline: 'main' });
    await tendNights(tools());
    const failure = { kind: 'user', message: 'no such kernel' } as const;
    for (const { runId, epoch } of (await claimAll(service)).slice(0, 3))
      await service.store.runs.fail({ runId, epoch, failure, exitCode: 1, signal: null, seconds: 1 });
    await service.store.reconciler.completeSweeps();
    const night = await train(id, () => 1);
    expect(night.report?.verdict).toBe('could-not-run');
    expect(night.report?.faults).toEqual([
      'ring: the service paused its sweep. Three runs failed because of the spec or the data set.',
      ...Array.from({ length: 3 }, () => expect.stringMatching(/seed \d+: the run ended as failed: no such kernel$/)),
    ]);
    const sweepId = night.looks[0]?.sweeps[0]?.sweepId ?? '';
    await expect.poll(async () => (await service.client.getSweep({ id: sweepId })).state).toBe('cancelled');
  });

  it('takes a baseline of 150 seeds of forty configurations, and says what is too much', async () => {
    const whole = await service.client.getBaseline({ name: 'main' });
    const seeds = Array.from({ length: 150 }, (_, i) => ({
      seed: i + 1,
      state: 'succeeded' as const,
      scores: { 'fd-lenet': 40 + Math.sin(i), 'kid-lenet': Math.cos(i) },
    }));
    const sweeps = whole.sweeps.map((sweep) => ({
      ...sweep,
      trials: Array.from({ length: 40 }, (_, i) => ({
        id: i.toString(16).padStart(64, '0'),
        label: `lr=${i}`,
        passports: {},
        seeds,
      })),
    }));
    const large = { ...whole, name: 'large', sweeps };
    await service.client.saveBaseline({ body: large });
    expect((await service.client.getBaseline({ name: 'large' })).sweeps).toEqual(sweeps);
    const tooMuch = await service.post('/api/v1/baselines', ' '.repeat(9 * 2 ** 20));
    expect(tooMuch.status).toBe(413);
    expect(await tooMuch.json()).toMatchObject({
      detail: 'this may have 8 MiB: split the folder of regression sweeps',
    });
    expect((await service.post('/api/v1/sweeps', ' '.repeat(300 * 1024))).status).toBe(413);
  });

  it('refuses what it cannot judge, with the mend', async () => {
    await expect(begin({ baseline: 'nobody' })).rejects.toThrow(
      /no baseline 'nobody': gansweep nightly --save-baseline/,
    );
    const ask = (spec: Record<string, unknown>): Promise<unknown> =>
      service.client.askVerdict({ body: { baseline: 'main', sweeps: [{ name: 'ring', spec }] } });
    await expect(ask({ ...SPEC, seeds: [77] })).rejects.toThrow(/none of its seeds: save a new one/);
    await expect(ask({ ...SPEC, metric: { name: 'kid-lenet' } })).rejects.toMatchObject({ status: 422 });
  });
});

describe('the circumstances of the service', () => {
  it('are its commit and the packages of its lockfile', async () => {
    const root = path.resolve(import.meta.dirname, '../../..');
    const { commit, lockfile } = await serviceCircumstances(root);
    const { stdout } = await promisify(execFile)('git', ['rev-parse', 'HEAD'], { cwd: root }).catch(() => ({
      stdout: '',
    }));
    expect(commit?.replace('+changes', '') ?? '').toBe(stdout.trim());
    const text = readFileSync(path.join(root, 'package-lock.json'));
    expect(lockfile?.hash).toBe(createHash('sha256').update(text).digest('hex'));
    expect(lockfile?.packages.zod).toMatch(/^\d+\.\d+\.\d+$/);
    expect(await serviceCircumstances('/nowhere')).toEqual({ commit: null, lockfile: null });
  });
});
