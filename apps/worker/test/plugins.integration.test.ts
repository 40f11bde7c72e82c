import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { submitSweep, waitingBecause } from '@gansweep/orchestrator';
import { createStore } from '@gansweep/store';
import { createTestDatabase, newId } from '@gansweep/testkit';
import pg from 'pg';
import { expect, it } from 'vitest';
import { usePlugins } from '../src/index.ts';

/** A loss outside the repository: the logistic objectives with a margin on D's logits. */
const pluginOf = (margin: number): string => `
export const losses = [{
  name: 'margin',
  doc: 'Logistic losses with a margin of ${margin} on the logits of D.',
  discriminator: ({ real, fake }, { add, mean, neg, softplus }) =>
    add(mean(softplus(neg(add(real, -${margin}))), [0, 1]), mean(softplus(add(fake, ${margin})), [0, 1])),
  generator: (fake, { mean, neg, softplus }) => mean(softplus(neg(fake)), [0, 1]),
}];
`;
const DEADLINE = { timeout: 30_000, interval: 50 };

it('a loss from a plugin runs a sweep, and a worker with another file of that name leaves its runs alone, and the sweep says why they wait', async () => {
  const root = mkdtempSync(path.join(tmpdir(), 'gansweep-plugin-'));
  const folderOf = (name: string, margin: number): string => {
    const folder = path.join(root, name);
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'margin.mjs'), pluginOf(margin));
    return folder;
  };
  const [ours, theirs] = [folderOf('ours', 0.5), folderOf('theirs', 0.6)];
  await usePlugins(ours);
  await using database = await createTestDatabase();
  const store = createStore({ databaseUrl: database.url });
  const sql = new pg.Pool({ connectionString: database.url, max: 2 });
  const workers: ChildProcess[] = [];
  const startWorker = (plugins: string): ChildProcess => {
    const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
    const worker = spawn(process.execPath, ['--import', tsx, path.join(import.meta.dirname, 'worker-main.ts')], {
      env: {
        ...process.env,
        DATABASE_URL: database.url,
        REDIS_URL: '',
        GANSWEEP_ARTIFACTS: `file:${root}`,
        GANSWEEP_HOME: root,
        GANSWEEP_BACKEND: 'wasm',
        GANSWEEP_SLOTS: '1',
        GANSWEEP_PLUGINS: plugins,
        GANSWEEP_POLL_MS: '200',
        LOG_LEVEL: 'error',
      },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    workers.push(worker);
    return worker;
  };
  const submit = async (lrG: number, loss = 'plugin:margin') => {
    const spec = {
      name: 'margin',
      method: 'grid',
      parameters: {
        model: { value: 'mlp2d' },
        images: { value: 3_200 },
        loss: { value: loss },
        lrG: { value: lrG },
      },
    };
    const answer = await submitSweep(
      { spec: { text: JSON.stringify(spec), format: 'json' }, idempotencyKey: null, newId: newId() },
      store,
    );
    if (!answer.ok) throw new Error(JSON.stringify(answer.error));
    return answer.value.sweep.id;
  };
  const lastRun = async (): Promise<{ state: string; plugins: string; failure: string | null }> => {
    const { rows } = await sql.query(
      `SELECT r.state, t.configuration ->> 'plugins' AS plugins,
        (SELECT a.failure_kind || ': ' || a.failure_message FROM attempt a WHERE a.run_id = r.id ORDER BY a.epoch LIMIT 1) AS failure
       FROM run r JOIN trial t ON t.id = r.trial_id ORDER BY r.id DESC LIMIT 1`,
    );
    return rows[0];
  };
  try {
    await submit(0.001);
    const worker = startWorker(ours);
    await expect.poll(async () => (await lastRun()).state, DEADLINE).toBe('succeeded');
    expect((await lastRun()).plugins).toMatch(/^margin@[0-9a-f]{16}$/);
    worker.kill('SIGTERM');
    await once(worker, 'exit');
    const waiting = await submit(0.002);
    startWorker(theirs);
    await expect
      .poll(async () => waitingBecause((await store.read.getSweep(waiting))?.lacks ?? []), DEADLINE)
      .toMatch(/^no live worker has the plugin margin@[0-9a-f]{16}: give a worker the same file in GANSWEEP_PLUGINS/);
    // It takes what it can serve.
    await submit(0.003, 'non-saturating');
    await expect.poll(async () => (await lastRun()).state, DEADLINE).toBe('succeeded');
    expect((await store.read.getSweep(waiting))?.counts).toMatchObject({ queued: 1, failed: 0 });
  } finally {
    for (const worker of workers) worker.kill('SIGKILL');
    await sql.end();
    await store.close();
    rmSync(root, { recursive: true, force: true });
  }
}, 60_000);
