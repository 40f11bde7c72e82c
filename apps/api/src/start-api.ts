import { randomBytes } from 'node:crypto';
import { uuidV7 } from '@gansweep/domain';
import { type ArtifactStore, type Doorbell, dispatchHints, keepHouse } from '@gansweep/orchestrator';
import { createDoorbell } from '@gansweep/queue';
import { type Config, extractorRegistry, type Log, onShutdown, repeatEvery, trainerRegistry } from '@gansweep/runtime';
import { createStore, fileArtifacts, type Store } from '@gansweep/store';
import { buildApp } from './build-app.ts';
import { closesGently } from './close-gently.ts';
import { holdNights } from './nights/hold-nights.ts';
import { serviceCircumstances } from './nights/service-circumstances.ts';

/** The service could not begin; one line for a person. */
export class ApiStartError extends Error {
  override readonly name = 'ApiStartError';
}

export interface RunningApi {
  /** Where it listens, such as `http://127.0.0.1:4100`. */
  readonly address: string;
  close(): Promise<void>;
}

export interface ApiOptions {
  readonly config: Config;
  readonly store: Store;
  readonly doorbell: Doorbell;
  readonly artifacts: ArtifactStore;
  readonly log: Log;
  readonly dashboardDir: string | null;
}

/** Listens and does the housekeeping. @throws ApiStartError when the address is taken or not ours. */
export async function startApi({
  config,
  store,
  doorbell,
  artifacts,
  log,
  dashboardDir,
}: ApiOptions): Promise<RunningApi> {
  const streams = new Set<() => void>();
  let ringing: Promise<void> = Promise.resolve();
  const ring = (): void => {
    ringing = ringing
      .then(() => dispatchHints(store.reconciler, doorbell))
      .catch((error: unknown) =>
        log.warn(
          { event: 'hints.failed', reason: error instanceof Error ? error.message : String(error) },
          'workers were not told of new runs; they will find them by themselves',
        ),
      );
  };
  const newId = (): string => uuidV7(Date.now(), randomBytes(10));
  const app = await buildApp({
    store,
    ring,
    artifacts,
    newId,
    streams,
    config,
    log,
    dashboardDir,
  });
  const closeGently = closesGently(app.server);
  let address: string;
  try {
    address = await app.listen({ host: config.host, port: config.port });
  } catch (error) {
    await app.close();
    throw startError(error, config);
  }
  const stop = keepHouse({ store, doorbell, timers: config.timers, every: repeatEvery, log });
  const registries = { trainers: trainerRegistry(config.trainers), extractors: extractorRegistry(config.home) };
  const stopNights = holdNights({
    store,
    registries,
    nightly: config.nightly,
    circumstances: serviceCircumstances(),
    newId,
    now: Date.now,
    every: repeatEvery,
    ring,
    log,
  });
  log.info({ event: 'api.started', address }, 'API started');
  return {
    address,
    close: async () => {
      await Promise.all([stop(), stopNights()]);
      for (const end of streams) end();
      await closeGently(() => app.close());
      await ringing;
    },
  };
}

function startError(error: unknown, { host, port }: Pick<Config, 'host' | 'port'>): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE')
    return new ApiStartError(`port ${port} on ${host} is in use: end what listens there, or set GANSWEEP_PORT`);
  if (code === 'EACCES')
    return new ApiStartError(`port ${port} on ${host} is not allowed for this user: set GANSWEEP_PORT above 1023`);
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return new ApiStartError(`GANSWEEP_HOST=${host} is no address of this machine`);
  return error instanceof Error ? error : new Error(message);
}

/** One API process, until it is told to end. */
export async function runApiProcess({
  config,
  databaseUrl,
  log,
  dashboardDir,
}: {
  readonly config: Config;
  readonly databaseUrl: string;
  readonly log: Log;
  readonly dashboardDir: string | null;
}): Promise<void> {
  const shutdown = onShutdown(() => process.exit(1));
  const store = createStore({ databaseUrl });
  const doorbell = createDoorbell({ databaseUrl, redisUrl: config.redisUrl, log });
  try {
    const api = await startApi({
      config,
      store,
      doorbell,
      artifacts: fileArtifacts(config.artifacts),
      log,
      dashboardDir,
    });
    await shutdown.asked;
    await api.close();
  } finally {
    await doorbell.close();
    await store.close();
  }
}
