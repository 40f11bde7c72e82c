import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Client, SweepDetail, TrialAnswer } from '@gansweep/contract';
import { howMany } from '@gansweep/domain';
import { EXIT, onShutdown, readConfig } from '@gansweep/runtime';
import { UsageError } from '../failures.ts';
import { bringUp } from '../service/bring-up.ts';
import { allOf, serviceClient } from '../service/client.ts';
import { watchSweep } from '../service/watch-sweep.ts';
import { duration } from '../terminal/table.ts';
import { trialsTable } from '../terminal/trials.ts';
import type { Command } from './command.ts';
import { readSpec, wordsOf } from './words.ts';

const DEMO = path.join(import.meta.dirname, '../../../../sweeps/demo.yaml');
/** Ends that are results; a failure or a cancelled run is none. */
const RESULTS = ['succeeded', 'diverged', 'pruned'];

export const demo: Command = {
  usage: '[--once] [--json FILE]',
  about: 'up with sweeps/demo.yaml, progress, and the comparison at the end',
  details:
    '--once ends everything after the sweep: 0 when every run has a result. --json writes runs and trials to FILE.',
  run: async (words) => {
    const { values } = wordsOf(words, { once: { type: 'boolean' }, json: { type: 'string' } }, { names: [] });
    if (values.json === '') throw new UsageError('--json needs a file');
    process.title = 'gansweep demo';
    const began = performance.now();
    const config = readConfig(process.env);
    const shutdown = onShutdown(() => process.exit(EXIT.no));
    console.log('starting the database, the API and a worker …');
    const service = await bringUp({ config, logs: 'files', say: (line) => console.log(line) });
    try {
      const { client } = serviceClient(config);
      console.log(`the dashboard is at ${service.address}; logs are in ${path.join(config.home, 'logs')}`);
      const submitted = await client.submitSweep(readSpec(DEMO));
      console.log(
        `sweep '${submitted.name}': ${howMany(submitted.trialCount, 'trial')}, ${howMany(submitted.runCount, 'run')}`,
      );
      if (submitted.adoptedRunCount > 0)
        console.log(
          `${submitted.adoptedRunCount} of them were trained here before and are used again (reuse: false in the spec trains anew)`,
        );
      const sweep = await Promise.race([
        watchSweep(client, submitted.id, { isOver: shutdown.isAsked }),
        service.broken,
      ]);
      const trials = await allOf((cursor) =>
        client.listTrials({ id: sweep.id, limit: 500, ...(cursor ? { cursor } : {}) }),
      );
      const seconds = (performance.now() - began) / 1000;
      console.log(`\n${sweep.description}\n\n${trialsTable(sweep, trials)}\n`);
      const { runs, ...report } = await reportOf(client, sweep, trials, seconds);
      if (values.json) writeFileSync(values.json, `${JSON.stringify({ ...report, runs }, null, 2)}\n`);
      const whole = runs.every(({ state }) => RESULTS.includes(state));
      console.log(`${duration(seconds)}; the dashboard: ${service.address}/#/sweeps/${sweep.id}`);
      if (values.once) return whole ? EXIT.ok : EXIT.no;
      console.log('Ctrl-C ends it.');
      await Promise.race([shutdown.asked, service.broken]);
      return whole ? EXIT.ok : EXIT.no;
    } finally {
      await service.stop();
    }
  },
};

/** The shape that scripts read. */
async function reportOf(client: Client, sweep: SweepDetail, trials: readonly TrialAnswer[], seconds: number) {
  const runs = await allOf((cursor) => client.listRuns({ sweep: sweep.id, limit: 500, ...(cursor ? { cursor } : {}) }));
  return {
    sweep: { id: sweep.id, name: sweep.name, state: sweep.state, specHash: sweep.specHash },
    seconds: Math.round(seconds * 10) / 10,
    runs: await Promise.all(
      runs.map(async (run) => {
        const [{ series }, { items: evaluations }] = await Promise.all([
          client.getCurves({ id: run.id, maxPoints: 0 }),
          client.listEvaluations({ id: run.id, limit: 500 }),
        ]);
        const last = Math.max(0, ...evaluations.map(({ imagesSeen }) => imagesSeen));
        return {
          id: run.id,
          state: run.state,
          config: run.config,
          seed: run.seed,
          backend: run.backend?.name ?? null,
          points: Object.fromEntries(
            Object.entries(series).flatMap(([name, curve]) => (curve ? [[name, curve.images.length]] : [])),
          ),
          metrics: Object.assign(
            {},
            ...evaluations.filter(({ imagesSeen }) => imagesSeen === last).map(({ scores }) => scores),
          ) as Record<string, number | null>,
        };
      }),
    ),
    trials: trials.map(({ config, metrics }) => ({
      config,
      metrics: Object.fromEntries(
        Object.entries(metrics).map(([name, { n, mean, low, high }]) => [name, { n, mean, low, high }]),
      ),
    })),
  };
}
