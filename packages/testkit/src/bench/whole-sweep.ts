import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { startApi } from '@gansweep/api';
import { createClient } from '@gansweep/contract';
import { MACHINE_CURVES } from '@gansweep/domain';
import { startEmbeddedPostgres } from '@gansweep/local';
import { keepHouse } from '@gansweep/orchestrator';
import { createDoorbell } from '@gansweep/queue';
import { createLog, readConfig, repeatEvery } from '@gansweep/runtime';
import { createStore, fileArtifacts, migrate } from '@gansweep/store';
import pg from 'pg';
import type { SizeOfPacks, WholeSweepCase } from './cases.ts';
import type { WholeSweepTimes } from './result.ts';

const RUNS = 64;
const SPEC = {
  version: 1,
  name: 'sixty-four',
  description: 'How long does a sweep of small trainings take?',
  method: 'grid',
  seeds: 4,
  reuse: false,
  evaluation: { every: 20_000 },
  parameters: {
    model: { value: 'mlp2d' },
    dataset: { value: 'ring8' },
    images: { value: 20_000 },
    layersG: { value: 3 },
    layersD: { value: 3 },
    widthG: { value: 16 },
    widthD: { value: 16 },
    lr: { values: [1e-4, 1e-3, 3e-3, 1e-2] },
    beta1: { values: [0, 0.5] },
    noise: { values: ['gaussian', 'uniform'] },
  },
};

/**
 * Seconds from the request to the last run's end of a sweep of 64 small trainings, through API, record, queue and a
 * worker with two slots, whose start is not in them, and of the same sweep again by the same worker; for each size of
 * packs, in interleaved rounds.
 * @returns times by size of packs. @throws Error when a run does not succeed.
 */
export async function measureWholeSweep(
  packSizes: WholeSweepCase['packSizes'],
  rounds: number,
): Promise<ReadonlyMap<SizeOfPacks, WholeSweepTimes>> {
  const home = mkdtempSync(path.join(tmpdir(), 'gansweep-bench-'));
  const database = await startEmbeddedPostgres({ home, log: () => {} });
  try {
    return await sweepInRounds({ home, databaseUrl: database.url() }, packSizes, rounds);
  } finally {
    await database.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

async function sweepInRounds(
  { home, databaseUrl }: { readonly home: string; readonly databaseUrl: string },
  packSizes: WholeSweepCase['packSizes'],
  rounds: number,
): Promise<ReadonlyMap<SizeOfPacks, WholeSweepTimes>> {
  await migrate({ databaseUrl });
  const log = createLog({ name: 'bench', level: 'warn' });
  const config = readConfig({ GANSWEEP_PORT: '0', GANSWEEP_ARTIFACTS: `file:${home}/artifacts`, GANSWEEP_HOME: home });
  const store = createStore({ databaseUrl });
  const doorbell = createDoorbell({ databaseUrl, redisUrl: null, log });
  const artifacts = fileArtifacts(config.artifacts);
  const api = await startApi({ config, store, doorbell, artifacts, log, dashboardDir: null });
  const stopHousekeeping = keepHouse({ store, doorbell, timers: config.timers, every: repeatEvery, log });
  const client = createClient({ baseUrl: api.address });
  const sql = new pg.Pool({ connectionString: databaseUrl, max: 2 });
  const found = new Map<SizeOfPacks, { seconds: number[]; secondsAgain: number[]; curves: string[] }>(
    packSizes.map((size) => [size, { seconds: [], secondsAgain: [], curves: [] }]),
  );
  const sweep = async (): Promise<{ readonly seconds: number; readonly curves: string }> => {
    const began = performance.now();
    const { id } = await client.submitSweep({ text: JSON.stringify(SPEC), format: 'json' });
    await allEnded(sql, id);
    const seconds = (performance.now() - began) / 1000;
    return { seconds, curves: await fingerprintOfCurves(sql, id) };
  };
  try {
    for (let round = 0; round < rounds; round++)
      for (const size of round % 2 ? packSizes.toReversed() : packSizes) {
        const worker = await startWorkerProcess({ home, databaseUrl }, config.artifacts, size);
        const first = await sweep();
        const again = await sweep();
        const times = found.get(size);
        times?.seconds.push(first.seconds);
        times?.secondsAgain.push(again.seconds);
        times?.curves.push(first.curves, again.curves);
        const gone = once(worker, 'exit');
        worker.disconnect();
        await gone;
      }
  } finally {
    await sql.end();
    await stopHousekeeping();
    await api.close();
    await doorbell.close();
    await store.close();
  }
  return found;
}

async function allEnded(sql: pg.Pool, sweep: string): Promise<void> {
  for (;;) {
    const { rows } = await sql.query<{ open: number; members: number }>(
      `SELECT count(*) FILTER (WHERE r.ended_at IS NULL)::int AS open, count(*)::int AS members
       FROM run r JOIN sweep_run m ON m.run_id = r.id JOIN sweep s ON s.id = m.sweep_id WHERE s.uid = $1`,
      [sweep],
    );
    if (rows[0]?.open === 0 && rows[0].members === RUNS) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Hash of every point of every run but the wall clock's. @throws Error when a run ended otherwise than well. */
async function fingerprintOfCurves(sql: pg.Pool, sweep: string): Promise<string> {
  const { rows } = await sql.query<{ hash: string; states: string }>(
    `SELECT md5(string_agg(m.idx || n.name || c.images_seen || c.value, ',' ORDER BY m.idx, n.name, c.images_seen)) AS hash,
            string_agg(DISTINCT r.state, ',') AS states
     FROM canonical_metric c JOIN metric_name n ON n.id = c.name_id JOIN run r ON r.id = c.run_id
     JOIN sweep_run m ON m.run_id = r.id JOIN sweep s ON s.id = m.sweep_id
     WHERE s.uid = $1 AND n.name <> ALL ($2)`,
    [sweep, MACHINE_CURVES],
  );
  if (rows[0]?.states !== 'succeeded') throw new Error(`runs of the sweep ended as ${rows[0]?.states ?? 'nothing'}`);
  return rows[0].hash;
}

async function startWorkerProcess(
  { home, databaseUrl }: { readonly home: string; readonly databaseUrl: string },
  artifacts: string,
  packSize: SizeOfPacks,
): Promise<ChildProcess> {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const worker = fork(path.join(import.meta.dirname, 'sweep-worker.ts'), [String(packSize)], {
    execArgv: ['--import', tsx],
    env: {
      ...process.env,
      DATABASE_URL: databaseUrl,
      GANSWEEP_HOME: home,
      GANSWEEP_ARTIFACTS: `file:${artifacts}`,
      GANSWEEP_SLOTS: '2',
      REDIS_URL: '',
    },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ready = await Promise.race([once(worker, 'message'), once(worker, 'exit').then(() => null)]);
  if (!ready) throw new Error('the worker ended before it began');
  return worker;
}
