import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createClient } from '@gansweep/contract';
import { createDoorbell } from '@gansweep/queue';
import { type Config, createLog, readConfig } from '@gansweep/runtime';
import { createStore, fileArtifacts, type Store } from '@gansweep/store';
import { createTestDatabase } from '@gansweep/testkit';
import { startApi } from '../src/index.ts';

/** The API on a real database and a real socket. */
export interface Service extends AsyncDisposable {
  readonly address: string;
  readonly store: Store;
  readonly client: ReturnType<typeof createClient>;
  readonly databaseUrl: string;
  readonly artifacts: ReturnType<typeof fileArtifacts>;
  post(address: string, body: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
}

export async function openService(overrides: Partial<Config> = {}, token?: string): Promise<Service> {
  const database = await createTestDatabase();
  const folder = mkdtempSync(path.join(tmpdir(), 'gansweep-api-'));
  const config: Config = { ...readConfig({ GANSWEEP_ARTIFACTS: `file:${folder}`, GANSWEEP_PORT: '0' }), ...overrides };
  const log = createLog({ name: 'api', level: 'silent' });
  const store = createStore({ databaseUrl: database.url });
  const doorbell = createDoorbell({ databaseUrl: database.url, redisUrl: null, log });
  const artifacts = fileArtifacts(folder);
  const api = await startApi({ config, store, doorbell, artifacts, log, dashboardDir: null });
  return {
    address: api.address,
    store,
    client: createClient({ baseUrl: api.address, ...(token === undefined ? {} : { token }) }),
    databaseUrl: database.url,
    artifacts,
    post: (address, body, headers = {}) =>
      fetch(`${api.address}${address}`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', ...headers },
      }),
    [Symbol.asyncDispose]: async () => {
      await api.close();
      await doorbell.close();
      await store.close();
      await database[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A small spec; `overrides` go over its top-level keys. */
export function smallSpec(overrides: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    version: 1,
    name: 'small',
    description: 'A question?',
    method: 'grid',
    seeds: 2,
    parameters: {
      model: { value: 'mlp2d' },
      dataset: { value: 'ring8' },
      images: { value: 6_400 },
      lr: { values: [0.001, 0.01] },
      noise: { values: ['gaussian', 'uniform'] },
    },
    ...overrides,
  };
}
