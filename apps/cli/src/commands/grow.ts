import { EXIT } from '@gansweep/runtime';
import { UsageError } from '../failures.ts';
import { allOf, findSweep, serviceClient } from '../service/client.ts';
import { growthPatch } from '../service/growth-patch.ts';
import type { Command } from './command.ts';
import { readSpec, wordsOf } from './words.ts';

export const grow: Command = {
  usage:
    'SWEEP [--values NAME=V,V]… [--set NAME=VALUE]… [--seeds N] [--run-cap N] [--priority N] [--file PATCH] [--key KEY]',
  about: 'gives a sweep more values, wider ranges, longer runs, seeds; nothing that it has is repeated',
  details: `--values adds values of a parameter to those there. --set images=20000 adds longer runs beside those there, which
go on from their last checkpoints where no schedule depends on images; --set lr=1e-5..1e-2 widens a range, from which --run-cap lets
new trials be drawn. --seeds takes a number, a list (11,12) or a range (2..8).
--file is a part of a spec, or the whole file with more in it. --key is the Idempotency-Key.`,
  run: async (words) => {
    const { positionals, values } = wordsOf(
      words,
      {
        values: { type: 'string', multiple: true },
        set: { type: 'string', multiple: true },
        seeds: { type: 'string' },
        'run-cap': { type: 'string' },
        priority: { type: 'string' },
        file: { type: 'string' },
        key: { type: 'string' },
      },
      { names: ['SWEEP'] },
    );
    const { client } = serviceClient();
    const { id, name, spec } = await findSweep(client, positionals[0] as string);
    const patch = async () => {
      const told = {
        set: values.set ?? [],
        values: values.values ?? [],
        seeds: values.seeds,
        runCap: values['run-cap'],
      };
      const trials = await allOf((cursor) => client.listTrials({ id, limit: 500, ...(cursor ? { cursor } : {}) }));
      const configurations = trials.map(({ config }) => config);
      return growthPatch({ ...told, priority: values.priority }, { spec: spec as object, configurations });
    };
    const others = Object.keys(values).filter((option) => option !== 'file' && option !== 'key');
    if (values.file !== undefined && others.length > 0)
      throw new UsageError(`--file says all of it: leave out --${others.join(', --')}`);
    if (values.file === undefined && others.length === 0)
      throw new UsageError(
        'say what there is to be more of: --values, --set, --seeds, --run-cap, --priority or --file',
      );
    const text =
      values.file === undefined
        ? { text: JSON.stringify(await patch()), format: 'json' as const }
        : readSpec(values.file);
    const grown = await client.growSweep(id, text, values.key ? { idempotencyKey: values.key } : {});
    const { changes, notes, addedTrialCount, addedRunCount, adoptedRunCount } = grown.growth;
    console.log(
      `${name}: ${addedTrialCount} trials and ${addedRunCount} runs more${adoptedRunCount > 0 ? `, ${adoptedRunCount} of them recorded before` : ''}; it is ${grown.state}`,
    );
    for (const line of [...changes, ...notes]) console.log(`  ${line}`);
    return EXIT.ok;
  },
};
