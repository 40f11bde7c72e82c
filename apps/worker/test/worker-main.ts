import { createLog, readConfig } from '@gansweep/runtime';
import { runWorkerProcess } from '../src/index.ts';

/** A worker process as the tests start it. */
const config = readConfig(process.env);
const log = createLog({ name: 'worker', level: config.logLevel });
await runWorkerProcess({ config, databaseUrl: config.databaseUrl ?? '', log });
process.exit(0);
