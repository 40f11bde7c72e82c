import path from 'node:path';
import { EXIT, loadPlugins, readConfig, registeredExtractors } from '@gansweep/runtime';
import { checkPlugins } from '@gansweep/worker';
import { UsageError } from '../failures.ts';
import { table } from '../terminal/table.ts';
import type { Command } from './command.ts';
import { wordsOf } from './words.ts';

export const plugin: Command = {
  usage: 'check DIR',
  about: 'are the plugins of a folder sound? loads them, compares gradients with finite differences, tries the rest',
  details: 'The folder is what GANSWEEP_PLUGINS will name. Loading a plugin runs it. Exit 1 where one is refused.',
  run: async (words) => {
    const { positionals } = wordsOf(words, {}, { names: ['check', 'DIR'] });
    const [verb, folder] = positionals as [string, string];
    if (verb !== 'check') throw new UsageError(`plugin knows 'check', not '${verb}'`);
    const registered = registeredExtractors(readConfig(process.env).home);
    const checked = checkPlugins(await loadPlugins(path.resolve(folder)), registered);
    console.log(
      table(
        [{ name: 'kind' }, { name: 'name' }, { name: 'hash' }, { name: 'gradient error' }, { name: 'verdict' }],
        checked.map(({ kind, name, hash, gradientError, problem, lacksExtractor }) => [
          kind,
          name,
          hash,
          gradientError === null || problem !== null ? '–' : gradientError.toExponential(1),
          problem ?? (lacksExtractor === null ? 'sound' : tried(lacksExtractor)),
        ]),
      ),
    );
    return checked.every(({ problem }) => problem === null) ? EXIT.ok : EXIT.no;
  },
};

const tried = (extractor: string): string =>
  `sound with made-up features: no extractor '${extractor}' is registered here (gansweep extractor add FILE.onnx --name ${extractor})`;
