import { createLog, readConfig } from '@gansweep/runtime';
import { runWorkerProcess, usePlugins } from '../src/index.ts';

/** A worker process as the tests start it. */
const config = readConfig(process.env);
const log = createLog({ name: 'worker', level: config.logLevel });
const { TEST_PACK_SIZE, TEST_FUSED_LANES } = process.env;
const packSize = TEST_PACK_SIZE ? Number(TEST_PACK_SIZE) : undefined;
const fusedLanes = TEST_FUSED_LANES ? Number(TEST_FUSED_LANES) : undefined;
await usePlugins(config.plugins);
await runWorkerProcess({ config, databaseUrl: config.databaseUrl ?? '', log, packSize, fusedLanes });
process.exit(0);
