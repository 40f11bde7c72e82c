import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { SweepId } from '@gansweep/domain';
import { stoppingWatch, submitSweep } from '@gansweep/orchestrator';
import { readConfig } from '@gansweep/runtime';
import { createStore, type Store } from '@gansweep/store';
import { createTestDatabase, newId, type TestDatabase } from '@gansweep/testkit';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';

/** Real workers on a real database; timers are scaled down. */
const DEADLINE = { timeout: 60_000, interval: 50 };
const folder = mkdtempSync(path.join(tmpdir(), 'gansweep-rungs-'));
const workers: ChildProcess[] = [];
let database: TestDatabase;
let store: Store;
let sql: pg.Pool;
let housekeeping: NodeJS.Timeout;

beforeAll(async () => {
  database = await createTestDatabase();
  store = createStore({ databaseUrl: database.url });
  sql = new pg.Pool({ connectionString: database.url, max: 2 });
  const watch = stoppingWatch(store.stopping);
  housekeeping = setInterval(() => {
    void watch().catch(() => {});
    void store.reconciler.reap({ marginMs: 200, presenceGraceMs: 300 }).catch(() => {});
    void store.reconciler.promote().catch(() => {});
    void store.reconciler.completeSweeps().catch(() => {});
  }, 50);
});
afterEach(async () => {
  for (const worker of workers.splice(0)) await end(worker);
});
afterAll(async () => {
  clearInterval(housekeeping);
  await sql.end();
  await store.close();
  await database[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

function startWorker(slots: number, packSize: number): ChildProcess {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const worker = spawn(process.execPath, ['--import', tsx, path.join(import.meta.dirname, 'worker-main.ts')], {
    env: {
      ...process.env,
      GANSWEEP_HEARTBEAT_MS: '500',
      GANSWEEP_LEASE_MS: '10000',
      GANSWEEP_POLL_MS: '100',
      GANSWEEP_CHECKPOINT_MS: '150',
      DATABASE_URL: database.url,
      GANSWEEP_ARTIFACTS: `file:${folder}`,
      GANSWEEP_HOME: folder,
      GANSWEEP_BACKEND_HOME: readConfig(process.env).backendHome,
      GANSWEEP_SLOTS: String(slots),
      TEST_PACK_SIZE: String(packSize),
      LOG_LEVEL: process.env.LOG_LEVEL ?? 'warn',
      REDIS_URL: '',
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  workers.push(worker);
  return worker;
}

async function end(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return;
  const gone = once(worker, 'exit');
  worker.kill('SIGKILL');
  await gone;
}

const RATES = Array.from({ length: 16 }, (_, i) => Number((1e-4 * 1.5 ** i).toPrecision(3)));
const STOPPING = { early_terminate: { type: 'asha', metric: 'js', min_images: 1280, eta: 3 } };

async function submit(rates: readonly number[], rest: object): Promise<SweepId> {
  const document = {
    name: 'rates',
    method: 'grid',
    order: 'listed',
    reuse: false,
    evaluation: { samples: 100 },
    parameters: {
      model: { value: 'mlp2d' },
      dataset: { value: 'gaussians' },
      images: { value: 11_520 },
      batch: { value: 64 },
      widthG: { value: 8 },
      widthD: { value: 8 },
      lrG: { values: rates },
    },
    ...rest,
  };
  const text = JSON.stringify(document);
  const sweep = await submitSweep({ spec: { text, format: 'json' }, idempotencyKey: null, newId: newId() }, store);
  if (!sweep.ok) throw new Error(JSON.stringify(sweep.error));
  return sweep.value.sweep.id;
}

interface Row {
  readonly lr: number;
  readonly state: string;
  readonly audited: boolean;
  readonly images: number;
  readonly scores: readonly (readonly [number, number])[];
  readonly curve: string;
}
/** The runs of a sweep by learning rate: how each ended, its scores, and its curve as one hash. */
async function runsOf(id: SweepId): Promise<readonly Row[]> {
  const { rows } = await sql.query<Row>(
    `SELECT (t.configuration ->> 'lrG')::float8 AS lr, r.state, m.audited, r.images_seen::int AS images,
       (SELECT jsonb_agg(jsonb_build_array(e.images_seen, s.value) ORDER BY e.images_seen)
        FROM canonical_evaluation e JOIN score s ON s.evaluation_id = e.id AND s.name = 'js' WHERE e.run_id = r.id) AS scores,
       (SELECT md5(string_agg(n.name || c.images_seen || '=' || c.value, ' ' ORDER BY n.name, c.images_seen))
        FROM canonical_metric c JOIN metric_name n ON n.id = c.name_id WHERE c.run_id = r.id AND n.name = ANY ($2)) AS curve
     FROM sweep_run m JOIN sweep s ON s.id = m.sweep_id JOIN run r ON r.id = m.run_id JOIN trial t ON t.id = r.trial_id
     WHERE s.uid = $1 ORDER BY m.idx`,
    [id, ['lossD', 'lossG', 'gradNormD', 'gradNormG', 'updateRatioG']],
  );
  return rows;
}
const isDone = async (id: SweepId): Promise<boolean> => (await store.read.getSweep(id))?.state === 'done';

/** Kills the trainers of a worker, as a fault of a driver would. */
function killTrainers(worker: ChildProcess): number {
  const trainers = readdirSync('/proc').filter((name) => {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      return parent === worker.pid && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('gansweep trainer');
    } catch {
      return false;
    }
  });
  for (const pid of trainers) process.kill(Number(pid), 'SIGKILL');
  return trainers.length;
}

it('packs whose trainers are killed and single runs stop the same trials; what went on is as if never set down', async () => {
  const packed = await submit(RATES, STOPPING);
  const worker = startWorker(2, 3);
  await expect.poll(async () => (await runsOf(packed)).some(({ images }) => images >= 1_280), DEADLINE).toBe(true);
  expect(killTrainers(worker)).toBeGreaterThan(0);
  await expect.poll(() => isDone(packed), DEADLINE).toBe(true);
  await end(worker);
  const runs = await runsOf(packed);
  const pruned = runs.filter(({ state }) => state === 'pruned');
  const ended = runs.filter(({ state }) => state === 'succeeded');
  expect(pruned.length + ended.length).toBe(16);
  expect(pruned.length).toBeGreaterThanOrEqual(8);
  expect(pruned.every(({ images }) => images < 5_760)).toBe(true);
  expect(ended.every(({ images }) => images === 11_520)).toBe(true);
  expect(ended.filter(({ audited }) => audited)).toHaveLength(1);
  const best = ended.find(({ audited }) => !audited);
  if (!best) throw new Error('one went on to its end');

  const alone = await submit(RATES, STOPPING);
  const whole = await submit([best.lr], {});
  startWorker(1, 1);
  await expect.poll(async () => (await isDone(alone)) && (await isDone(whole)), DEADLINE).toBe(true);
  // Audits are drawn by the id of the sweep.
  const single = await runsOf(alone);
  const audited = [...runs, ...single].filter((run) => run.audited).map(({ lr }) => lr);
  const compared = (rows: readonly Row[]) => rows.filter(({ lr }) => !audited.includes(lr));
  expect(compared(single)).toEqual(compared(runs));
  const [unbroken] = await runsOf(whole);
  expect([unbroken?.curve, unbroken?.scores.at(-1)]).toEqual([best.curve, best.scores.at(-1)]);
  expect(await store.reconciler.audit()).toEqual({});
}, 150_000);
