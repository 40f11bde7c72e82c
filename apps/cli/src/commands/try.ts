import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { dataHashOf, howMany } from '@gansweep/domain';
import { withRegistered } from '@gansweep/orchestrator';
import { EXIT, extractorRegistry, readConfig, trainerRegistry } from '@gansweep/runtime';
import { planOf } from '@gansweep/spec';
import { fileArtifacts } from '@gansweep/store/file-artifacts';
import { countSlots, type LaneNews, trainHere } from '@gansweep/worker';
import { Broken, Refused } from '../failures.ts';
import { bytes, duration, number } from '../terminal/table.ts';
import type { Command } from './command.ts';
import { localVersionOf } from './dataset.ts';
import { changedConfiguration, changesOf, parsed, withSpec } from './specs.ts';
import { integerOf, wordsOf } from './words.ts';

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
        `the sweep: ${howMany(plan.runCount, 'run')}, about ${duration(whole)} of one slot, ${duration(whole / slots)} on this machine's ${slots}`,
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
