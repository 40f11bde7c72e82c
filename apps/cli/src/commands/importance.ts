import type { ImportanceAnswer } from '@gansweep/contract';
import { EXIT } from '@gansweep/runtime';
import { UsageError } from '../failures.ts';
import { findSweep, serviceClient } from '../service/client.ts';
import { bar, dim, number, table } from '../terminal/table.ts';
import type { Command } from './command.ts';
import { wordsOf } from './words.ts';

/** Pairs that are listed: those that are surely there, and at most this many. */
const PAIRS_AT_MOST = 5;

export const importance: Command = {
  usage: 'SWEEP [--metric NAME] [--scale log] [--pair lrG,lrD]',
  about: 'which parameters matter to a score, alone and in pairs, and how sure that is',
  run: async (words) => {
    const { positionals, values } = wordsOf(
      words,
      { metric: { type: 'string' }, scale: { type: 'string' }, pair: { type: 'string' } },
      { names: ['SWEEP'] },
    );
    const scale = values.scale ?? 'linear';
    if (scale !== 'linear' && scale !== 'log') throw new UsageError(`--scale is linear or log, not ${scale}`);
    const { client } = serviceClient();
    const { id, name } = await findSweep(client, positionals[0] as string);
    const told = await client.weighParameters({
      id,
      scale,
      ...(values.metric ? { metric: values.metric } : {}),
      ...(values.pair ? { pair: values.pair } : {}),
    });
    console.log(`\n${name}: what ${told.metric} depends on${scale === 'log' ? ' (its logarithm)' : ''}\n`);
    if (told.method === null) {
      console.log(`No answer yet: ${told.because}.`);
      return EXIT.no;
    }
    console.log(sharesTable(told));
    console.log(dim(wordsAbout(told)));
    if (told.surface) console.log(`\n${surfaceTable(told.surface)}`);
    return EXIT.ok;
  },
};

function sharesTable({ parameters, interactions }: ImportanceAnswer): string {
  const byShare = parameters.toSorted((a, b) => b.share - a.share);
  const pairs = interactions
    .filter(({ low }) => (low ?? 0) > 0)
    .toSorted((a, b) => b.share - a.share)
    .slice(0, PAIRS_AT_MOST);
  const rows = [
    ...byShare.map((one) => ({ ...one, words: one.name })),
    ...pairs.map((one) => ({ ...one, words: one.names.join(' × ') })),
  ].map(({ words, share, low, high }) => [
    words,
    bar(share),
    percent(share),
    low === null || high === null ? '–' : `[${percent(low)}, ${percent(high)}]`,
  ]);
  return table(
    [{ name: 'parameter' }, { name: '' }, { name: 'share', right: true }, { name: '95 % interval', right: true }],
    rows,
  );
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;

function wordsAbout({ method, trials, runs, diverged, leftOut, noise, explained }: ImportanceAnswer): string {
  return [
    `shares of the variance between ${trials} configurations (${runs} runs), ${
      method === 'anova'
        ? 'by analysis of variance of the whole grid'
        : `by a forest of regression trees, which foresees ${percent(explained ?? 0)} of it where it has not looked`
    }`,
    noise === null
      ? 'one run for each configuration: nobody knows how much of it is the seed'
      : `between seeds of one configuration: standard deviation ${number(noise.std)}, ${percent(noise.share)} of the variance of runs`,
    ...(diverged > 0
      ? [`${diverged} diverged ${diverged === 1 ? 'run counts' : 'runs count'} as the worst score`]
      : []),
    ...(leftOut > 0 ? [`${leftOut} ended runs are left out: no score, another passport, pruned or failed`] : []),
  ].join('\n');
}

/** The first parameter downwards, the second across. */
function surfaceTable({ names, values, means }: NonNullable<ImportanceAnswer['surface']>): string {
  const shown = (value: string | number | boolean): string =>
    typeof value === 'number' ? number(value) : String(value);
  return table(
    [{ name: names.join(' \\ ') }, ...(values[1] ?? []).map((value) => ({ name: shown(value), right: true }))],
    means.map((row, i) => [shown(values[0]?.[i] ?? ''), ...row.map(number)]),
  );
}
