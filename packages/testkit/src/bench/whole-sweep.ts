import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { startApi } from '@gansweep/api';
import { createClient } from '@gansweep/contract';
import { startEmbeddedPostgres } from '@gansweep/local';
import { keepHouse } from '@gansweep/orchestrator';
import { createDoorbell } from '@gansweep/queue';
import { createLog, readConfig, repeatEvery } from '@gansweep/runtime';
import { createStore, fileArtifacts, migrate } from '@gansweep/store';
import pg from 'pg';
import { median } from './medians.ts';

/**
 * Seconds from the request to the last run's end of a sweep of 64 small trainings, through API, record, queue and a
 * worker with two slots: in packs, and with one claim a run. `node --import tsx …/whole-sweep.ts [rounds]`
 */
const ROUNDS = Number(process.argv[2] ?? 3);
const PACK_SIZES = [16, 1] as const;
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

const home = mkdtempSync(path.join(tmpdir(), 'gansweep-bench-'));
const database = await startEmbeddedPostgres({ home, log: () => {} });
const log = createLog({ name: 'bench', level: 'warn' });
try {
  await measure(database.url());
} finally {
  await database.stop();
  rmSync(home, { recursive: true, force: true });
}
process.exit(0);

async function measure(databaseUrl: string): Promise<void> {
  await migrate({ databaseUrl });
  const config = readConfig({ GANSWEEP_PORT: '0', GANSWEEP_ARTIFACTS: `file:${home}/artifacts`, GANSWEEP_HOME: home });
  const store = createStore({ databaseUrl });
  const doorbell = createDoorbell({ databaseUrl, redisUrl: null, log });
  const artifacts = fileArtifacts(config.artifacts);
  const api = await startApi({ config, store, doorbell, artifacts, log, dashboardDir: null });
  const stopHousekeeping = keepHouse({ store, doorbell, timers: config.timers, every: repeatEvery, log });
  const client = createClient({ baseUrl: api.address });
  const sql = new pg.Pool({ connectionString: databaseUrl, max: 2 });
  const seconds = new Map<number, number[]>(PACK_SIZES.map((size) => [size, []]));
  const curves = new Map<number, string>();
  for (let round = 0; round < ROUNDS; round++)
    for (const size of round % 2 ? PACK_SIZES.toReversed() : PACK_SIZES) {
      const worker = await startWorkerProcess(databaseUrl, config.artifacts, size);
      const began = performance.now();
      const sweep = await client.submitSweep({ text: JSON.stringify(SPEC), format: 'json' });
      for (;;) {
        const { rows } = await sql.query<{ open: number; ended: number }>(
          `SELECT count(*) FILTER (WHERE r.ended_at IS NULL)::int AS open, count(*)::int AS ended
           FROM run r JOIN sweep_run m ON m.run_id = r.id JOIN sweep s ON s.id = m.sweep_id WHERE s.uid = $1`,
          [sweep.id],
        );
        if (rows[0]?.open === 0 && rows[0].ended === 64) break;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      seconds.get(size)?.push((performance.now() - began) / 1000);
      const { rows } = await sql.query<{ hash: string; points: number; states: string }>(
        `SELECT md5(string_agg(m.idx || n.name || c.images_seen || c.value, ',' ORDER BY m.idx, n.name, c.images_seen)) AS hash,
                count(*)::int AS points, string_agg(DISTINCT r.state, ',') AS states
         FROM canonical_metric c JOIN metric_name n ON n.id = c.name_id JOIN run r ON r.id = c.run_id
         JOIN sweep_run m ON m.run_id = r.id JOIN sweep s ON s.id = m.sweep_id
         WHERE s.uid = $1 AND n.name <> 'imagesPerSecond'`,
        [sweep.id],
      );
      curves.set(size, `${rows[0]?.points} points, ${rows[0]?.hash}, ${rows[0]?.states}`);
      const gone = once(worker, 'exit');
      worker.disconnect();
      await gone;
    }
  for (const size of PACK_SIZES) {
    const times = seconds.get(size) ?? [];
    console.log(
      `64 runs of mlp2d 3×16, 20,000 images each, packs of at most ${size}: median ${median(times).toFixed(2)} s (${times
        .map((time) => time.toFixed(2))
        .join(', ')}); ${curves.get(size)}`,
    );
  }
  await sql.end();
  await stopHousekeeping();
  await api.close();
  await doorbell.close();
  await store.close();
}

async function startWorkerProcess(databaseUrl: string, artifacts: string, packSize: number): Promise<ChildProcess> {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const worker = fork(path.join(import.meta.dirname, 'sweep-worker.ts'), [String(packSize)], {
    execArgv: ['--import', tsx],
    env: {
      ...process.env,
      DATABASE_URL: databaseUrl,
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
