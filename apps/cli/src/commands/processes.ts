import path from 'node:path';
import { runApiProcess } from '@gansweep/api';
import { createLog, EXIT, onShutdown, readConfig } from '@gansweep/runtime';
import { runWorkerProcess } from '@gansweep/worker';
import { UsageError } from '../failures.ts';
import { bringUp, endWithSupervisor } from '../service/bring-up.ts';
import type { Command } from './command.ts';
import { wordsOf } from './words.ts';

/** The built dashboard. */
export const DASHBOARD = path.join(import.meta.dirname, '../../../dashboard/dist');

const processSettings = (name: 'api' | 'worker') => {
  process.title = `gansweep ${name}`;
  const config = readConfig(process.env);
  if (config.databaseUrl === null)
    throw new UsageError(
      `DATABASE_URL is not set: one process of a cluster needs it; 'gansweep up' runs everything with a database of its own`,
    );
  endWithSupervisor(process.env);
  return { config, databaseUrl: config.databaseUrl, log: createLog({ name, level: config.logLevel }) };
};

export const api: Command = {
  usage: '',
  about: 'one API process of a cluster (DATABASE_URL)',
  run: async (words) => {
    wordsOf(words, {}, { names: [] });
    await runApiProcess({ ...processSettings('api'), dashboardDir: DASHBOARD });
    return EXIT.ok;
  },
};

export const worker: Command = {
  usage: '',
  about: 'one worker process of a cluster (DATABASE_URL)',
  run: async (words) => {
    wordsOf(words, {}, { names: [] });
    await runWorkerProcess(processSettings('worker'));
    return EXIT.ok;
  },
};

export const up: Command = {
  usage: '',
  about: 'everything on this machine: database, API, dashboard, workers; Ctrl-C drains',
  run: async (words) => {
    wordsOf(words, {}, { names: [] });
    process.title = 'gansweep up';
    const config = readConfig(process.env);
    const shutdown = onShutdown(() => process.exit(EXIT.no));
    const service = await bringUp({ config, logs: 'terminal', say: (line) => console.log(line) });
    console.log(`gansweep is up: ${service.address} (Ctrl-C drains and ends it)`);
    try {
      await Promise.race([shutdown.asked, service.broken]);
      console.log('draining: runs are checkpointed and go back to the queue …');
    } finally {
      await service.stop();
    }
    return EXIT.ok;
  },
};
