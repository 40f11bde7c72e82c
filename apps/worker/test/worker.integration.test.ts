import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { RunId, SweepId } from '@gansweep/domain';
import { growSweep, submitSweep } from '@gansweep/orchestrator';
import { buildConfiguration, buildDigits, newId } from '@gansweep/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  checkpointsOf,
  curveOf,
  DEADLINE,
  findingsOf,
  folder,
  imagesOf,
  LONG,
  rowOf,
  sql,
  startSharedWorker,
  startWorkerProcess,
  stateOf,
  store,
  submit,
  submitRun,
  trainersOf,
} from './real-workers.ts';

/** G is never updated, so D wins. */
const D_WINS = buildConfiguration({ gSteps: 0, lrD: 1e-2, widthD: 32, images: 320_000 });

describe('a worker', () => {
  let worker: ChildProcess;
  beforeAll(() => {
    worker = startSharedWorker();
  });
  /** A test that failed must not leave a run that the next one waits for. */
  afterEach(async () => {
    const { rows } = await sql.query<{ uid: RunId }>('SELECT uid FROM run WHERE ended_at IS NULL');
    for (const { uid } of rows) await store.sweeps.cancelRun(uid);
  });
  afterAll(async () => {
    worker.kill('SIGTERM');
    expect(await once(worker, 'exit')).toEqual([0, null]);
  });

  it('takes a run from the queue to its result, with curves, samples, evaluations and checkpoints', async () => {
    const run = await submit({ images: 32_000 });
    await expect.poll(() => stateOf(run), DEADLINE).toBe('succeeded');
    const { rows } = await sql.query(
      `SELECT (SELECT count(*)::int FROM sample x WHERE x.run_id = r.id) AS samples,
         (SELECT array_agg(x.name ORDER BY x.name) FROM panel x WHERE x.run_id = r.id) AS panels,
              (SELECT count(*)::int FROM evaluation x WHERE x.run_id = r.id) AS evaluations,
              (SELECT count(*)::int FROM checkpoint x WHERE x.run_id = r.id AND kind = 'generator') AS generators,
              (SELECT a.backend_name FROM attempt a WHERE a.run_id = r.id) AS backend
       FROM run r WHERE uid = $1`,
      [run],
    );
    const panels = ['d-response', 'd-surface', 'g-manifold'];
    expect(rows[0]).toEqual({ samples: 5, panels, evaluations: 4, generators: 4, backend: 'wasm' });
    const curve = await curveOf(run);
    // 500 iterations recorded every 12: 41 whole intervals and a shorter last one, for each of eight curves; and twenty
    // looks at the diversity of samples.
    expect(curve).toHaveLength(42 * 8 + 20);
  });

  it('trains on images that a thread reads from their file, and records the wait for them', async () => {
    const run = await submitRun(buildDigits(), 1);
    await expect.poll(() => stateOf(run), DEADLINE).toBe('succeeded');
    const { rows } = await sql.query<{ points: number; least: number; most: number }>(
      `SELECT count(*)::int AS points, min(m.value) AS least, max(m.value) AS most
       FROM canonical_metric m JOIN metric_name n ON n.id = m.name_id JOIN run r ON r.id = m.run_id
       WHERE r.uid = $1 AND n.name = 'dataWait'`,
      [run],
    );
    // 50 iterations, each recorded.
    expect(rows[0]?.points).toBe(50);
    expect(rows[0]?.least).toBeGreaterThanOrEqual(0);
    expect(rows[0]?.most).toBeLessThanOrEqual(1);
    const files = readdirSync(path.join(folder, 'datasets')).map((name) => name.replace(/[0-9a-f]{64}/, 'HASH'));
    expect(files.sort()).toEqual([
      'mnist.test.32x32x1.b2d8f5bf3917.HASH.u8',
      'mnist.test.labels.b2d8f5bf3917.HASH.u8',
      'mnist.train.32x32x1.b2d8f5bf3917.HASH.u8',
      'mnist.train.labels.b2d8f5bf3917.HASH.u8',
    ]);
  });

  it('ends a run whose loss is not finite as diverged, at the images seen, naming the first bad tensor', async () => {
    const run = await submit({ images: 64_000, lrG: 1e30, lrD: 1e30, loss: 'saturating' });
    await expect.poll(() => stateOf(run), DEADLINE).toBe('diverged');
    const { rows } = await sql.query<{ bad: string; images: string }>(
      'SELECT s.first_bad_tensor AS bad, s.images_seen AS images FROM result s JOIN run r ON r.id = s.run_id WHERE r.uid = $1',
      [run],
    );
    expect(rows[0]?.bad).toMatch(/^(loss[GD]|[GD]\..+)$/);
    expect(Number(rows[0]?.images)).toBeGreaterThan(0);
  });

  it('records what its detectors see, once and the same when the trainer is killed on the way', async () => {
    // Long enough that the trainer is met alive on a busy machine.
    const run = { ...D_WINS, images: 1_280_000 };
    const undisturbed = await submitRun(run, 5);
    await expect.poll(() => stateOf(undisturbed), DEADLINE).toBe('succeeded');
    const found = await findingsOf(undisturbed);
    expect(found.map(({ name }) => name)).toEqual(expect.arrayContaining(['d-dominance', 'collapse']));
    expect(found.find(({ name }) => name === 'd-dominance')?.evidence.dReal).toBeGreaterThan(0.9);

    const disturbed = await submitRun(run, 5);
    await expect.poll(() => checkpointsOf(disturbed), DEADLINE).toBeGreaterThan(0);
    const [trainer] = trainersOf(worker);
    process.kill(trainer as number, 'SIGKILL');
    await expect.poll(() => stateOf(disturbed), DEADLINE).toBe('succeeded');
    expect((await rowOf(disturbed)).epoch).toBeGreaterThan(1);
    expect(await findingsOf(disturbed)).toEqual(found);
  });

  it('ends a run as pruned at the very border of a finding that is to end it', async () => {
    const run = await submitRun(D_WINS, 5, null, { 'd-dominance': 'end' });
    await expect.poll(() => stateOf(run), DEADLINE).toBe('pruned');
    const [first, ...others] = await findingsOf(run);
    expect(first?.name).toBe('d-dominance');
    expect(others).toEqual([]);
    expect(await imagesOf(run)).toBe(first?.images);
  });

  it('lets a finding that is to pause its sweep pause it once', async () => {
    const run = await submitRun({ ...D_WINS, images: 3_200_000 }, 5, null, { 'd-dominance': 'pause' });
    const sweep = async (): Promise<{ state: string; because: string | null; uid: SweepId } | undefined> => {
      await store.reconciler.completeSweeps();
      const { rows } = await sql.query<{ state: string; because: string | null; uid: SweepId }>(
        'SELECT s.uid, s.state, s.paused_because AS because FROM sweep s JOIN sweep_run m ON m.sweep_id = s.id JOIN run r ON r.id = m.run_id WHERE r.uid = $1',
        [run],
      );
      return rows[0];
    };
    await expect.poll(async () => (await sweep())?.state, DEADLINE).toBe('paused');
    expect((await sweep())?.because).toBe(
      `Run ${run}: d-dominance was found, and onFinding says pause. Resume the sweep to go on.`,
    );
    await expect.poll(() => stateOf(run), DEADLINE).toBe('queued');
    await store.sweeps.resume((await sweep())?.uid as SweepId);
    await expect.poll(() => stateOf(run), DEADLINE).toBe('running');
    expect((await sweep())?.state).toBe('active');
    await store.sweeps.cancel((await sweep())?.uid as SweepId);
    await expect.poll(() => stateOf(run), DEADLINE).toBe('cancelled');
  });

  it('searches: a worker alone proposes trials from the results of those that it trained', async () => {
    const text = [
      'name: searched',
      'method: tpe',
      'run_cap: 5',
      'search: { startup: 3, parallel: 1 }',
      'metric: { name: js }',
      'parameters:',
      '  model: { value: mlp2d }',
      '  dataset: { value: gaussians }',
      '  images: { value: 1000 }',
      '  widthG: { value: 8 }',
      '  widthD: { value: 8 }',
      '  lr: { distribution: log_uniform_values, min: 1e-4, max: 1e-1 }',
      'evaluation: { samples: 100 }',
    ].join('\n');
    const submitted = await submitSweep(
      { spec: { text, format: 'yaml' }, idempotencyKey: null, newId: newId<SweepId>() },
      store,
    );
    if (!submitted.ok) throw new Error(JSON.stringify(submitted.error));
    const { id } = submitted.value.sweep;
    await expect.poll(async () => (await store.read.getSweep(id))?.state, DEADLINE).toBe('done');
    const trials = await store.read.allTrials(id);
    expect(trials.map(({ states }) => states)).toEqual(Array.from({ length: 5 }, () => ['succeeded']));
    expect(new Set(trials.map(({ config }) => config.lrG)).size).toBe(5);
  });

  it('goes on from the last checkpoint of a shorter run when its sweep grows, as one long run, bit for bit', async () => {
    const spec = (images: number, more: object) => ({
      parameters: {
        model: { value: 'mlp2d' },
        dataset: { value: 'gaussians' },
        images: { value: images },
        batch: { value: 16 },
        widthG: { value: 8 },
        widthD: { value: 8 },
      },
      evaluation: { every: 400, samples: 100 },
      ...more,
    });
    const submitted = async (document: object): Promise<SweepId> => {
      const text = JSON.stringify({ method: 'grid', ...document });
      const answer = await submitSweep({ spec: { text, format: 'json' }, idempotencyKey: null, newId: newId() }, store);
      if (!answer.ok) throw new Error(JSON.stringify(answer.error));
      return answer.value.sweep.id;
    };
    const done = async (id: SweepId) => {
      await expect.poll(async () => (await store.read.getSweep(id))?.state, DEADLINE).toBe('done');
      return (await store.read.listRuns({ sweep: id, state: null, cursor: null, limit: 9 })).items;
    };
    // 65 iterations are recorded one by one, 125 by threes: the shorter run ends amid an interval of the longer one.
    const id = await submitted(spec(1_040, { name: 'short' }));
    const [short] = await done(id);
    const patch = { text: JSON.stringify({ parameters: { images: { value: 2_000 } } }), format: 'json' as const };
    const grown = await growSweep({ id, patch, idempotencyKey: null }, store);
    expect(grown).toMatchObject({
      ok: true,
      value: { addedRunCount: 1, notes: ['1 of 1 longer run go on from the last checkpoints of the shorter ones.'] },
    });
    const [, continued] = await done(id);
    const [whole] = await done(await submitted(spec(2_000, { name: 'whole', reuse: false })));
    if (!short || !continued || !whole) throw new Error('three runs expected');
    expect(continued).toMatchObject({ state: 'succeeded', continues: short.id, imagesSeen: 2_000 });
    expect(continued.attempts.map(({ endedAs, resumedAtImages }) => [endedAs, resumedAtImages])).toEqual([
      ['inherited', 0],
      ['finished', 1_040],
    ]);
    expect(continued.cost.evaluationSeconds).toBeGreaterThan(0);

    const [curve, one, two] = [await curveOf(continued.id), await curveOf(short.id), await curveOf(whole.id)];
    const isLater = (point: string): boolean => Number(/@(\d+)=/.exec(point)?.[1]) > 1_040;
    expect(curve.filter(isLater)).toEqual(two.filter(isLater));
    expect(curve.filter((point) => !isLater(point))).toEqual(one);
    const last = async (run: RunId) =>
      (await store.read.checkpoints(run)).filter(({ imagesSeen }) => imagesSeen === 2_000).map(({ sha256 }) => sha256);
    expect(await last(continued.id)).toEqual(await last(whole.id));
    const scores = async (run: RunId) =>
      (await store.read.evaluations(run)).map(({ imagesSeen, scores }) => ({ imagesSeen, scores }));
    const ofWhole = await scores(whole.id);
    expect(await scores(continued.id)).toEqual([
      ...(await scores(short.id)),
      ...ofWhole.filter(({ imagesSeen }) => imagesSeen > 1_040),
    ]);
    expect(new Set(ofWhole.map(({ imagesSeen }) => imagesSeen))).toEqual(new Set([432, 816, 1_200, 1_632, 2_000]));
  });

  it('stops a run that is cancelled while it trains', async () => {
    const run = await submit({ ...LONG, images: 10_000_000 }, 7);
    await expect.poll(() => imagesOf(run), DEADLINE).toBeGreaterThan(0);
    expect(await store.sweeps.cancelRun(run)).toBe('ok');
    await expect.poll(() => stateOf(run), DEADLINE).toBe('cancelled');
  });

  it('gives a run back, uncounted, that it claimed while its trainer died', async () => {
    await expect.poll(() => trainersOf(worker), DEADLINE).toHaveLength(1);
    const holder = await sql.connect();
    const claiming = async (): Promise<number> => {
      const { rows: waits } = await sql.query<{ n: number }>(
        "SELECT count(*)::int AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%run_claim%' AND pid <> pg_backend_pid()",
      );
      return waits[0]?.n ?? 0;
    };
    let run: RunId;
    try {
      // The claim names its worker, whose row is held: it waits, as in a slow database.
      await holder.query('BEGIN');
      await holder.query('SELECT FROM worker WHERE ended_at IS NULL FOR UPDATE');
      run = await submit({ images: 32_000, nz: 6 });
      await expect.poll(claiming, DEADLINE).toBe(1);
      const [trainer] = trainersOf(worker);
      process.kill(trainer as number, 'SIGKILL');
      await expect.poll(() => existsSync(`/proc/${trainer}`), DEADLINE).toBe(false);
    } finally {
      await holder.query('COMMIT');
      holder.release();
    }
    await expect.poll(() => stateOf(run), DEADLINE).toBe('succeeded');
    const attempts = await sql.query(
      `SELECT a.ended_as, r.n_infra, r.n_crash FROM attempt a JOIN run r ON r.id = a.run_id WHERE r.uid = $1 ORDER BY a.epoch`,
      [run],
    );
    const uncounted = { n_infra: 0, n_crash: 0 };
    expect(attempts.rows).toEqual([
      { ended_as: 'released', ...uncounted },
      { ended_as: 'finished', ...uncounted },
    ]);
  });

  it('finds its work by polling when the queue was emptied in the middle', async () => {
    const runs = await Promise.all([1, 2, 3].map((seed) => submit({ images: 32_000, nz: 3 }, seed)));
    await expect.poll(() => imagesOf(runs[0] as RunId), DEADLINE).toBeGreaterThan(0);
    await sql.query(`DO $$ DECLARE t text; BEGIN
      FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'bullmq' AND tablename LIKE '%job%' LOOP
        EXECUTE format('TRUNCATE bullmq.%I CASCADE', t);
      END LOOP; END $$`);
    for (const run of runs) await expect.poll(() => stateOf(run), DEADLINE).toBe('succeeded');
  });
});

describe('a worker of its own', () => {
  it('claims as many runs at once as its device suggests, and records why with each attempt', async () => {
    const short = { images: 1_280, nz: 5, layersG: 3, layersD: 3, widthG: 16, widthD: 16 } as const;
    const runs: RunId[] = [];
    for (let i = 0; i < 12; i++) runs.push(await submit({ ...short, lrG: 1e-4 * (i + 1) }, 31));
    const long = await submit({ ...LONG, images: 50_000_000 }, 32);
    await sql.query('UPDATE worker SET ended_at = now() WHERE ended_at IS NULL');
    const worker = startWorkerProcess();
    for (const run of runs) await expect.poll(() => stateOf(run), DEADLINE).toBe('succeeded');
    await expect.poll(() => imagesOf(long), DEADLINE).toBeGreaterThan(0);
    const { rows } = await sql.query<{ size: number; because: string }>(
      `SELECT a.pack_size AS size, a.pack_because AS because FROM attempt a JOIN run r ON r.id = a.run_id
       WHERE r.uid = ANY ($1) ORDER BY r.id`,
      [[...runs, long]],
    );
    // Twenty steps take less than a millisecond, an attempt ten and more: nothing but a large pack is fast.
    const costs = /^an attempt costs [\d.]+ m?s beside [\d.]+ m?s of training/;
    for (const { size, because } of rows.slice(0, -1)) {
      expect(size).toBeGreaterThan(4);
      expect(because).toMatch(costs);
    }
    expect(rows.at(-1)?.size).toBe(1);
    expect(rows.at(-1)?.because).toMatch(costs);
    const shown = await store.read.getRun(long);
    expect(shown?.attempts[0]?.pack).toEqual(rows.at(-1));
    const kept = readdirSync(path.join(folder, 'probes'))
      .map((name) => readFileSync(path.join(folder, 'probes', name), 'utf8'))
      .find((text) => text.includes(' | wasm | '));
    expect(JSON.parse(kept as string)).toMatchObject({
      of: expect.stringContaining(' | wasm | '),
      costs: { dense: { lanes: [] }, convolutional: null },
    });
    await store.sweeps.cancelRun(long);
    await expect.poll(() => stateOf(long), DEADLINE).toBe('cancelled');
    worker.kill('SIGTERM');
    await once(worker, 'exit');
  });

  it('gives each slot a GPU of its own where there are several', async () => {
    const bin = path.join(folder, 'bin');
    mkdirSync(bin, { recursive: true });
    const listing = [0, 1].map((i) => `echo 'GPU ${i}: NVIDIA T4 (UUID: GPU-aa-${i})'`).join('\n');
    writeFileSync(path.join(bin, 'nvidia-smi'), `#!/bin/sh\n${listing}\n`, { mode: 0o755 });
    const worker = startWorkerProcess(2, { PATH: `${bin}:${process.env.PATH}`, GANSWEEP_BACKEND: 'wasm' });
    await expect.poll(() => trainersOf(worker), DEADLINE).toHaveLength(2);
    const seen = trainersOf(worker).map((pid) =>
      readFileSync(`/proc/${pid}/environ`, 'utf8')
        .split('\0')
        .find((line) => line.startsWith('CUDA_VISIBLE_DEVICES=')),
    );
    expect(seen.sort()).toEqual(['CUDA_VISIBLE_DEVICES=GPU-aa-0', 'CUDA_VISIBLE_DEVICES=GPU-aa-1']);
    worker.kill('SIGTERM');
    await once(worker, 'exit');
  });
});
