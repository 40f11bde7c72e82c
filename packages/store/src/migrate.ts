import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

/** Prisma's own advisory lock, so that our runner and `prisma migrate deploy` wait for one another. */
const MIGRATION_LOCK = 72707369;

/** The table that Prisma keeps, with its column types. */
const HISTORY_TABLE = `
  CREATE TABLE IF NOT EXISTS _prisma_migrations (
    id VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum VARCHAR(64) NOT NULL,
    finished_at TIMESTAMPTZ,
    migration_name VARCHAR(255) NOT NULL,
    logs TEXT,
    rolled_back_at TIMESTAMPTZ,
    started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count INTEGER NOT NULL DEFAULT 0
  )`;

export const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../../prisma/migrations', import.meta.url));

/** A migration that cannot be applied: one line for a person, with the mend. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

export interface MigrateOptions {
  readonly databaseUrl: string;
  readonly folder?: string;
  /** How long to wait for a server that is starting or away. */
  readonly patienceMs?: number;
}

export interface MigrationStatus {
  readonly name: string;
  readonly state: 'applied' | 'pending' | 'failed' | 'edited';
}

interface HistoryRow {
  migration_name: string;
  checksum: string;
  finished_at: Date | null;
}

interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

/**
 * Applies the migrations that the database lacks and records each as `prisma migrate deploy` does, without Prisma's
 * engines. Callers at the same time wait for one another.
 * @returns the names of the migrations that this call applied, in order.
 */
export async function migrate(options: MigrateOptions): Promise<readonly string[]> {
  const migrations = await readMigrations(options.folder ?? MIGRATIONS_FOLDER);
  return withServer(options, async (client) => {
    // Released when the connection ends.
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await client.query(HISTORY_TABLE);
    const history = await readHistory(client);
    const applied: string[] = [];
    for (const migration of migrations) {
      const before = history.get(migration.name);
      switch (stateOf(migration, before)) {
        case 'applied':
          break;
        case 'failed':
          throw new MigrationError(
            `Migration ${migration.name} failed earlier: see the column logs of _prisma_migrations, mend the cause, and delete its row (or run prisma migrate resolve).`,
          );
        case 'edited':
          throw new MigrationError(`Migration ${migration.name} was edited after it was applied: restore the file.`);
        case 'pending':
          await apply(client, migration);
          applied.push(migration.name);
      }
    }
    return applied;
  });
}

/** What each migration is on this database; changes nothing. */
export async function migrationStatus(options: MigrateOptions): Promise<readonly MigrationStatus[]> {
  const migrations = await readMigrations(options.folder ?? MIGRATIONS_FOLDER);
  return withServer(options, async (client) => {
    const { rows } = await client.query<{ present: boolean }>(
      "SELECT to_regclass('_prisma_migrations') IS NOT NULL AS present",
    );
    const history = rows[0]?.present ? await readHistory(client) : new Map<string, HistoryRow>();
    return migrations.map((migration) => ({
      name: migration.name,
      state: stateOf(migration, history.get(migration.name)),
    }));
  });
}

function stateOf(migration: Migration, row: HistoryRow | undefined): MigrationStatus['state'] {
  if (!row) return 'pending';
  if (!row.finished_at) return 'failed';
  return row.checksum === migration.checksum ? 'applied' : 'edited';
}

async function readHistory(client: pg.Client): Promise<Map<string, HistoryRow>> {
  const { rows } = await client.query<HistoryRow>(
    'SELECT migration_name, checksum, finished_at FROM _prisma_migrations WHERE rolled_back_at IS NULL',
  );
  return new Map(rows.map((row) => [row.migration_name, row]));
}

async function readMigrations(folder: string): Promise<readonly Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => {
      const bytes = await readFile(`${folder}/${name}/migration.sql`);
      return { name, sql: bytes.toString('utf8'), checksum: createHash('sha256').update(bytes).digest('hex') };
    }),
  );
}

/**
 * The row is written first, so that a failed migration stays visible here and to `prisma migrate status`. A file of
 * several statements is one implicit transaction.
 */
async function apply(client: pg.Client, migration: Migration): Promise<void> {
  const id = randomUUID();
  await client.query('INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ($1, $2, $3)', [
    id,
    migration.checksum,
    migration.name,
  ]);
  try {
    await client.query(migration.sql);
  } catch (error) {
    await client.query('ROLLBACK');
    await client.query('UPDATE _prisma_migrations SET logs = $2 WHERE id = $1', [id, String(error)]);
    throw new MigrationError(`Migration ${migration.name} failed and was undone: ${String(error)}`, { cause: error });
  }
  await client.query('UPDATE _prisma_migrations SET finished_at = now(), applied_steps_count = 1 WHERE id = $1', [id]);
}

async function withServer<Value>(options: MigrateOptions, use: (client: pg.Client) => Promise<Value>): Promise<Value> {
  const client = await connectPatiently(options);
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

/** Waits for a server that refuses connections or says that it is starting; every other refusal is final. */
async function connectPatiently({ databaseUrl, patienceMs = 30_000 }: MigrateOptions): Promise<pg.Client> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const client = new pg.Client({ connectionString: databaseUrl, application_name: 'gansweep migrate' });
    // A cut connection also rejects the query that was under way.
    client.on('error', () => undefined);
    try {
      await client.connect();
      return client;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      const startingUp = ['ECONNREFUSED', 'ECONNRESET', '57P03', '57P01', '57P02'].includes(code);
      if (!startingUp || performance.now() > deadline) throw error;
      await delay(100);
    }
  }
}
