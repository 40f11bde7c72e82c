import { keepHouse } from '@gansweep/orchestrator';
import { createDoorbell } from '@gansweep/queue';
import { type Config, type Log, onShutdown, repeatEvery } from '@gansweep/runtime';
import { createStore, fileArtifacts } from '@gansweep/store';
import { type RunningWorker, startWorker, type WorkerDeps } from './supervisor/start-worker.ts';

/**
 * Runs one worker until it is told to end: the first signal drains, the second ends at once.
 * @throws NoBackend, or the error of a database that is away.
 */
export async function runWorkerProcess({
  config,
  databaseUrl,
  log,
  packSize,
  fusedLanes,
}: {
  readonly config: Config;
  readonly databaseUrl: string;
  readonly log: Log;
  readonly packSize?: WorkerDeps['packSize'];
  readonly fusedLanes?: WorkerDeps['fusedLanes'];
}): Promise<void> {
  const store = createStore({ databaseUrl });
  const doorbell = createDoorbell({ databaseUrl, redisUrl: config.redisUrl, log });
  let running: RunningWorker | null = null;
  let stopHousekeeping: () => Promise<void> = async () => {};
  const shutdown = onShutdown(() => {
    running?.abandon();
    process.exit(1);
  });
  try {
    running = await startWorker({
      config,
      ledger: store.runs,
      doorbell,
      artifacts: fileArtifacts(config.artifacts),
      log,
      packSize,
      fusedLanes,
    });
    stopHousekeeping = keepHouse({ store, doorbell, timers: config.timers, every: repeatEvery, log });
    await shutdown.asked;
    await running.drain();
  } finally {
    await stopHousekeeping();
    await doorbell.close();
    await store.close();
  }
}
