import { parentPort, workerData } from 'node:worker_threads';
import { openDataset } from '@gansweep/datasets';
import { openGenerator } from '@gansweep/gan';
import { registeredExtractors } from '@gansweep/runtime';
import { openBackend } from '../choose-executor.ts';
import { usePlugins } from '../use-plugins.ts';
import type { ThreadAnswer, ThreadOrder, ThreadSettings } from './evaluation-thread.ts';
import { registeredIn } from './open-registered.ts';
import { scoreGenerator } from './score-generator.ts';

/** The thread that scores generators while its process trains; one at a time, in the order asked for. */
const { backend, backendHome, datasets, home, plugins } = workerData as ThreadSettings;
const begin = async () => {
  await usePlugins(plugins, registeredExtractors(home));
  return openBackend(backend, { backendHome });
};
const opened = begin();
// Each order hears of it.
opened.catch(() => {});

let tail: Promise<void> = Promise.resolve();
parentPort?.on('message', (order: ThreadOrder) => {
  tail = tail.then(() => answer(order)).then((said) => parentPort?.postMessage(said));
});

async function answer({ id, work, generator }: ThreadOrder): Promise<ThreadAnswer> {
  try {
    const executor = (await opened).executorFor(work.configuration);
    const dataset = await openDataset(work.configuration, { folder: datasets, version: work.folder });
    await using open = await openGenerator(generator, executor);
    const records = await scoreGenerator(work, {
      generator: open,
      dataset,
      executor,
      openRegistered: registeredIn(home),
      seconds: () => performance.now() / 1000,
    });
    return { id, records };
  } catch (error) {
    return { id, problem: error instanceof Error ? error.message : String(error) };
  }
}
