import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { findBackend } from '@gansweep/backends';
import {
  type Configuration,
  dataHashOf,
  MACHINE_CURVES,
  type Mlp2dConfiguration,
  type RunId,
  type SweepId,
  type TrialId,
} from '@gansweep/domain';
import { decodeCheckpoint } from '@gansweep/gan';
import { type EvaluationPlan, growSweep, submitSweep } from '@gansweep/orchestrator';
import { readConfig } from '@gansweep/runtime';
import { createStore, type Store } from '@gansweep/store';
import {
  buildConfiguration,
  buildDigits,
  buildSweep,
  createTestDatabase,
  newId,
  type TestDatabase,
} from '@gansweep/testkit';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

/** Real workers as processes of their own, on a real database, training real GANs; timers are scaled down. */
const TIMERS = {
  GANSWEEP_HEARTBEAT_MS: '200',
  GANSWEEP_LEASE_MS: '2000',
  GANSWEEP_POLL_MS: '200',
  GANSWEEP_CHECKPOINT_MS: '150',
};
const HOUSEKEEPING_MS = 100;
const DEADLINE = { timeout: 40_000, interval: 50 };

let database: TestDatabase;
let store: Store;
let sql: pg.Pool;
let housekeeping: NodeJS.Timeout;
const folder = mkdtempSync(path.join(tmpdir(), 'gansweep-worker-'));
const workers: ChildProcess[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  store = createStore({ databaseUrl: database.url });
  sql = new pg.Pool({ connectionString: database.url, max: 3 });
  housekeeping = setInterval(() => {
    void store.reconciler.reap({ marginMs: 200, presenceGraceMs: 300 }).catch(() => {});
    void store.reconciler.promote().catch(() => {});
  }, HOUSEKEEPING_MS);
});
afterAll(async () => {
  clearInterval(housekeeping);
  await sql.end();
  await store.close();
  await database[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const { backendHome } = readConfig(process.env);
const HAS_TENSORFLOW = findBackend('tensorflow', backendHome).kind === 'installed';

function startWorkerProcess(slots = 1, settings: Readonly<Record<string, string>> = {}): ChildProcess {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const worker = spawn(process.execPath, ['--import', tsx, path.join(import.meta.dirname, 'worker-main.ts')], {
    env: {
      ...process.env,
      ...TIMERS,
      ...settings,
      DATABASE_URL: database.url,
      GANSWEEP_ARTIFACTS: `file:${folder}`,
      GANSWEEP_HOME: folder,
      GANSWEEP_BACKEND_HOME: backendHome,
      GANSWEEP_SLOTS: String(slots),
      LOG_LEVEL: process.env.LOG_LEVEL ?? 'warn',
      REDIS_URL: '',
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  workers.push(worker);
  return worker;
}

/** A test that failed must not leave a worker that takes the next one's run. */
afterEach(async () => {
  for (const worker of workers.splice(0)) {
    if (worker.exitCode !== null || worker.signalCode !== null) continue;
    const gone = once(worker, 'exit');
    worker.kill('SIGKILL');
    await gone;
  }
});

let trials = 0;
async function submit(overrides: Partial<Mlp2dConfiguration>, seed = 1, every: number | null = null): Promise<RunId> {
  return submitRun(
    buildConfiguration({ dataset: 'gaussians', adamEps: 1e-8, widthG: 8, widthD: 8, ...overrides }),
    seed,
    every,
  );
}

async function submitRun(
  configuration: Configuration,
  seed: number,
  every: number | null = null,
  onFinding: EvaluationPlan['onFinding'] = {},
): Promise<RunId> {
  const protocol = configuration.model === 'mlp2d' ? 'density2d/v1' : 'kid-lenet/v1';
  const trialId = (trials++).toString(16).padStart(64, '0') as TrialId;
  const answer = await store.sweeps.create(
    buildSweep({
      id: newId(),
      plan: { every, samples: 100, protocols: [protocol], onFinding },
      trialCount: 1,
      runCount: 1,
    }),
    [{ index: 0, trialId, configuration, seed, dataHash: dataHashOf(configuration.dataset, []) }],
  );
  if (answer.kind === 'key-reused') throw new Error('key reused');
  const { rows } = await sql.query<{ uid: RunId }>(
    'SELECT r.uid FROM run r JOIN sweep_run m ON m.run_id = r.id JOIN sweep s ON s.id = m.sweep_id WHERE s.uid = $1',
    [answer.sweep.id],
  );
  return (rows[0] as { uid: RunId }).uid;
}

interface RunRow {
  readonly state: string;
  readonly epoch: number;
  readonly images: string;
}
async function rowOf(run: RunId): Promise<RunRow> {
  const { rows } = await sql.query<RunRow>('SELECT state, epoch, images_seen AS images FROM run WHERE uid = $1', [run]);
  return rows[0] as RunRow;
}
const stateOf = async (run: RunId): Promise<string> => (await rowOf(run)).state;
const imagesOf = async (run: RunId): Promise<number> => Number((await rowOf(run)).images);

async function checkpointsOf(run: RunId): Promise<number> {
  const { rows } = await sql.query<{ count: number }>(
    "SELECT count(*)::int AS count FROM checkpoint c JOIN run r ON r.id = c.run_id WHERE r.uid = $1 AND c.kind = 'full'",
    [run],
  );
  return (rows[0] as { count: number }).count;
}

/** The canonical curve but for the wall clock: `name@images → value`. */
async function curveOf(run: RunId): Promise<readonly string[]> {
  const { rows } = await sql.query<{ point: string }>(
    `SELECT n.name || '@' || m.images_seen || '=' || m.value AS point
     FROM canonical_metric m JOIN metric_name n ON n.id = m.name_id JOIN run r ON r.id = m.run_id
     WHERE r.uid = $1 AND n.name <> ALL ($2) ORDER BY n.name, m.images_seen`,
    [run, MACHINE_CURVES],
  );
  return rows.map(({ point }) => point);
}

async function fullCheckpointsOf(run: RunId, epoch: number): Promise<number> {
  const { rows } = await sql.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM checkpoint c JOIN run r ON r.id = c.run_id
     WHERE r.uid = $1 AND c.epoch = $2 AND c.kind = 'full'`,
    [run, epoch],
  );
  return rows[0]?.n ?? 0;
}

/** The canonical scores: `name@images=value`. */
async function scoresOf(run: RunId): Promise<readonly string[]> {
  const { rows } = await sql.query<{ score: string }>(
    `SELECT s.name || '@' || e.images_seen || '=' || s.value AS score
     FROM canonical_evaluation e JOIN score s ON s.evaluation_id = e.id JOIN run r ON r.id = e.run_id
     WHERE r.uid = $1 ORDER BY e.images_seen, s.name`,
    [run],
  );
  return rows.map(({ score }) => score);
}

/** Tensors of the last full checkpoint. */
async function finalTensors(run: RunId): Promise<unknown> {
  const { rows } = await sql.query<{ artifact: string }>(
    `SELECT c.artifact FROM checkpoint c JOIN run r ON r.id = c.run_id
     WHERE r.uid = $1 AND c.kind = 'full' ORDER BY c.images_seen DESC, c.epoch DESC LIMIT 1`,
    [run],
  );
  const checkpoint = decodeCheckpoint(
    new Uint8Array(readFileSync(path.join(folder, (rows[0] as { artifact: string }).artifact))),
  );
  return { imagesSeen: checkpoint.imagesSeen, tensors: checkpoint.tensors };
}

function trainersOf(worker: ChildProcess): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        const isTrainer = readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('gansweep trainer');
        return isTrainer && Number(fields[1]) === worker.pid && fields[0] !== 'Z' ? [Number(name)] : [];
      } catch {
        return [];
      }
    });
}

const isAlive = (pid: number): boolean => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2)[0] !== 'Z';
  } catch {
    return false;
  }
};

interface FoundRow {
  readonly name: string;
  readonly images: number;
  readonly evidence: Readonly<Record<string, unknown>>;
}
async function findingsOf(run: RunId): Promise<readonly FoundRow[]> {
  const { rows } = await sql.query<FoundRow>(
    `SELECT f.name, f.images_seen::int AS images, f.evidence FROM canonical_finding f JOIN run r ON r.id = f.run_id
     WHERE r.uid = $1 ORDER BY f.images_seen, f.name`,
    [run],
  );
  return rows;
}

/** G is never updated, so D wins. */
const D_WINS = buildConfiguration({ gSteps: 0, lrD: 1e-2, widthD: 32, images: 320_000 });

/** Long enough to be killed twice, short enough for a test. */
const LONG = { images: 640_000, layersG: 2, layersD: 2 } as const;

describe('a worker', () => {
  it('takes a run from the queue to its result, with curves, samples, evaluations and checkpoints', async () => {
    const worker = startWorkerProcess();
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
    worker.kill('SIGTERM');
    expect(await once(worker, 'exit')).toEqual([0, null]);
  });

  it('trains on images that a thread reads from their file, and records the wait for them', async () => {
    const worker = startWorkerProcess();
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
    worker.kill('SIGTERM');
    expect(await once(worker, 'exit')).toEqual([0, null]);
  });

  it('ends a run whose loss is not finite as diverged, at the images seen, naming the first bad tensor', async () => {
    const worker = startWorkerProcess();
    const run = await submit({ images: 64_000, lrG: 1e30, lrD: 1e30, loss: 'saturating' });
    await expect.poll(() => stateOf(run), DEADLINE).toBe('diverged');
    const { rows } = await sql.query<{ bad: string; images: string }>(
      'SELECT s.first_bad_tensor AS bad, s.images_seen AS images FROM result s JOIN run r ON r.id = s.run_id WHERE r.uid = $1',
      [run],
    );
    expect(rows[0]?.bad).toMatch(/^(loss[GD]|[GD]\..+)$/);
    expect(Number(rows[0]?.images)).toBeGreaterThan(0);
    worker.kill('SIGTERM');
    await once(worker, 'exit');
  });

  it('records what its detectors see, once and the same when the trainer is killed on the way', async () => {
    const worker = startWorkerProcess();
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
    worker.kill('SIGTERM');
    await once(worker, 'exit');
  });

  it('ends a run as pruned at the very border of a finding that is to end it', async () => {
    const worker = startWorkerProcess();
    const run = await submitRun(D_WINS, 5, null, { 'd-dominance': 'end' });
    await expect.poll(() => stateOf(run), DEADLINE).toBe('pruned');
    const [first, ...others] = await findingsOf(run);
    expect(first?.name).toBe('d-dominance');
    expect(others).toEqual([]);
    expect(await imagesOf(run)).toBe(first?.images);
    worker.kill('SIGTERM');
    await once(worker, 'exit');
  });

  it('lets a finding that is to pause its sweep pause it once', async () => {
    const worker = startWorkerProcess();
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
    worker.kill('SIGKILL');
    await once(worker, 'exit');
    await store.sweeps.cancel((await sweep())?.uid as SweepId);
  });

  it('trains a run whose trainer and then whose worker is killed to the same bits, with every point once', async () => {
    const calm = startWorkerProcess();
    const undisturbed = await submit(LONG, 5);
    await expect.poll(() => stateOf(undisturbed), DEADLINE).toBe('succeeded');

    const disturbed = await submit(LONG, 5);
    await expect.poll(() => imagesOf(disturbed), DEADLINE).toBeGreaterThan(100_000);
    const [trainer] = trainersOf(calm);
    process.kill(trainer as number, 'SIGKILL');
    await expect.poll(async () => (await rowOf(disturbed)).epoch, DEADLINE).toBeGreaterThan(1);
    await expect.poll(() => imagesOf(disturbed), DEADLINE).toBeGreaterThan(300_000);
    const orphans = trainersOf(calm);
    calm.kill('SIGKILL');
    expect(orphans).toHaveLength(1);
    await expect.poll(() => orphans.filter(isAlive), { timeout: 2_000 }).toEqual([]);
    const other = startWorkerProcess();
    await expect.poll(() => stateOf(disturbed), DEADLINE).toBe('succeeded');

    expect((await rowOf(disturbed)).epoch).toBeGreaterThan(2);
    expect(await finalTensors(disturbed)).toEqual(await finalTensors(undisturbed));
    expect(await curveOf(disturbed)).toEqual(await curveOf(undisturbed));
    const resumes = await sql.query<{ resumed: string }>(
      'SELECT a.resume_images AS resumed FROM attempt a JOIN run r ON r.id = a.run_id WHERE r.uid = $1 ORDER BY a.epoch',
      [disturbed],
    );
    expect(resumes.rows.slice(1).every(({ resumed }) => Number(resumed) > 0)).toBe(true);
    other.kill('SIGTERM');
    expect(await once(other, 'exit')).toEqual([0, null]);
  }, 90_000);

  it.skipIf(!HAS_TENSORFLOW)(
    'trains images by TensorFlow where that was asked for, says so of each attempt, and resumes a killed one to the same bits',
    async () => {
      const digits = buildDigits({ images: 2_000 });
      const worker = startWorkerProcess(1, { GANSWEEP_BACKEND: 'tensorflow' });
      const undisturbed = await submitRun(digits, 3);
      await expect.poll(() => stateOf(undisturbed), DEADLINE).toBe('succeeded');
      const disturbed = await submitRun(digits, 3);
      await expect.poll(() => checkpointsOf(disturbed), DEADLINE).toBeGreaterThan(0);
      const [trainer] = trainersOf(worker);
      process.kill(trainer as number, 'SIGKILL');
      await expect.poll(() => stateOf(disturbed), DEADLINE).toBe('succeeded');

      const attempts = await sql.query(
        `SELECT a.backend_name AS name, a.backend_device AS device, a.resume_images > 0 AS resumed
         FROM attempt a JOIN run r ON r.id = a.run_id WHERE r.uid = $1 ORDER BY a.epoch`,
        [disturbed],
      );
      const by = { name: 'tensorflow', device: 'cpu' };
      expect(attempts.rows).toEqual([
        { ...by, resumed: false },
        { ...by, resumed: true },
      ]);
      expect(await finalTensors(disturbed)).toEqual(await finalTensors(undisturbed));
      expect(await curveOf(disturbed)).toEqual(await curveOf(undisturbed));
      worker.kill('SIGTERM');
      expect(await once(worker, 'exit')).toEqual([0, null]);
    },
    90_000,
  );

  it('scores beside the training what it scores between calls, once for each point, also when it is killed meanwhile', async () => {
    const still = startWorkerProcess(1, { GANSWEEP_EVALUATION_SHARE: '1' });
    const undisturbed = await submit(LONG, 8, 16_000);
    await expect.poll(() => stateOf(undisturbed), DEADLINE).toBe('succeeded');
    still.kill('SIGTERM');
    await once(still, 'exit');

    const moving = startWorkerProcess(1, { GANSWEEP_EVALUATION_SHARE: '0' });
    const disturbed = await submit(LONG, 8, 16_000);
    // The first checkpoint of an attempt belongs to its first evaluation, for which the thread has to start: were it
    // recorded before that is scored, the next attempt would begin behind it.
    for (const epoch of [1, 2, 3]) {
      await expect.poll(() => fullCheckpointsOf(disturbed, epoch), { ...DEADLINE, interval: 5 }).toBeGreaterThan(0);
      process.kill(trainersOf(moving)[0] as number, 'SIGKILL');
      await expect.poll(async () => (await rowOf(disturbed)).epoch, DEADLINE).toBe(epoch + 1);
    }
    await expect.poll(() => stateOf(disturbed), DEADLINE).toBe('succeeded');

    const scores = await scoresOf(disturbed);
    // Two scores at each of forty places.
    expect(scores).toHaveLength(80);
    expect(scores).toEqual(await scoresOf(undisturbed));
    expect(await curveOf(disturbed)).toEqual(await curveOf(undisturbed));
    expect(await finalTensors(disturbed)).toEqual(await finalTensors(undisturbed));
    moving.kill('SIGTERM');
    expect(await once(moving, 'exit')).toEqual([0, null]);
  }, 90_000);

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
    startWorkerProcess();
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
    startWorkerProcess();
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

  it('checkpoints and releases its run when it is drained, and another worker goes on with it', async () => {
    const first = startWorkerProcess();
    const run = await submit({ ...LONG, images: 5 * LONG.images }, 6);
    await expect.poll(() => imagesOf(run), DEADLINE).toBeGreaterThan(50_000);
    first.kill('SIGTERM');
    expect(await once(first, 'exit')).toEqual([0, null]);
    expect(await stateOf(run)).toBe('queued');
    const second = startWorkerProcess();
    await expect.poll(() => stateOf(run), DEADLINE).toBe('succeeded');
    second.kill('SIGTERM');
    await once(second, 'exit');
  });

  it('stops a run that is cancelled while it trains', async () => {
    const worker = startWorkerProcess();
    const run = await submit({ ...LONG, images: 10_000_000 }, 7);
    await expect.poll(() => imagesOf(run), DEADLINE).toBeGreaterThan(0);
    expect(await store.sweeps.cancelRun(run)).toBe('ok');
    await expect.poll(() => stateOf(run), DEADLINE).toBe('cancelled');
    worker.kill('SIGTERM');
    await once(worker, 'exit');
  });

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

  it('gives a run back, uncounted, that it claimed while its trainer died', async () => {
    const worker = startWorkerProcess();
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

  it('finds its work by polling when the queue was emptied in the middle', async () => {
    const runs = await Promise.all([1, 2, 3].map((seed) => submit({ images: 32_000, nz: 3 }, seed)));
    const worker = startWorkerProcess();
    await expect.poll(() => imagesOf(runs[0] as RunId), DEADLINE).toBeGreaterThan(0);
    await sql.query(`DO $$ DECLARE t text; BEGIN
      FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'bullmq' AND tablename LIKE '%job%' LOOP
        EXECUTE format('TRUNCATE bullmq.%I CASCADE', t);
      END LOOP; END $$`);
    for (const run of runs) await expect.poll(() => stateOf(run), DEADLINE).toBe('succeeded');
    worker.kill('SIGTERM');
    await once(worker, 'exit');
  });

  it('trains a refilled pack in which a lane gets NaN, one is cancelled, one pruned and the trainer is killed as if each were alone', async () => {
    const shared = { images: 1_500_000, nz: 4 };
    const [first, second] = [await submit(shared, 21), await submit({ ...shared, lrG: 3e-4, noise: 'uniform' }, 22)];
    const mad = await submit({ ...shared, lrG: 1e30, lrD: 1e30, loss: 'non-saturating' }, 23);
    const [unwanted, poor] = [await submit(shared, 24), await submit(shared, 25)];
    const refills = [await submit({ ...shared, beta1: 0 }, 26), await submit(shared, 27), await submit(shared, 28)];
    const [late] = refills as [RunId];
    // Workers that earlier tests killed would have their share.
    await sql.query('UPDATE worker SET ended_at = now() WHERE ended_at IS NULL');
    const worker = startWorkerProcess(1, { TEST_PACK_SIZE: '5' });
    await expect.poll(() => imagesOf(first), DEADLINE).toBeGreaterThan(0);
    const packs = await sql.query<{ size: number }>(
      'SELECT a.pack_size AS size FROM attempt a JOIN run r ON r.id = a.run_id WHERE r.uid = ANY ($1) AND a.epoch = 1',
      [[first, second, mad, unwanted, poor]],
    );
    expect(packs.rows.map(({ size }) => size)).toEqual([5, 5, 5, 5, 5]);
    expect(await store.sweeps.cancelRun(unwanted)).toBe('ok');
    await sql.query("UPDATE run SET prune_requested = true WHERE uid = $1 AND state = 'running'", [poor]);
    await expect.poll(() => stateOf(unwanted), DEADLINE).toBe('cancelled');
    await expect.poll(() => stateOf(poor), DEADLINE).toBe('pruned');
    await expect.poll(() => stateOf(mad), DEADLINE).toBe('diverged');
    // Their places are taken by the next ones in line, while the first two go on.
    for (const run of refills) await expect.poll(() => imagesOf(run), DEADLINE).toBeGreaterThan(0);
    for (const run of [first, ...refills]) expect(await rowOf(run)).toMatchObject({ state: 'running', epoch: 1 });
    process.kill(trainersOf(worker)[0] as number, 'SIGKILL');
    // Two of the refills have done their part.
    for (const run of refills.slice(1)) await store.sweeps.cancelRun(run);
    for (const run of [first, second, late]) await expect.poll(() => stateOf(run), DEADLINE).toBe('succeeded');
    for (const run of [first, late]) expect((await rowOf(run)).epoch).toBeGreaterThan(1);
    // The same runs again, one after another.
    const alone = await submit(shared, 21);
    await expect.poll(() => stateOf(alone), DEADLINE).toBe('succeeded');
    const aloneToo = await submit({ ...shared, lrG: 3e-4, noise: 'uniform' }, 22);
    await expect.poll(() => stateOf(aloneToo), DEADLINE).toBe('succeeded');
    const aloneLate = await submit({ ...shared, beta1: 0 }, 26);
    await expect.poll(() => stateOf(aloneLate), DEADLINE).toBe('succeeded');
    for (const [packed, solo] of [
      [first, alone],
      [second, aloneToo],
      [late, aloneLate],
    ] as const) {
      expect(await finalTensors(packed)).toEqual(await finalTensors(solo));
      expect(await curveOf(packed)).toEqual(await curveOf(solo));
    }
    worker.kill('SIGTERM');
    expect(await once(worker, 'exit')).toEqual([0, null]);
  }, 90_000);

  it('a slot whose trainers die before they take a run says that it is unwell, and its runs train elsewhere', async () => {
    const plugins = path.join(folder, 'fatal-plugins');
    mkdirSync(plugins);
    writeFileSync(
      path.join(plugins, 'fatal.mjs'),
      `export const noiseLaws = [{ name: 'fatal', doc: 'Shares as they are.', place: (shares) => shares }];
       process.prependListener('message', ({ kind }) => kind === 'train' && process.kill(process.pid, 'SIGSEGV'));`,
    );
    await sql.query('UPDATE worker SET ended_at = now() WHERE ended_at IS NULL');
    const run = await submit({ images: 2_000 }, 51);
    const by = { GANSWEEP_BACKEND: 'wasm', TEST_PACK_SIZE: '1' };
    const broken = startWorkerProcess(1, { ...by, GANSWEEP_PLUGINS: plugins, GANSWEEP_POLL_MS: '2000' });
    await expect
      .poll(async () => (await store.read.listWorkers())[0]?.unwell, DEADLINE)
      .toEqual([{ slot: 0, because: '2 trainers in a row died before they took a run: the trainer died of SIGSEGV' }]);
    startWorkerProcess(1, by);
    await expect.poll(() => stateOf(run), DEADLINE).toBe('succeeded');
    const { rows } = await sql.query<{ as: string; because: string | null }>(
      'SELECT a.ended_as AS as, a.failure_message AS because FROM attempt a JOIN run r ON r.id = a.run_id WHERE r.uid = $1 ORDER BY a.epoch',
      [run],
    );
    expect(rows.slice(0, 2)).toEqual(Array(2).fill({ as: 'released', because: 'the trainer died of SIGSEGV' }));
    broken.kill('SIGTERM');
    expect(await once(broken, 'exit')).toEqual([0, null]);
  }, 60_000);

  it('trains a fused pack whose lanes diverge, are cancelled and pruned, and whose trainer is killed, as if each run were alone', async () => {
    // By the reference executor, whose lanes are those of solo runs to the last bit.
    const shared = { images: 12_000, batch: 8, widthG: 4, widthD: 4, nz: 6 };
    const own = { ...shared, lrG: 3e-4, noise: 'uniform' } as const;
    const [first, second] = [await submit(shared, 41), await submit(own, 42)];
    const mad = await submit({ ...shared, lrG: 1e30, lrD: 1e30 }, 43);
    const [unwanted, poor] = [await submit(shared, 44), await submit(shared, 45)];
    const late = await submit({ ...shared, beta1: 0 }, 46);
    await sql.query('UPDATE worker SET ended_at = now() WHERE ended_at IS NULL');
    const by = { GANSWEEP_BACKEND: 'reference' };
    const worker = startWorkerProcess(1, { ...by, TEST_PACK_SIZE: '5', TEST_FUSED_LANES: '8' });
    await expect.poll(() => imagesOf(first), DEADLINE).toBeGreaterThan(0);
    expect(await store.sweeps.cancelRun(unwanted)).toBe('ok');
    await sql.query("UPDATE run SET prune_requested = true WHERE uid = $1 AND state = 'running'", [poor]);
    await expect.poll(() => stateOf(unwanted), DEADLINE).toBe('cancelled');
    await expect.poll(() => stateOf(poor), DEADLINE).toBe('pruned');
    await expect.poll(() => stateOf(mad), DEADLINE).toBe('diverged');
    // Their places in the call are taken by the next one in line.
    await expect.poll(() => checkpointsOf(late), DEADLINE).toBeGreaterThan(0);
    for (const run of [first, second, late]) expect(await rowOf(run)).toMatchObject({ state: 'running', epoch: 1 });
    process.kill(trainersOf(worker)[0] as number, 'SIGKILL');
    for (const run of [first, second, late]) await expect.poll(() => stateOf(run), DEADLINE).toBe('succeeded');
    const attempts = await sql.query<{ device: string; resumed: boolean }>(
      `SELECT a.backend_device AS device, a.resume_images > 0 AS resumed
       FROM attempt a JOIN run r ON r.id = a.run_id WHERE r.uid = ANY ($1) ORDER BY a.epoch, r.id`,
      [[first, second, late]],
    );
    const device = 'float64, packs of up to 8';
    const [before, after] = [
      { device, resumed: false },
      { device, resumed: true },
    ];
    expect(attempts.rows).toEqual([before, before, before, after, after, after]);
    worker.kill('SIGTERM');
    expect(await once(worker, 'exit')).toEqual([0, null]);
    // The same runs again, each by a program of its own.
    const solo = startWorkerProcess(2, { ...by, TEST_PACK_SIZE: '1' });
    const alone = [await submit(shared, 41), await submit(own, 42), await submit({ ...shared, beta1: 0 }, 46)];
    for (const run of alone) await expect.poll(() => stateOf(run), DEADLINE).toBe('succeeded');
    for (const [i, run] of [first, second, late].entries()) {
      expect(await finalTensors(run)).toEqual(await finalTensors(alone[i] as RunId));
      expect(await curveOf(run)).toEqual(await curveOf(alone[i] as RunId));
    }
    solo.kill('SIGTERM');
    expect(await once(solo, 'exit')).toEqual([0, null]);
  }, 90_000);
});
