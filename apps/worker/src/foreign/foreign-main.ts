import { DatasetError } from '@gansweep/datasets';
import { renderSamples } from '@gansweep/evaluation';
import { BadOnnx } from '@gansweep/program';
import { PluginError, registeredExtractors } from '@gansweep/runtime';
import { BackendUnavailable, chooseExecutor } from '../trainer/choose-executor.ts';
import { ExtractorChanged, registeredIn } from '../trainer/evaluation/open-registered.ts';
import { usePlugins } from '../trainer/use-plugins.ts';
import { type ForeignAnswer, type ForeignOrder, fileOfOrder } from './foreign-messages.ts';
import { inspectForeign } from './inspect-foreign.ts';
import { openForeign } from './open-foreign.ts';
import { scoreForeign } from './score-foreign.ts';

/** Entry of the process that alone touches a generator's file: reads or scores it, tells, ends. */
process.title = 'gansweep generator';

process.once('message', (order: ForeignOrder) => {
  void answerTo(order)
    .catch((error: unknown): ForeignAnswer => {
      if (error instanceof BadOnnx) return { kind: 'refused', message: `${fileOfOrder(order)} ${error.message}` };
      const expected = [DatasetError, ExtractorChanged, BackendUnavailable, PluginError, RangeError].some(
        (one) => error instanceof one,
      );
      if (expected) return { kind: 'refused', message: (error as Error).message };
      throw error;
    })
    .then((answer) => process.send?.(answer, () => process.disconnect()));
});

async function answerTo(order: ForeignOrder): Promise<ForeignAnswer> {
  if (order.kind === 'inspect')
    return { kind: 'inspected', generator: await inspectForeign(order.path, order.declared) };
  if (order.kind === 'sample') {
    const { generator, count, seed } = order.sampling;
    await using opened = await openForeign(generator);
    return { kind: 'sampled', png: renderSamples(await opened.draw({ count, seed })) };
  }
  const { work, backend, backendHome, datasets, home, plugins } = order;
  await usePlugins(plugins, registeredExtractors(home));
  const records = await scoreForeign(work, {
    executor: await chooseExecutor(backend, { backendHome }),
    datasets,
    openRegistered: registeredIn(home),
    seconds: () => performance.now() / 1000,
  });
  return { kind: 'scored', records };
}
