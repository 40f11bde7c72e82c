import { createDoorbell } from '@gansweep/queue';
import { createLog, readConfig } from '@gansweep/runtime';
import { createStore, fileArtifacts } from '@gansweep/store';
import { startWorker } from '@gansweep/worker';

/** A worker of the whole-sweep measurement; its one argument is the most runs of a pack, or `chosen`. Ends when its channel closes. */
const config = readConfig(process.env);
const databaseUrl = config.databaseUrl ?? '';
const log = createLog({ name: 'worker', level: 'warn' });
const store = createStore({ databaseUrl });
const doorbell = createDoorbell({ databaseUrl, redisUrl: null, log });
const worker = await startWorker({
  config,
  ledger: store.runs,
  doorbell,
  artifacts: fileArtifacts(config.artifacts),
  log,
  packSize: process.argv[2] === 'chosen' ? undefined : Number(process.argv[2]),
});
process.send?.('ready');
process.once('disconnect', async () => {
  await worker.drain();
  process.exit(0);
});
