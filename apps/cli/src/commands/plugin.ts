import path from 'node:path';
import { checkLoss, type PluginLossFunctions } from '@gansweep/gan';
import { EXIT, loadPlugins } from '@gansweep/runtime';
import { UsageError } from '../failures.ts';
import { table } from '../terminal/table.ts';
import type { Command } from './command.ts';
import { wordsOf } from './words.ts';

export const plugin: Command = {
  usage: 'check DIR',
  about: 'are the plugins of a folder sound? loads them and compares their gradients with finite differences',
  details: 'The folder is what GANSWEEP_PLUGINS will name. Loading a plugin runs it. Exit 1 where one is refused.',
  run: async (words) => {
    const { positionals } = wordsOf(words, {}, { names: ['check', 'DIR'] });
    const [verb, folder] = positionals as [string, string];
    if (verb !== 'check') throw new UsageError(`plugin knows 'check', not '${verb}'`);
    const { losses } = await loadPlugins(path.resolve(folder));
    const rows = losses.map((loss) => {
      // Parsed as functions; what they do with symbolic tensors is what is checked.
      const { error, problem } = checkLoss(loss as unknown as PluginLossFunctions);
      const isSound = problem === null;
      return { isSound, row: [loss.name, loss.hash, isSound ? error.toExponential(1) : '–', problem ?? 'sound'] };
    });
    console.log(
      table(
        [{ name: 'loss' }, { name: 'hash' }, { name: 'gradient error' }, { name: 'verdict' }],
        rows.map(({ row }) => row),
      ),
    );
    return rows.every(({ isSound }) => isSound) ? EXIT.ok : EXIT.no;
  },
};
