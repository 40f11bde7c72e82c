import type { Client, StoppingAnswer, SweepDetail } from '@gansweep/contract';
import { howMany, type SweepId } from '@gansweep/domain';
import { EXIT } from '@gansweep/runtime';
import { UsageError } from '../failures.ts';
import { allOf, findSweep, serviceClient } from '../service/client.ts';
import { unwellWorkers } from '../service/unwell-workers.ts';
import { watchSweep } from '../service/watch-sweep.ts';
import { betweenSeeds } from '../terminal/between-seeds.ts';
import { dim, duration, mebibytes, number, table, yellow } from '../terminal/table.ts';
import { trialsTable } from '../terminal/trials.ts';
import type { Command } from './command.ts';
import { wordsOf } from './words.ts';

/** The comparison of one sweep; 1 when a run of it failed. */
export async function showComparison(client: Client, id: SweepId): Promise<number> {
  const sweep = await client.getSweep({ id });
  const trials = await allOf((cursor) => client.listTrials({ id, limit: 500, ...(cursor ? { cursor } : {}) }));
  const beside = await allOf((cursor) => client.compareGenerators({ id, limit: 500, ...(cursor ? { cursor } : {}) }));
  console.log(
    `\n${sweep.name}${sweep.description ? `: ${sweep.description}` : ''}\n\n${trialsTable(sweep, trials, beside)}`,
  );
  return sweep.counts.failed + sweep.counts.quarantined > 0 ? EXIT.no : EXIT.ok;
}

export const watch: Command = {
  usage: 'SWEEP',
  about: 'shows a sweep until its runs have ended',
  run: async (words) => {
    const { positionals } = wordsOf(words, {}, { names: ['SWEEP'] });
    const { client } = serviceClient();
    const { id } = await findSweep(client, positionals[0] as string);
    await watchSweep(client, id);
    return showComparison(client, id);
  },
};

export const list: Command = {
  usage: '[--state STATE]',
  about: 'sweeps, newest first, and the workers',
  run: async (words) => {
    const { values } = wordsOf(words, { state: { type: 'string' } }, { names: [] });
    const { client } = serviceClient();
    const { items } = await client.listSweeps({
      limit: 100,
      ...(values.state ? { state: values.state as never } : {}),
    });
    const rows = items.map(({ id, name, state, trialCount, runCount, progress, createdAt }) => [
      (id as string).slice(-6),
      name,
      state,
      String(trialCount),
      `${progress.endedRuns}/${runCount}`,
      createdAt.slice(0, 16).replace('T', ' '),
    ]);
    console.log(
      rows.length > 0
        ? table(
            [
              { name: 'sweep' },
              { name: 'name' },
              { name: 'state' },
              { name: 'trials', right: true },
              { name: 'runs ended', right: true },
              { name: 'submitted (UTC)' },
            ],
            rows,
          )
        : 'no sweeps yet: gansweep submit FILE',
    );
    const workers = (await client.listWorkers({})).items;
    const slots = workers
      .filter(({ state }) => state === 'active')
      .reduce((total, worker) => total + worker.slots - worker.unwell.length, 0);
    console.log(
      dim(
        `${workers.length} ${workers.length === 1 ? 'worker' : 'workers'}, ${slots} ${slots === 1 ? 'slot' : 'slots'}${slots === 0 ? ': nothing trains until gansweep worker (or up) runs' : ''}`,
      ),
    );
    for (const words of unwellWorkers(workers)) console.log(yellow(words));
    return EXIT.ok;
  },
};

const change = (verb: 'pause' | 'resume', about: string): Command => ({
  usage: 'SWEEP',
  about,
  run: async (words) => {
    const { positionals } = wordsOf(words, {}, { names: ['SWEEP'] });
    const { client } = serviceClient();
    const { id, name } = await findSweep(client, positionals[0] as string);
    const { state } = await (verb === 'pause' ? client.pauseSweep({ id }) : client.resumeSweep({ id }));
    console.log(`${name} is ${state}`);
    return EXIT.ok;
  },
});

export const pause = change('pause', 'holds a sweep: running runs are checkpointed and wait');
export const resume = change('resume', 'lets a paused sweep go on');

export const remove: Command = {
  usage: 'SWEEP --confirm NAME',
  about: 'deletes an ended sweep and what no other sweep uses',
  run: async (words) => {
    const { positionals, values } = wordsOf(words, { confirm: { type: 'string' } }, { names: ['SWEEP'] });
    const { client } = serviceClient();
    const { id, name } = await findSweep(client, positionals[0] as string);
    if (values.confirm !== name) throw new UsageError(`to delete it for good repeat its name: --confirm '${name}'`);
    const { removedArtifacts } = await client.deleteSweep({ id, confirm: name });
    console.log(`${name} is deleted, with ${howMany(removedArtifacts, 'file')}`);
    return EXIT.ok;
  },
};

export const compare: Command = {
  usage: 'SWEEP… [--by lrG,lrD] [--metric NAME]',
  about: 'trials with mean and interval over seeds, or a marginal table over one or two parameters',
  run: async (words) => {
    const { positionals, values } = wordsOf(
      words,
      { by: { type: 'string' }, metric: { type: 'string' } },
      { names: ['SWEEP'], more: true },
    );
    const { client } = serviceClient();
    for (const text of positionals) {
      const { id, name } = await findSweep(client, text);
      if (!values.by) {
        await showComparison(client, id);
        continue;
      }
      const { metric, goal, by, cells } = await client.compareSweep({
        id,
        by: values.by,
        ...(values.metric ? { metric: values.metric } : {}),
      });
      const rows = cells.map(({ values: at, n, mean, low, high, diverged, trials }) => [
        ...by.map((parameter) => String(at[parameter])),
        `${number(mean)}${low === null || high === null ? '' : ` [${number(low)}, ${number(high)}]`}`,
        String(n),
        String(trials),
        String(diverged),
      ]);
      console.log(`\n${name}: ${metric} (${goal})\n`);
      console.log(
        table(
          [
            ...by.map((parameter) => ({ name: parameter })),
            { name: 'mean [95 % interval]', right: true },
            { name: 'runs', right: true },
            { name: 'trials', right: true },
            { name: 'diverged', right: true },
          ],
          rows,
        ),
      );
    }
    return EXIT.ok;
  },
};

export const show: Command = {
  usage: 'SWEEP [--runs]',
  about: 'one sweep: state, counts, cost, trials, or with --runs what each run took',
  run: async (words) => {
    const { positionals, values } = wordsOf(words, { runs: { type: 'boolean', default: false } }, { names: ['SWEEP'] });
    const { client } = serviceClient();
    const sweep = await findSweep(client, positionals[0] as string);
    const counts = Object.entries(sweep.counts)
      .filter(([, n]) => n > 0)
      .map(([state, n]) => `${n} ${state}`)
      .join(', ');
    console.log(
      `${sweep.id}  ${sweep.name}  ${sweep.state}\nspec ${sweep.specHash.slice(0, 12)}, ${howMany(sweep.trialCount, 'trial')}, ${howMany(sweep.runCount, 'run')}${betweenSeeds(sweep.seeds)}${sweep.progress.expandedRuns < sweep.runCount ? ` (${sweep.progress.expandedRuns} stand so far, the others follow)` : ''}: ${counts}\n${duration(sweep.cost.seconds)} of training${sweep.waitingBecause === null ? '' : `\nruns wait: ${sweep.waitingBecause}`}`,
    );
    for (const { at, changes, addedTrialCount, addedRunCount } of sweep.growths)
      console.log(
        dim(
          `grew ${at.slice(0, 16).replace('T', ' ')} by ${addedTrialCount} trials, ${addedRunCount} runs: ${changes.join('; ')}`,
        ),
      );
    if (sweep.stopping !== null) console.log(stoppingText(sweep.stopping));
    return values.runs ? showRuns(client, sweep) : showComparison(client, sweep.id);
  },
};

const percent = (share: number): string => `${Number((100 * share).toPrecision(2))} %`;

/** What early stopping did, what it saved and what it cost. */
function stoppingText({ type, metric, rungs, settled, stopped, budget, audit }: StoppingAnswer): string {
  const compared = rungs
    .map(({ images, compared: n, passed }) => `${passed} of ${n} went on at ${images} images`)
    .join(', ');
  const lines = [
    `${type} by ${metric}: ${compared}; ${howMany(stopped, 'trial')} ${settled ? 'stopped' : 'waiting'}; ${percent(budget.share)} of the budget`,
  ];
  if (audit !== null) {
    const found =
      audit.share === null || audit.regret === null
        ? ''
        : `, ${audit.beaten} of ${audit.ended} better than the best kept one (${percent(audit.share.low)}–${percent(audit.share.high)} of all stopped), regret ${number(audit.regret.mean ?? 0)}${audit.regret.low === null || audit.regret.high === null ? '' : ` [${number(audit.regret.low)}, ${number(audit.regret.high)}]`}`;
    lines.push(
      `audit: ${howMany(audit.trials, 'stopped trial')} trained to the end (${percent(budget.audit)} of the budget)${found}`,
    );
  }
  return lines.join('\n');
}

/** Runs in the order of the sweep, each with what it took. */
async function showRuns(client: Client, { id, axes }: Pick<SweepDetail, 'id' | 'axes'>): Promise<number> {
  const runs = await allOf((cursor) => client.listRuns({ sweep: id, limit: 500, ...(cursor ? { cursor } : {}) }));
  console.log(
    table(
      [
        { name: 'run' },
        ...axes.map((name) => ({ name })),
        { name: 'seed', right: true },
        { name: 'state' },
        { name: 'images', right: true },
        { name: 'backend' },
        { name: 'seconds', right: true },
        { name: 'MiB', right: true },
      ],
      runs.map((run) => [
        run.id.slice(-6),
        ...axes.map((name) => String(run.config[name] ?? '–')),
        String(run.seed),
        run.state,
        String(run.imagesSeen),
        run.backend?.name ?? '–',
        number(run.cost.seconds),
        mebibytes(run.cost.peakMemoryMib),
      ]),
    ),
  );
  return EXIT.ok;
}
