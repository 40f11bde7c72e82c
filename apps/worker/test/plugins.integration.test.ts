import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { SweepId } from '@gansweep/domain';
import { submitSweep, waitingBecause } from '@gansweep/orchestrator';
import { createStore } from '@gansweep/store';
import { createTestDatabase, newId } from '@gansweep/testkit';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { usePlugins } from '../src/index.ts';

const SHIPPED = path.join(import.meta.dirname, '../../../sweeps/plugins');
/** A loss outside the repository: the logistic objectives with a margin on D's logits. */
const marginOf = (margin: number): string => `
export const losses = [{
  name: 'margin',
  doc: 'Logistic losses with a margin of ${margin} on the logits of D.',
  discriminator: ({ real, fake }, { add, mean, neg, softplus }) =>
    add(mean(softplus(neg(add(real, -${margin}))), [0, 1]), mean(softplus(add(fake, ${margin})), [0, 1])),
  generator: (fake, { mean, neg, softplus }) => mean(softplus(neg(fake)), [0, 1]),
}];
`;
/** A model of images of two dense layers. */
const FLAT = `
const dense = (from, through, to, end) => ({
  parameters: { 'a.weight': { shape: [from, through] }, 'a.bias': { shape: [through], value: 0 }, 'b.weight': { shape: [through, to] } },
  apply: (input, tensors, { add, matMul, relu, reshape, tanh }) => {
    const x = reshape(input, [input.shape[0], from]);
    const y = matMul(tanh(add(matMul(x, tensors['a.weight']), tensors['a.bias'])), tensors['b.weight']);
    return end === null ? y : reshape(tanh(y), [input.shape[0], ...end]);
  },
});
export const models = [{
  name: 'flat',
  doc: 'Two dense layers.',
  learns: 'images',
  sides: [16],
  fields: (z) => ({ width: z.int().min(1).max(64).default(8).describe('Units.') }),
  generator: ({ nz, side, channels }, { width }) => dense(nz, width, channels * side ** 2, [channels, side, side]),
  discriminator: ({ side, channels }, { width }) => dense(channels * side ** 2, width, 1, null),
}];
`;
const DEADLINE = { timeout: 40_000, interval: 50 };
/** Trains for moments where the shipped sweeps train for minutes. */
const SHORT = { images: { value: 3_200 } };

interface RunRow {
  readonly state: string;
  readonly plugins: string;
  readonly failure: string | null;
  readonly pack: number;
}

describe('plugins', () => {
  const root = mkdtempSync(path.join(tmpdir(), 'gansweep-plugin-'));
  const folderOf = (name: string, margin: number): string => {
    const folder = path.join(root, name);
    mkdirSync(folder);
    for (const file of readdirSync(SHIPPED))
      if (file.endsWith('.mjs')) cpSync(path.join(SHIPPED, file), path.join(folder, file));
    writeFileSync(path.join(folder, 'margin.mjs'), marginOf(margin));
    writeFileSync(path.join(folder, 'flat.mjs'), FLAT);
    return folder;
  };
  const [ours, theirs] = [folderOf('ours', 0.5), folderOf('theirs', 0.6)];
  const workers: ChildProcess[] = [];
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let store: ReturnType<typeof createStore>;
  let sql: pg.Pool;

  beforeAll(async () => {
    await usePlugins(ours);
    database = await createTestDatabase();
    store = createStore({ databaseUrl: database.url });
    sql = new pg.Pool({ connectionString: database.url, max: 2 });
    startWorker(ours);
  }, 60_000);
  afterAll(async () => {
    for (const worker of workers) worker.kill('SIGKILL');
    await sql.end();
    await store.close();
    await database[Symbol.asyncDispose]();
    rmSync(root, { recursive: true, force: true });
  });

  function startWorker(plugins: string): void {
    const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
    const worker = spawn(process.execPath, ['--import', tsx, path.join(import.meta.dirname, 'worker-main.ts')], {
      env: {
        ...process.env,
        DATABASE_URL: database.url,
        REDIS_URL: '',
        GANSWEEP_ARTIFACTS: `file:${root}`,
        GANSWEEP_HOME: root,
        GANSWEEP_BACKEND: 'auto',
        GANSWEEP_SLOTS: '1',
        TEST_PACK_SIZE: '8',
        GANSWEEP_PLUGINS: plugins,
        GANSWEEP_POLL_MS: '200',
        LOG_LEVEL: 'error',
      },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    workers.push(worker);
  }

  async function submit(text: string): Promise<SweepId> {
    const answer = await submitSweep(
      { spec: { text, format: 'yaml' }, idempotencyKey: null, newId: newId<SweepId>() },
      store,
    );
    if (!answer.ok) throw new Error(JSON.stringify(answer.error));
    return answer.value.sweep.id;
  }

  async function runsOf(sweep: SweepId): Promise<readonly RunRow[]> {
    const { rows } = await sql.query<RunRow>(
      `SELECT r.state, t.configuration ->> 'plugins' AS plugins,
        (SELECT a.failure_kind || ': ' || a.failure_message FROM attempt a WHERE a.run_id = r.id ORDER BY a.epoch LIMIT 1) AS failure,
        (SELECT max(a.pack_size) FROM attempt a WHERE a.run_id = r.id) AS pack
       FROM sweep_run m JOIN sweep s ON s.id = m.sweep_id JOIN run r ON r.id = m.run_id JOIN trial t ON t.id = r.trial_id
       WHERE s.uid = $1 ORDER BY r.id`,
      [sweep],
    );
    return rows;
  }

  const isOver = async (sweep: SweepId) => {
    const runs = await runsOf(sweep);
    return runs.length > 0 && runs.every(({ state }) => !['queued', 'running', 'retry-wait'].includes(state));
  };
  /** A shipped sweep, for moments and with one seed. */
  const shipped = (name: string, change: object = {}): string => {
    const document = parse(readFileSync(path.join(SHIPPED, `${name}.yaml`), 'utf8'));
    return stringify({
      ...document,
      seeds: 1,
      parameters: { ...document.parameters, ...SHORT, ...change },
      evaluation: { ...document.evaluation, every: SHORT.images.value, samples: 100 },
    });
  };

  it.each([
    // Three values of a number of a loss or a noise law are one pack.
    ['a loss', 'focal', {}, [3, 3, 3]],
    ['a noise law', 'laplace', {}, [3, 3, 3]],
    ['a law of the plane', 'moons', { widthG: { value: 8 } }, [1, 1]],
    ['a model', 'softplane', {}, [1, 1]],
    ['images', 'shapes', { ngf: { value: 4 }, ndf: { value: 4 }, images: { value: 1_000 } }, [1]],
  ])('run a sweep: %s of the shipped ones', async (_, name, change, packs) => {
    const sweep = await submit(shipped(name, change));
    await expect.poll(() => isOver(sweep), DEADLINE).toBe(true);
    const runs = await runsOf(sweep);
    expect(runs.map(({ state, failure }) => [state, failure])).toEqual(runs.map(() => ['succeeded', null]));
    const plugged = runs.filter(({ plugins }) => plugins !== null);
    expect(plugged).not.toEqual([]);
    for (const { plugins } of plugged) expect(plugins).toMatch(new RegExp(`^${name}@[0-9a-f]{16}$`));
    expect(plugged.map(({ pack }) => pack)).toEqual(packs);
  });

  it('train a model of images of a file of its own on images of another', async () => {
    const document = {
      name: 'flat',
      method: 'grid',
      parameters: {
        model: { value: 'plugin:flat' },
        dataset: { value: 'plugin:shapes' },
        resolution: { value: 16 },
        images: { value: 1_000 },
        'flat.width': { value: 4 },
        spectralNorm: { value: true },
        ema: { value: 1 },
      },
      evaluation: { every: 1_000, samples: 100 },
    };
    const sweep = await submit(stringify(document));
    await expect.poll(() => isOver(sweep), DEADLINE).toBe(true);
    const [run] = await runsOf(sweep);
    expect([run?.state, run?.failure]).toEqual(['succeeded', null]);
    expect(run?.plugins).toMatch(/^shapes@[0-9a-f]{16} flat@[0-9a-f]{16}$/);
    // Its sides are known where the spec is read.
    const wide = {
      ...document,
      parameters: { ...document.parameters, dataset: { value: 'fractal' }, resolution: { value: 64 } },
    };
    await expect(submit(stringify(wide))).rejects.toThrow(/plugin:flat has 16 pixels, not 64/);
  });

  it('score a sweep: a metric of the shipped ones, with values of its fields', async () => {
    const sweep = await submit(shipped('energy', { lr: { values: [0.0007] } }));
    await expect.poll(() => isOver(sweep), DEADLINE).toBe(true);
    const runs = await runsOf(sweep);
    expect(runs.map(({ state, failure }) => [state, failure])).toEqual([['succeeded', null]]);
    const { rows } = await sql.query<{ protocol: string; passport: { estimator: object }; value: number }>(
      `SELECT e.protocol, e.passport, c.value FROM sweep_run m JOIN sweep s ON s.id = m.sweep_id
         JOIN evaluation e ON e.run_id = m.run_id JOIN score c ON c.evaluation_id = e.id AND c.name = e.protocol
       WHERE s.uid = $1 AND e.images_seen = $2 ORDER BY e.protocol`,
      [sweep, SHORT.images.value],
    );
    const plugin = expect.stringMatching(/^energy@[0-9a-f]{16}$/);
    expect(rows).toMatchObject([
      { protocol: 'plugin:energy', passport: { estimator: { plugin, exponent: 1 } } },
      { protocol: 'plugin:energy?exponent=0.5', passport: { estimator: { plugin, exponent: 0.5 } } },
    ]);
    for (const { value } of rows) expect(value).toBeGreaterThan(0);
    // Its file is pinned: who submits the stored spec elsewhere is told.
    const document = JSON.parse(JSON.stringify((await store.read.getSweep(sweep))?.spec)) as { evaluation: object };
    expect(document.evaluation).toMatchObject({ plugins: { energy: expect.stringMatching(/^[0-9a-f]{16}$/) } });
    const other = { ...document, evaluation: { ...document.evaluation, plugins: { energy: '0'.repeat(16) } } };
    await expect(submit(stringify(other))).rejects.toThrow(/energy is another file here/);
  });

  it('of another file are not taken for those of a run: its worker leaves it alone, and the sweep says why it waits', async () => {
    const specOf = (lrG: number, loss: string) =>
      stringify({
        name: 'margin',
        method: 'grid',
        parameters: { model: { value: 'mlp2d' }, loss: { value: loss }, lrG: { value: lrG }, ...SHORT },
      });
    const first = await submit(specOf(0.001, 'plugin:margin'));
    await expect.poll(async () => (await runsOf(first))[0]?.state, DEADLINE).toBe('succeeded');
    const [worker] = workers;
    worker?.kill('SIGTERM');
    if (worker) await once(worker, 'exit');
    const waiting = await submit(specOf(0.002, 'plugin:margin'));
    startWorker(theirs);
    await expect
      .poll(async () => waitingBecause((await store.read.getSweep(waiting))?.lacks ?? []), DEADLINE)
      .toMatch(/^no live worker has the plugin margin@[0-9a-f]{16}: give a worker the same file in GANSWEEP_PLUGINS/);
    // It takes what it can serve.
    const plain = await submit(specOf(0.003, 'non-saturating'));
    await expect.poll(async () => (await runsOf(plain))[0]?.state, DEADLINE).toBe('succeeded');
    expect((await store.read.getSweep(waiting))?.counts).toMatchObject({ queued: 1, failed: 0 });
  }, 60_000);
}, 60_000);
