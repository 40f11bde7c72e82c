import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { RunId } from '@gansweep/domain';
import { submitSweep } from '@gansweep/orchestrator';
import { extractorRegistry, readConfig, trainerRegistry } from '@gansweep/runtime';
import { createStore, type Store } from '@gansweep/store';
import { createTestDatabase, newId, type TestDatabase } from '@gansweep/testkit';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';

/** Real workers whose runs are trained by programs of the user, here of Node; timers are scaled down. */
const TRAINERS = path.join(import.meta.dirname, 'command-trainer/trainers.json');
const DEADLINE = { timeout: 30_000, interval: 50 };

let database: TestDatabase;
let store: Store;
let sql: pg.Pool;
let housekeeping: NodeJS.Timeout;
const folder = mkdtempSync(path.join(tmpdir(), 'gansweep-command-'));

beforeAll(async () => {
  database = await createTestDatabase();
  store = createStore({ databaseUrl: database.url });
  sql = new pg.Pool({ connectionString: database.url, max: 3 });
  housekeeping = setInterval(() => {
    void store.reconciler.reap({ marginMs: 200, presenceGraceMs: 300 }).catch(() => {});
    void store.reconciler.promote().catch(() => {});
  }, 100);
});
afterAll(async () => {
  clearInterval(housekeeping);
  await sql.end();
  await store.close();
  await database[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** A worker that a failed test must not leave behind. */
function startOwnWorker(): ChildProcess {
  const worker = startWorkerProcess();
  onTestFinished(async () => {
    if (worker.exitCode !== null || worker.signalCode !== null) return;
    const gone = once(worker, 'exit');
    worker.kill('SIGKILL');
    await gone;
  });
  return worker;
}

function startWorkerProcess(): ChildProcess {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  return spawn(process.execPath, ['--import', tsx, path.join(import.meta.dirname, 'worker-main.ts')], {
    env: {
      ...process.env,
      DATABASE_URL: database.url,
      REDIS_URL: '',
      GANSWEEP_ARTIFACTS: `file:${folder}`,
      GANSWEEP_HOME: folder,
      GANSWEEP_BACKEND: 'wasm',
      GANSWEEP_SLOTS: '1',
      GANSWEEP_TRAINERS: TRAINERS,
      GANSWEEP_HEARTBEAT_MS: '200',
      GANSWEEP_LEASE_MS: '2000',
      GANSWEEP_POLL_MS: '200',
      LOG_LEVEL: process.env.LOG_LEVEL ?? 'error',
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}

/** Submits as the API does. */
async function submit(
  command: string,
  values: Readonly<Record<string, unknown>>,
  rest: Readonly<Record<string, unknown>> = {},
): Promise<readonly RunId[]> {
  const { trainers } = readConfig({ GANSWEEP_TRAINERS: TRAINERS });
  const spec = {
    name: command,
    method: 'grid',
    order: 'listed',
    trainer: { command },
    ...rest,
    parameters: { model: { value: 'mlp2d' }, dataset: { value: 'ring8' }, images: { value: 3_200 }, ...values },
  };
  const answer = await submitSweep(
    { spec: { text: JSON.stringify(spec), format: 'json' }, idempotencyKey: null, newId: newId() },
    store,
    { trainers: trainerRegistry(trainers), extractors: extractorRegistry('') },
  );
  if (!answer.ok) throw new Error(JSON.stringify(answer.error));
  const { rows } = await sql.query<{ uid: RunId }>(
    `SELECT r.uid FROM run r JOIN sweep_run m ON m.run_id = r.id JOIN sweep s ON s.id = m.sweep_id
     WHERE s.uid = $1 ORDER BY m.idx`,
    [answer.value.sweep.id],
  );
  return rows.map(({ uid }) => uid);
}

async function rowOf(run: RunId): Promise<{ readonly state: string; readonly epoch: number; readonly images: string }> {
  const { rows } = await sql.query('SELECT state, epoch, images_seen AS images FROM run WHERE uid = $1', [run]);
  return rows[0];
}
const stateOf = async (run: RunId): Promise<string> => (await rowOf(run)).state;
const imagesOf = async (run: RunId): Promise<number> => Number((await rowOf(run)).images);

async function textsOf(query: string, run: RunId): Promise<readonly string[]> {
  const { rows } = await sql.query<{ text: string }>(query, [run]);
  return rows.map(({ text }) => text);
}
const curveOf = (run: RunId): Promise<readonly string[]> =>
  textsOf(
    `SELECT n.name || '@' || m.images_seen || '=' || m.value AS text
     FROM canonical_metric m JOIN metric_name n ON n.id = m.name_id JOIN run r ON r.id = m.run_id
     WHERE r.uid = $1 ORDER BY n.name, m.images_seen`,
    run,
  );
const scoresOf = (run: RunId): Promise<readonly string[]> =>
  textsOf(
    `SELECT s.name || '@' || e.images_seen || '=' || s.value AS text
     FROM canonical_evaluation e JOIN score s ON s.evaluation_id = e.id JOIN run r ON r.id = e.run_id
     WHERE r.uid = $1 ORDER BY e.images_seen, s.name`,
    run,
  );
const failureOf = (run: RunId): Promise<readonly string[]> =>
  textsOf(
    `SELECT a.failure_kind || ': ' || a.failure_message AS text FROM attempt a JOIN run r ON r.id = a.run_id
     WHERE r.uid = $1 AND a.failure_kind IS NOT NULL ORDER BY a.epoch`,
    run,
  );

/** Processes of the counting program, and the trainer that each belongs to. */
function programs(): readonly { readonly pid: number; readonly trainer: number }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        const isOurs = readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('counting-trainer.mjs');
        return isOurs && fields[0] !== 'Z' ? [{ pid: Number(name), trainer: Number(fields[1]) }] : [];
      } catch {
        return [];
      }
    });
}

describe('a program of the user as trainer', () => {
  it('dies with its trainer and with its worker, and goes on from its checkpoint with each point once', async () => {
    const [calm, disturbed] = (await submit('counting', {
      lrG: { values: [0.3, 0.5] },
      images: { value: 6_400 },
    })) as [RunId, RunId];
    const worker = startOwnWorker();
    await expect.poll(() => imagesOf(disturbed), DEADLINE).toBeGreaterThan(1_000);
    const [first] = programs();
    process.kill(first?.trainer as number, 'SIGKILL');
    await expect.poll(() => programs().some(({ pid }) => pid === first?.pid), { timeout: 2_000 }).toBe(false);
    await expect.poll(async () => (await rowOf(disturbed)).epoch, DEADLINE).toBeGreaterThan(1);
    await expect.poll(() => imagesOf(disturbed), DEADLINE).toBeGreaterThan(3_000);
    const orphans = programs();
    expect(orphans).toHaveLength(1);
    worker.kill('SIGKILL');
    await expect.poll(() => programs(), { timeout: 2_000 }).toEqual([]);
    const other = startOwnWorker();
    await expect.poll(() => stateOf(disturbed), DEADLINE).toBe('succeeded');
    expect(await curveOf(disturbed)).toEqual(await curveOf(calm));
    expect(await curveOf(calm)).toHaveLength(2 * 64 + 2 * 4);
    expect(await scoresOf(disturbed)).toEqual(await scoresOf(calm));
    const resumed = await textsOf(
      'SELECT a.resume_images::text AS text FROM attempt a JOIN run r ON r.id = a.run_id WHERE r.uid = $1 ORDER BY a.epoch',
      disturbed,
    );
    expect(resumed.slice(1).every((images) => Number(images) > 0)).toBe(true);
    other.kill('SIGTERM');
    expect(await once(other, 'exit')).toEqual([0, null]);
  }, 60_000);

  describe('of one worker', () => {
    let worker: ChildProcess;
    beforeAll(() => {
      worker = startWorkerProcess();
    });
    afterAll(async () => {
      worker.kill('SIGTERM');
      expect(await once(worker, 'exit')).toEqual([0, null]);
    });

    it('gives curves, samples and scores by our protocols, alone in its slot', async () => {
      const runs = await submit('counting', { lrG: { values: [0.1, 0.2] } });
      for (const run of runs) await expect.poll(() => stateOf(run), DEADLINE).toBe('succeeded');
      const [first, second] = runs as [RunId, RunId];
      const curve = await curveOf(first);
      // Two losses at 32 borders; how diverse its fakes are and how many modes they have, at four evaluations.
      expect(curve).toHaveLength(2 * 32 + 2 * 4);
      expect(curve).toContain('sampleModes@3200=8');
      expect(await curveOf(second)).toEqual(curve);
      const scores = await scoresOf(first);
      // Four evaluations of eight scores; its fakes are reals, so every mode is there.
      expect(scores).toHaveLength(4 * 8);
      expect(scores).toContain('modes@3200=8');
      const { rows } = await sql.query(
        `SELECT a.backend_name AS backend, a.pack_size AS pack, (SELECT count(*)::int FROM sample x WHERE x.run_id = r.id) AS samples
       FROM attempt a JOIN run r ON r.id = a.run_id WHERE r.uid = $1`,
        [first],
      );
      expect(rows).toEqual([
        { backend: expect.stringMatching(/^command counting@[0-9a-f]{16}$/), pack: 1, samples: 4 },
      ]);
      expect((await store.read.panels(first)).map(({ name, imagesSeen }) => `${name}@${imagesSeen}`)).toEqual(
        [800, 1_600, 2_400, 3_200].map((images) => `plane-samples@${images}`),
      );
      await expect
        .poll(() => readdirSync(tmpdir()).filter((name) => name.startsWith(`gansweep-${first}`)), DEADLINE)
        .toEqual([]);
    });

    it('is watched by the detectors that its points and samples allow, which may end it, and its log names the others', async () => {
      const [run] = (await submit('collapsing', {}, { onFinding: { collapse: 'end' } })) as [RunId];
      await expect.poll(() => stateOf(run), DEADLINE).toBe('pruned');
      const found = await textsOf(
        `SELECT f.name || '@' || f.images_seen AS text FROM finding f JOIN run r ON r.id = f.run_id WHERE r.uid = $1 ORDER BY 1`,
        run,
      );
      // One of eight modes at three looks in a row after a quarter of the run.
      expect(found).toEqual(['collapse@1120', 'd-dominance@320']);
      const log = await textsOf(
        'SELECT l.line AS text FROM attempt_log l JOIN run r ON r.id = l.run_id WHERE r.uid = $1',
        run,
      );
      expect(log).toContain(
        'not looked for, since the program does not say enough: frozen-loss (needs gradNormD, or gradNormG)',
      );
      const shown = await textsOf(
        'SELECT x.images_seen::text AS text FROM sample x JOIN run r ON r.id = x.run_id WHERE r.uid = $1',
        run,
      );
      expect(shown).toEqual([]);
    });

    it('fails by name: at the line that it said wrong, and where it cannot be started', async () => {
      const [babbling] = (await submit('babbling', {})) as [RunId];
      await expect.poll(() => stateOf(babbling), DEADLINE).toBe('failed');
      expect(await failureOf(babbling)).toEqual([
        expect.stringMatching(
          /^user: line 2 of babbling@[0-9a-f]{16} values: Unrecognized key: "lossX".*"imagesSeen":100/,
        ),
      ]);
      const [absent] = (await submit('absent', {})) as [RunId];
      await expect
        .poll(async () => (await failureOf(absent))[0] ?? '', DEADLINE)
        .toMatch(/^worker-local: .*mend its argv/);
    });

    it('is refused when nobody registered it, with those that are', async () => {
      await expect(submit('cuonting', {})).rejects.toThrow(
        /no command cuonting is registered here: take one of counting/,
      );
    });
  });
});
