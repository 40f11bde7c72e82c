import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startEmbeddedPostgres } from '@gansweep/local';
import { migrate } from '@gansweep/store';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { findTensorflow, type TensorflowHere } from './tensorflow-binding.ts';

/** Name of the migrated database that every test database is a copy of. */
const TEMPLATE = 'gansweep_template';

declare module 'vitest' {
  export interface ProvidedContext {
    /** URL of the test cluster's `postgres` database. */
    testClusterUrl: string;
    testTemplate: string;
    /** Null where it is not installed. */
    tensorflow: TensorflowHere | null;
  }
}

/** One cluster for the whole test run, in a folder of its own that disappears with it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const home = mkdtempSync(path.join(tmpdir(), 'gansweep-test-'));
  // As root the server runs under another account, which must enter.
  chmodSync(home, 0o755);
  const server = await startEmbeddedPostgres({
    home,
    log: (line) => process.stderr.write(`${line}\n`),
    // Nothing here outlives the run: durability would only cost time.
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '200' },
  });
  const admin = new pg.Client({ connectionString: server.url('postgres') });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${TEMPLATE}`);
  await admin.end();
  await migrate({ databaseUrl: server.url(TEMPLATE) });
  project.provide('testClusterUrl', server.url('postgres'));
  project.provide('testTemplate', TEMPLATE);
  project.provide('tensorflow', findTensorflow(process.env));
  return async () => {
    await server.stop();
    for (const folder of [server.folder, home]) rmSync(folder, { recursive: true, force: true });
  };
}
