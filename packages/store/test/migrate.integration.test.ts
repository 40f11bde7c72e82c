import { readdirSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CURVE_NAMES } from '@gansweep/domain';
import { createStore, MigrationError, migrate, migrationStatus } from '@gansweep/store';
import {
  buildReport,
  buildRuns,
  buildSweep,
  buildWorker,
  createEmptyDatabase,
  createTestDatabase,
} from '@gansweep/testkit';
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';

const OUR_FOLDER = fileURLToPath(new URL('../../../prisma/migrations', import.meta.url));
/** Our migrations in their order. */
const OURS = readdirSync(OUR_FOLDER, { withFileTypes: true })
  .flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
  .sort();
const SCHEMA = fileURLToPath(new URL('../../../prisma/schema.prisma', import.meta.url));

const folders: string[] = [];
afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })));
});

async function folderWith(migrations: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gansweep-migrations-'));
  folders.push(folder);
  for (const [name, sql] of Object.entries(migrations)) {
    await mkdir(path.join(folder, name));
    await writeFile(path.join(folder, name, 'migration.sql'), sql);
  }
  return folder;
}

async function query<Row extends pg.QueryResultRow>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

const HISTORY = `SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished, applied_steps_count AS steps, logs
  FROM _prisma_migrations ORDER BY started_at`;

describe('migrate', () => {
  it('applies everything once, in order, and records it as Prisma does', async () => {
    await using database = await createEmptyDatabase();
    const options = { databaseUrl: database.url };
    expect((await migrationStatus(options)).map((each) => each.state)).toEqual(OURS.map(() => 'pending'));
    const applied = await migrate(options);
    expect(applied).toEqual(OURS);
    expect(applied).toEqual((await migrationStatus(options)).map((each) => each.name));
    expect((await migrationStatus(options)).map((each) => each.state)).toEqual(OURS.map(() => 'applied'));
    expect(await migrate(options)).toEqual([]);
    const rows = await query(database.url, HISTORY);
    expect(rows.map((row) => row.name)).toEqual(applied);
    for (const row of rows)
      expect(row).toMatchObject({
        checksum: expect.stringMatching(/^[0-9a-f]{64}$/),
        finished: true,
        steps: 1,
        logs: null,
      });
  });

  it('leaves what was recorded before attempts knew their memory and workers how their slots are', async () => {
    await using database = await createEmptyDatabase();
    const folder = await mkdtemp(path.join(tmpdir(), 'gansweep-migrations-'));
    folders.push(folder);
    for (const name of OURS.filter((one) => one < '20261127100500'))
      await cp(path.join(OUR_FOLDER, name), path.join(folder, name), { recursive: true });
    await migrate({ databaseUrl: database.url, folder });
    const store = createStore({ databaseUrl: database.url });
    try {
      const { workerId, host, pid, backend, device, slots, state } = buildWorker();
      await query(
        database.url,
        `SELECT worker_beat('${workerId}', '${host}', ${pid}, '${backend}', '${device}', ${slots}, '${state}', NULL)`,
      );
      const sweep = buildSweep({ trialCount: 2, runCount: 2 });
      await store.sweeps.create(sweep, buildRuns({ trials: 2 }));
      const [run, left] = await store.runs.claim({ workerId, slot: 0, limit: 2, leaseMs: 60_000 });
      if (!run || !left) throw new Error('two runs expected');
      const last = buildReport(run, {
        imagesSeen: 100,
        start: { backend: { name: 'reference', version: '1', device: 'cpu' }, resumedAtImages: 0 },
      });
      const outcome = { kind: 'succeeded', atImagesSeen: 100, endedBy: 'images' } as const;
      await store.runs.finish({ runId: run.runId, epoch: run.epoch, outcome, seconds: 1, last });

      expect(await migrate({ databaseUrl: database.url })).toEqual(OURS.filter((one) => one >= '20261127100500'));
      expect(await store.read.getRun(run.runId)).toMatchObject({
        state: 'succeeded',
        cost: { seconds: 1, peakMemoryMib: null },
        attempts: [{ peakMemoryMib: null, backend: { name: 'reference' } }],
      });
      expect(await store.read.listWorkers()).toMatchObject([{ id: workerId, unwell: [], currentRuns: [left.runId] }]);
      // A worker that is older than its database gives runs back as it knows how.
      await query(database.url, `SELECT run_release('${left.runId}', ${left.epoch}, 1)`);
      const again = await store.runs.claim({ workerId, slot: 0, limit: 2, leaseMs: 60_000 });
      expect(again).toMatchObject([{ runId: left.runId, epoch: 2 }]);
      expect(await store.generators.list()).toEqual([]);
    } finally {
      await store.close();
    }
  });

  it('lets one of two at the same moment apply and the other wait', async () => {
    await using database = await createEmptyDatabase();
    const both = await Promise.all([1, 2].map(() => migrate({ databaseUrl: database.url })));
    expect(both.map((applied) => applied.length).sort()).toEqual([0, OURS.length]);
  });

  it('undoes a failing migration, keeps it on record and stops there until it is resolved', async () => {
    await using database = await createEmptyDatabase();
    const folder = await folderWith({
      '1_good': 'CREATE TABLE a (x int);',
      '2_bad': 'CREATE TABLE b (x int); SELECT 1 / 0;',
      '3_later': 'CREATE TABLE c (x int);',
    });
    const options = { databaseUrl: database.url, folder };
    await expect(migrate(options)).rejects.toThrow(/2_bad failed and was undone: .*division by zero/);
    expect(
      await query(database.url, "SELECT to_regclass('a') AS a, to_regclass('b') AS b, to_regclass('c') AS c"),
    ).toEqual([{ a: 'a', b: null, c: null }]);
    expect(await query(database.url, HISTORY)).toMatchObject([
      { name: '1_good', finished: true },
      { name: '2_bad', finished: false, steps: 0, logs: expect.stringContaining('division by zero') },
    ]);
    expect((await migrationStatus(options)).map((each) => each.state)).toEqual(['applied', 'failed', 'pending']);
    await expect(migrate(options)).rejects.toThrow(/2_bad failed earlier/);
    // What `prisma migrate resolve --rolled-back` writes.
    await query(database.url, "UPDATE _prisma_migrations SET rolled_back_at = now() WHERE migration_name = '2_bad'");
    await writeFile(path.join(folder, '2_bad', 'migration.sql'), 'CREATE TABLE b (x int);');
    expect(await migrate(options)).toEqual(['2_bad', '3_later']);
  });

  it('refuses a migration that was edited after it was applied', async () => {
    await using database = await createEmptyDatabase();
    const folder = await folderWith({ '1_one': 'SELECT 1;' });
    const options = { databaseUrl: database.url, folder };
    await migrate(options);
    await writeFile(path.join(folder, '1_one', 'migration.sql'), 'SELECT 2;');
    await expect(migrate(options)).rejects.toThrow(MigrationError);
    expect((await migrationStatus(options)).map((each) => each.state)).toEqual(['edited']);
  });

  it('finds nothing to do where `prisma migrate deploy` was first', async () => {
    await using database = await createEmptyDatabase();
    const folder = await folderWith({});
    await cp(OUR_FOLDER, folder, { recursive: true });
    await migrate({ databaseUrl: database.url, folder });
    // The CLI's rows carry ids and times of its own; the runner looks at name, checksum and completion only.
    await query(
      database.url,
      "UPDATE _prisma_migrations SET id = 'cli-' || left(id, 30), started_at = started_at - interval '1 day'",
    );
    expect(await migrate({ databaseUrl: database.url })).toEqual([]);
  });

  it('waits for a server that is not there yet, and says so in the end', async () => {
    const databaseUrl = 'postgresql://nobody:x@127.0.0.1:9/none';
    await expect(migrate({ databaseUrl, patienceMs: 250 })).rejects.toThrow(/ECONNREFUSED/);
  });
});

describe('schema.prisma', () => {
  /** Type that a column of the schema has in PostgreSQL's catalogue. */
  const catalogueType = (type: string, attribute: string | undefined): string => {
    switch (attribute ?? type) {
      case '@db.Uuid':
        return 'uuid';
      case '@db.SmallInt':
        return 'int2';
      case '@db.Timestamptz(6)':
        return 'timestamptz';
      case '@db.Date':
        return 'date';
      case 'BigInt':
        return 'int8';
      case 'Int':
        return 'int4';
      case 'Float':
        return 'float8';
      case 'Boolean':
        return 'bool';
      case 'Json':
        return 'jsonb';
      case 'Unsupported("xid8")':
        return 'xid8';
      default:
        return 'text';
    }
  };

  it('has the tables, columns, types and nullability that the migrations make', async () => {
    await using database = await createTestDatabase();
    const columns = await query<{ column: string }>(
      database.url,
      `SELECT table_name || '.' || column_name || ' ' || udt_name || CASE is_nullable WHEN 'YES' THEN '?' ELSE '' END AS column
       FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
       WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name <> '_prisma_migrations'`,
    );
    const source = await readFile(SCHEMA, 'utf8');
    const models = [...source.matchAll(/^model (\w+) \{\n([\s\S]*?)^\}/gm)];
    const names = new Set(models.map((model) => model[1]));
    const declared = models.flatMap(([, , body = '']) => {
      const table = /@@map\("(\w+)"\)/.exec(body)?.[1];
      return body.split('\n').flatMap((line) => {
        const field = /^ {2}(\w+) +((?:Unsupported\("\w+"\)|\w+))(\?|\[\])?(?: |$)/.exec(line);
        if (!field || names.has(field[2] ?? '')) return [];
        const column = /@map\("(\w+)"\)/.exec(line)?.[1] ?? field[1];
        const attribute = /@db\.\w+(?:\(6\))?/.exec(line)?.[0];
        const type = catalogueType(field[2] ?? '', attribute);
        // Prisma's lists are arrays that may be NULL.
        if (field[3] === '[]') return [`${table}.${column} _${type}?`];
        return [`${table}.${column} ${type}${field[3] === '?' ? '?' : ''}`];
      });
    });
    expect(declared.length).toBeGreaterThan(100);
    expect(declared.sort()).toEqual(columns.map((row) => row.column).sort());
  });

  it('numbers every curve that a run may record', async () => {
    await using database = await createTestDatabase();
    const rows = await query<{ name: string }>(database.url, 'SELECT name FROM metric_name');
    expect(rows.map((row) => row.name)).toEqual(expect.arrayContaining([...CURVE_NAMES]));
  });
});
