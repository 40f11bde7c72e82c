import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
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
  type TrialId,
} from '@gansweep/domain';
import { decodeCheckpoint } from '@gansweep/gan';
import type { EvaluationPlan } from '@gansweep/orchestrator';
import { readConfig } from '@gansweep/runtime';
import { createStore } from '@gansweep/store';
import { buildConfiguration, buildSweep, createTestDatabase, newId } from '@gansweep/testkit';
import pg from 'pg';
import { afterAll, onTestFinished } from 'vitest';

/* Real workers as processes of their own, on a database of this file, training real GANs; timers are scaled down. */

const TIMERS = {
  GANSWEEP_HEARTBEAT_MS: '200',
  GANSWEEP_LEASE_MS: '2000',
  GANSWEEP_POLL_MS: '200',
  GANSWEEP_CHECKPOINT_MS: '150',
};
const HOUSEKEEPING_MS = 100;
export const DEADLINE = { timeout: 40_000, interval: 50 };

export const folder = mkdtempSync(path.join(tmpdir(), 'gansweep-worker-'));
const database = await createTestDatabase();
export const store = createStore({ databaseUrl: database.url });
export const sql = new pg.Pool({ connectionString: database.url, max: 3 });
const housekeeping = setInterval(() => {
  void store.reconciler.reap({ marginMs: 200, presenceGraceMs: 300 }).catch(() => {});
  void store.reconciler.promote().catch(() => {});
}, HOUSEKEEPING_MS);

afterAll(async () => {
  clearInterval(housekeeping);
  await sql.end();
  await store.close();
  await database[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const { backendHome } = readConfig(process.env);
export const HAS_TENSORFLOW = findBackend('tensorflow', backendHome).kind === 'installed';

/** A worker of one test: what the test leaves of it is killed, or it would take the next one's run. */
export function startWorkerProcess(slots = 1, settings: Readonly<Record<string, string>> = {}): ChildProcess {
  const worker = startSharedWorker(slots, settings);
  onTestFinished(async () => {
    if (worker.exitCode !== null || worker.signalCode !== null) return;
    const gone = once(worker, 'exit');
    worker.kill('SIGKILL');
    await gone;
  });
  return worker;
}

/** A worker that its caller ends. */
export function startSharedWorker(slots = 1, settings: Readonly<Record<string, string>> = {}): ChildProcess {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  return spawn(process.execPath, ['--import', tsx, path.join(import.meta.dirname, 'worker-main.ts')], {
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
}

let trials = 0;
export async function submit(
  overrides: Partial<Mlp2dConfiguration>,
  seed = 1,
  every: number | null = null,
): Promise<RunId> {
  return submitRun(
    buildConfiguration({ dataset: 'gaussians', adamEps: 1e-8, widthG: 8, widthD: 8, ...overrides }),
    seed,
    every,
  );
}

export async function submitRun(
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

export interface RunRow {
  readonly state: string;
  readonly epoch: number;
  readonly images: string;
}
export async function rowOf(run: RunId): Promise<RunRow> {
  const { rows } = await sql.query<RunRow>('SELECT state, epoch, images_seen AS images FROM run WHERE uid = $1', [run]);
  return rows[0] as RunRow;
}
export const stateOf = async (run: RunId): Promise<string> => (await rowOf(run)).state;
export const imagesOf = async (run: RunId): Promise<number> => Number((await rowOf(run)).images);

export async function checkpointsOf(run: RunId): Promise<number> {
  const { rows } = await sql.query<{ count: number }>(
    "SELECT count(*)::int AS count FROM checkpoint c JOIN run r ON r.id = c.run_id WHERE r.uid = $1 AND c.kind = 'full'",
    [run],
  );
  return (rows[0] as { count: number }).count;
}

/** The canonical curve but for the wall clock: `name@images → value`. */
export async function curveOf(run: RunId): Promise<readonly string[]> {
  const { rows } = await sql.query<{ point: string }>(
    `SELECT n.name || '@' || m.images_seen || '=' || m.value AS point
     FROM canonical_metric m JOIN metric_name n ON n.id = m.name_id JOIN run r ON r.id = m.run_id
     WHERE r.uid = $1 AND n.name <> ALL ($2) ORDER BY n.name, m.images_seen`,
    [run, MACHINE_CURVES],
  );
  return rows.map(({ point }) => point);
}

export async function fullCheckpointsOf(run: RunId, epoch: number): Promise<number> {
  const { rows } = await sql.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM checkpoint c JOIN run r ON r.id = c.run_id
     WHERE r.uid = $1 AND c.epoch = $2 AND c.kind = 'full'`,
    [run, epoch],
  );
  return rows[0]?.n ?? 0;
}

/** The canonical scores: `name@images=value`. */
export async function scoresOf(run: RunId): Promise<readonly string[]> {
  const { rows } = await sql.query<{ score: string }>(
    `SELECT s.name || '@' || e.images_seen || '=' || s.value AS score
     FROM canonical_evaluation e JOIN score s ON s.evaluation_id = e.id JOIN run r ON r.id = e.run_id
     WHERE r.uid = $1 ORDER BY e.images_seen, s.name`,
    [run],
  );
  return rows.map(({ score }) => score);
}

/** Tensors of the last full checkpoint. */
export async function finalTensors(run: RunId): Promise<unknown> {
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

export function trainersOf(worker: ChildProcess): readonly number[] {
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

export const isAlive = (pid: number): boolean => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2)[0] !== 'Z';
  } catch {
    return false;
  }
};

export interface FoundRow {
  readonly name: string;
  readonly images: number;
  readonly evidence: Readonly<Record<string, unknown>>;
}
export async function findingsOf(run: RunId): Promise<readonly FoundRow[]> {
  const { rows } = await sql.query<FoundRow>(
    `SELECT f.name, f.images_seen::int AS images, f.evidence FROM canonical_finding f JOIN run r ON r.id = f.run_id
     WHERE r.uid = $1 ORDER BY f.images_seen, f.name`,
    [run],
  );
  return rows;
}

/** Long enough to be killed twice, short enough for a test. */
export const LONG = { images: 640_000, layersG: 2, layersD: 2 } as const;
