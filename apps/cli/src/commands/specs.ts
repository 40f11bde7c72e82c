import { type Configuration, howMany } from '@gansweep/domain';
import { EXIT } from '@gansweep/runtime';
import {
  configurationWith,
  parseSweepSpec,
  planOf,
  type SpecProblem,
  type SpecText,
  type SweepSpec,
} from '@gansweep/spec';
import { Refused, UsageError } from '../failures.ts';
import { serviceClient } from '../service/client.ts';
import { watchSweep } from '../service/watch-sweep.ts';
import { betweenSeeds } from '../terminal/between-seeds.ts';
import { dim, duration, table } from '../terminal/table.ts';
import type { Command } from './command.ts';
import { showComparison } from './sweeps.ts';
import { readSpec, wordsOf } from './words.ts';

const problemLines = (problems: readonly SpecProblem[]): string =>
  problems.map(({ path: at, message }) => `  ${at || '(the whole spec)'}: ${message}`).join('\n');

/** A spec's file, read. @throws Refused with its problems as the cause */
export function parsed(file: string): { readonly text: SpecText; readonly spec: SweepSpec } {
  const text = readSpec(file);
  const spec = parseSweepSpec(text);
  if (!spec.ok) throw new Refused(`${file} is not a valid spec`, { cause: spec.error });
  return { text, spec: spec.value };
}

/** The first lines of every command on a spec: what is wrong with it, all of it. */
export const withSpec =
  (work: (file: string, words: readonly string[]) => Promise<number>) =>
  async (file: string, words: readonly string[]): Promise<number> => {
    try {
      return await work(file, words);
    } catch (error) {
      if (!(error instanceof Refused) || !Array.isArray(error.cause)) throw error;
      console.error(`gansweep: ${error.message}:\n${problemLines(error.cause as SpecProblem[])}`);
      return EXIT.no;
    }
  };

export const validate: Command = {
  usage: 'FILE',
  about: 'is the spec valid? every problem with its mend',
  run: async (words) => {
    const { positionals } = wordsOf(words, {}, { names: ['FILE'] });
    return withSpec(async (file) => {
      const plan = planOf(parsed(file).spec);
      console.log(`${file} is valid: ${howMany(plan.trialCount, 'trial')}, ${howMany(plan.runCount, 'run')}`);
      return EXIT.ok;
    })(positionals[0] as string, words);
  },
};

export const preview: Command = {
  usage: 'FILE',
  about: 'counts, the first configurations, the estimated cost; nothing is stored',
  run: async (words) => {
    const { positionals } = wordsOf(words, {}, { names: ['FILE'] });
    return withSpec(async (file) => {
      const { text, spec } = parsed(file);
      const plan = planOf(spec);
      const shown = Array.from({ length: Math.min(20, plan.decidedTrials) }, (_, i) => plan.trialAt(i));
      const fields = plan.axes.length > 0 ? plan.axes : (['model', 'dataset'] as const);
      const rows = shown.map(({ trialId, configuration }) => [
        trialId.slice(0, 8),
        ...fields.map((name) => String((configuration as unknown as Record<string, unknown>)[name] ?? '')),
      ]);
      console.log(
        `${spec.name}: ${howMany(plan.trialCount, 'trial')}, ${howMany(plan.runCount, 'run')}${betweenSeeds(plan.seeds)}\n`,
      );
      console.log(table([{ name: 'trial' }, ...fields.map((name) => ({ name }))], rows));
      if (plan.decidedTrials > shown.length) console.log(dim(`… and ${plan.decidedTrials - shown.length} more`));
      if (plan.trialCount > plan.decidedTrials)
        console.log(
          dim(`… and ${howMany(plan.trialCount - plan.decidedTrials, 'trial')} to be proposed as results come`),
        );
      const { client, address } = serviceClient();
      const cost = await client.previewSweep(text).then(
        ({ estimatedCost: { images, seconds, basedOnRuns } }) =>
          `${images.toLocaleString('en-US')} images; ${seconds === null ? 'no run of this kind is recorded yet: gansweep try FILE measures one' : `about ${duration(seconds)} of one slot, from ${howMany(basedOnRuns, 'recorded run')}`}`,
        () => `no service answers at ${address}, so nothing is known of speed: gansweep try FILE measures one run`,
      );
      console.log(`\ncost: ${cost}`);
      return EXIT.ok;
    })(positionals[0] as string, words);
  },
};

export const submit: Command = {
  usage: 'FILE [--watch] [--key KEY]',
  about: 'submits a sweep to the service',
  details:
    '--watch shows it until its runs have ended. --key is the Idempotency-Key: the same key and file again give the same sweep.',
  run: async (words) => {
    const { positionals, values } = wordsOf(
      words,
      { watch: { type: 'boolean' }, key: { type: 'string' } },
      { names: ['FILE'] },
    );
    const { client, address } = serviceClient();
    const sweep = await client.submitSweep(
      readSpec(positionals[0] as string),
      values.key ? { idempotencyKey: values.key } : {},
    );
    console.log(
      `sweep ${sweep.id} '${sweep.name}': ${howMany(sweep.trialCount, 'trial')}, ${howMany(sweep.runCount, 'run')}${sweep.adoptedRunCount > 0 ? `, ${sweep.adoptedRunCount} of them recorded before` : ''}`,
    );
    console.log(`${address}/#/sweeps/${sweep.id}`);
    if (!values.watch) return EXIT.ok;
    await watchSweep(client, sweep.id);
    return showComparison(client, sweep.id);
  },
};

/** A spec's first configuration, with fields changed. @throws Refused for a bad spec, UsageError for a bad change. */
export function configurationOf(file: string, pairs: readonly string[]): Configuration {
  return changedConfiguration(planOf(parsed(file).spec).trialAt(0).configuration, changesOf(pairs));
}

/** A configuration with other values of some fields. @throws UsageError naming what does not fit */
export function changedConfiguration(first: Configuration, changes: Readonly<Record<string, string>>): Configuration {
  const changed = configurationWith(first, changes);
  if (!changed.ok)
    throw new UsageError(`--set: ${changed.error.map(({ path: at, message }) => `${at}: ${message}`).join('; ')}`);
  return changed.value;
}

/** `name=value` words of `--set`. @throws UsageError */
export function changesOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw new UsageError(`--set wants name=value, not '${pair}'`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
