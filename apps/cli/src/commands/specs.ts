import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Configuration, dataHashOf } from '@gansweep/domain';
import { withRegistered } from '@gansweep/orchestrator';
import { EXIT, extractorRegistry, readConfig, trainerRegistry } from '@gansweep/runtime';
import {
  configurationWith,
  parseSweepSpec,
  planOf,
  type SpecProblem,
  type SpecText,
  type SweepSpec,
} from '@gansweep/spec';
import { fileArtifacts } from '@gansweep/store';
import { countSlots, type LaneNews, trainHere } from '@gansweep/worker';
import { Broken, Refused, UsageError } from '../failures.ts';
import { serviceClient } from '../service/client.ts';
import { watchSweep } from '../service/watch-sweep.ts';
import { bytes, dim, duration, number, table } from '../terminal/table.ts';
import type { Command } from './command.ts';
import { localVersionOf } from './dataset.ts';
import { showComparison } from './sweeps.ts';
import { integerOf, readSpec, wordsOf } from './words.ts';

const problemLines = (problems: readonly SpecProblem[]): string =>
  problems.map(({ path: at, message }) => `  ${at || '(the whole spec)'}: ${message}`).join('\n');

function parsed(file: string): { readonly text: SpecText; readonly spec: SweepSpec } {
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
      console.log(`${file} is valid: ${plan.trialCount} trials, ${plan.runCount} runs`);
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
      const shown = Array.from({ length: Math.min(20, plan.trialCount) }, (_, i) => plan.trialAt(i));
      const fields = plan.axes.length > 0 ? plan.axes : (['model', 'dataset'] as const);
      const rows = shown.map(({ trialId, configuration }) => [
        trialId.slice(0, 8),
        ...fields.map((name) => String((configuration as unknown as Record<string, unknown>)[name] ?? '')),
      ]);
      console.log(`${spec.name}: ${plan.trialCount} trials, ${plan.runCount} runs\n`);
      console.log(table([{ name: 'trial' }, ...fields.map((name) => ({ name }))], rows));
      if (plan.trialCount > shown.length) console.log(dim(`… and ${plan.trialCount - shown.length} more`));
      const { client, address } = serviceClient();
      const cost = await client.previewSweep(text).then(
        ({ estimatedCost: { images, seconds, basedOnRuns } }) =>
          `${images.toLocaleString('en-US')} images; ${seconds === null ? 'no run of this kind is recorded yet: gansweep try FILE measures one' : `about ${duration(seconds)} of one slot, from ${basedOnRuns} recorded runs`}`,
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
      `sweep ${sweep.id} '${sweep.name}': ${sweep.trialCount} trials, ${sweep.runCount} runs${sweep.adoptedRunCount > 0 ? `, ${sweep.adoptedRunCount} of them recorded before` : ''}`,
    );
    console.log(`${address}/#/sweeps/${sweep.id}`);
    if (!values.watch) return EXIT.ok;
    await watchSweep(client, sweep.id);
    return showComparison(client, sweep.id);
  },
};

export const tryOut: Command = {
  usage: 'FILE [--set name=value] [--images N]',
  about: 'trains the first configuration here, stores nothing, and says what the sweep would cost',
  details: '--set changes a field, again and again (--set lrG=1e-3 --set nz=32). --images shortens the training.',
  run: async (words) => {
    const { positionals, values } = wordsOf(
      words,
      { set: { type: 'string', multiple: true }, images: { type: 'string' } },
      { names: ['FILE'] },
    );
    return withSpec(async (file) => {
      const config = readConfig(process.env);
      const resolved = withRegistered(parsed(file).spec, {
        trainers: trainerRegistry(config.trainers),
        extractors: extractorRegistry(config.home),
      });
      if (!resolved.ok) throw new Refused(`${file} cannot be trained here`, { cause: resolved.error });
      const plan = planOf(resolved.value);
      const first = plan.trialAt(0).configuration;
      const changes = changesOf(values.set ?? []);
      if (values.images !== undefined) changes.images = String(integerOf('images', values.images, first.images));
      const configuration = changedConfiguration(first, changes);
      const folder = path.join(config.home, 'try', new Date().toISOString().replace(/[:.]/g, '-'));
      mkdirSync(folder, { recursive: true });
      const version = await localVersionOf(configuration.dataset, config.datasets);
      let stop = false;
      process.once('SIGINT', () => {
        stop = true;
      });
      const began = performance.now();
      let sample = '';
      const end = await trainHere({
        job: {
          configuration,
          seed: plan.runAt(0).seed,
          dataHash: dataHashOf(configuration.dataset, version ? [version] : []),
          folder: version,
          plans: [plan.evaluation],
        },
        backend: config.backend,
        backendHome: config.backendHome,
        artifacts: fileArtifacts(folder),
        datasets: config.datasets,
        home: config.home,
        trainers: config.trainers,
        plugins: config.plugins,
        evaluationShare: config.evaluationShare,
        stopAsked: () => stop,
        tell: (news) => {
          tellTry(news);
          if (news.kind === 'sample') sample = path.join(folder, news.sample.artifact);
        },
      });
      const seconds = (performance.now() - began) / 1000;
      if (end.kind === 'failed') throw new Broken(end.message);
      console.log(
        end.kind === 'diverged'
          ? `diverged after ${end.imagesSeen} images: ${end.firstBadTensor} was not finite first`
          : `${end.kind} after ${end.imagesSeen} images`,
      );
      const slots = countSlots();
      const whole = (seconds * first.images * plan.runCount) / Math.max(end.imagesSeen, 1);
      writeFileSync(path.join(folder, 'configuration.json'), `${JSON.stringify(configuration, null, 2)}\n`);
      console.log(`${duration(seconds)} with evaluations, ${bytes(process.memoryUsage().rss)} of memory`);
      console.log(
        `the sweep: ${plan.runCount} runs, about ${duration(whole)} of one slot, ${duration(whole / slots)} on this machine's ${slots}`,
      );
      if (sample) console.log(`samples: ${sample}`);
      return end.kind === 'diverged' ? EXIT.no : EXIT.ok;
    })(positionals[0] as string, words);
  },
};

function tellTry(news: LaneNews): void {
  switch (news.kind) {
    case 'started':
      console.log(`backend ${news.backend.name} ${news.backend.version} on ${news.backend.device}`);
      return;
    case 'points': {
      const { lossD, lossG, imagesPerSecond } = news.values;
      // What the detectors measured of samples.
      if (lossD === undefined && lossG === undefined) return;
      console.log(
        `${String(news.imagesSeen).padStart(10)} images  lossD ${number(lossD)}  lossG ${number(lossG)}  ${number(imagesPerSecond)} images/s`,
      );
      return;
    }
    case 'evaluation':
      console.log(
        `${String(news.evaluation.imagesSeen).padStart(10)} images  ${Object.entries(news.evaluation.scores)
          .map(([name, value]) => `${name} ${number(value)}`)
          .join('  ')}`,
      );
      return;
    default:
  }
}

/** A spec's first configuration, with fields changed. @throws Refused for a bad spec, UsageError for a bad change. */
export function configurationOf(file: string, pairs: readonly string[]): Configuration {
  return changedConfiguration(planOf(parsed(file).spec).trialAt(0).configuration, changesOf(pairs));
}

function changedConfiguration(first: Configuration, changes: Readonly<Record<string, string>>): Configuration {
  const changed = configurationWith(first, changes);
  if (!changed.ok)
    throw new UsageError(`--set: ${changed.error.map(({ path: at, message }) => `${at}: ${message}`).join('; ')}`);
  return changed.value;
}

function changesOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw new UsageError(`--set wants name=value, not '${pair}'`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
