import { CURVE_NAMES } from '@gansweep/domain';
import { EXIT } from '@gansweep/runtime';
import { Refused, UsageError } from '../failures.ts';
import { findRun, findSweep, serviceClient } from '../service/client.ts';
import { plot } from '../terminal/plot.ts';
import { dim, duration, mebibytes, number, table } from '../terminal/table.ts';
import type { Command } from './command.ts';
import { show as showSweep } from './sweeps.ts';
import { wordsOf } from './words.ts';

/** A sweep or a run, whichever the word names. */
export const show: Command = {
  usage: 'SWEEP [--runs] | RUN',
  about: 'one sweep with its trials, or with what each of its runs took; or one run with its attempts and scores',
  run: async (words) => {
    const { positionals } = wordsOf(words, { runs: { type: 'boolean' } }, { names: ['SWEEP|RUN'] });
    const { client } = serviceClient();
    const text = positionals[0] as string;
    const isSweep = await findSweep(client, text).then(
      () => true,
      () => false,
    );
    if (isSweep) return showSweep.run(words);
    const run = await findRun(client, text);
    console.log(
      `run ${run.id}  seed ${run.seed}  ${run.state}  ${run.imagesSeen} of ${run.config.images} images, ${duration(run.cost.seconds)} (evaluations ${duration(run.cost.evaluationSeconds)})${run.cost.peakMemoryMib === null ? '' : `, at most ${mebibytes(run.cost.peakMemoryMib)} MiB`}`,
    );
    if (run.continues) console.log(`goes on from the last checkpoint of run ${run.continues}`);
    if (run.outcome?.kind === 'diverged')
      console.log(
        `diverged after ${run.outcome.atImagesSeen} images: ${run.outcome.firstBadTensor} was not finite first`,
      );
    if (run.outcome && 'failure' in run.outcome)
      console.log(`${run.outcome.failure.kind}: ${run.outcome.failure.message}`);
    console.log(
      dim(
        Object.entries(run.config)
          .map(([name, value]) => `${name}=${value}`)
          .join(' '),
      ),
    );
    const attempts = run.attempts.map(
      ({ epoch, host, slot, resumedAtImages, pack, endedAs, seconds, peakMemoryMib, backend, failure }) => [
        String(epoch),
        `${host}/${slot}`,
        backend ? `${backend.name} ${backend.version}` : '–',
        String(resumedAtImages),
        String(pack.size),
        endedAs ?? 'running',
        number(seconds),
        mebibytes(peakMemoryMib),
        failure?.message ?? '',
      ],
    );
    console.log(
      `\n${table([{ name: 'epoch', right: true }, { name: 'worker' }, { name: 'backend' }, { name: 'from images', right: true }, { name: 'pack', right: true }, { name: 'ended' }, { name: 'seconds', right: true }, { name: 'MiB', right: true }, { name: 'why' }], attempts)}`,
    );
    const because = run.attempts.at(-1)?.pack.because;
    if (because) console.log(dim(`pack: ${because}`));
    const { items } = await client.listEvaluations({ id: run.id, limit: 500 });
    for (const { imagesSeen, protocol, scores } of items)
      console.log(
        `${String(imagesSeen).padStart(10)} images  ${protocol.padEnd(14)} ${Object.entries(scores)
          .map(([name, value]) => `${name} ${number(value)}`)
          .join('  ')}`,
      );
    return EXIT.ok;
  },
};

export const curves: Command = {
  usage: 'RUN [--names lossD,lossG]',
  about: 'a run’s curves, plotted in the terminal',
  run: async (words) => {
    const { positionals, values } = wordsOf(
      words,
      { names: { type: 'string', default: 'lossD,lossG' } },
      { names: ['RUN'] },
    );
    const names = values.names.split(',');
    const unknown = names.find((name) => !(CURVE_NAMES as readonly string[]).includes(name));
    if (unknown) throw new UsageError(`there is no curve '${unknown}': ${CURVE_NAMES.join(', ')}`);
    const { client } = serviceClient();
    const run = await findRun(client, positionals[0] as string);
    const { series } = await client.getCurves({ id: run.id, names: values.names, maxPoints: 400 });
    const known = names.flatMap((name) => {
      const curve = series[name as keyof typeof series];
      return curve && curve.images.length > 0 ? [{ name, images: curve.images, values: curve.value }] : [];
    });
    if (known.length === 0) throw new Refused('the run has no points of these curves yet');
    console.log(plot(known, { width: Math.min((process.stdout.columns ?? 100) - 12, 120), height: 16 }));
    return EXIT.ok;
  },
};

export const logs: Command = {
  usage: 'RUN [--follow]',
  about: 'what a run’s trainers printed',
  run: async (words) => {
    const { positionals, values } = wordsOf(words, { follow: { type: 'boolean' } }, { names: ['RUN'] });
    const { client } = serviceClient();
    const { id } = await findRun(client, positionals[0] as string);
    const line = ({ epoch, at, line: text }: { epoch: number; at: string; line: string }): void =>
      console.log(`${dim(`${at.slice(11, 19)} ${epoch}`)} ${text}`);
    if (values.follow) for await (const each of client.followLogs({ id })) line(each);
    else for (const each of (await client.getLogs({ id, limit: 500 })).items) line(each);
    return EXIT.ok;
  },
};

export const cancel: Command = {
  usage: 'SWEEP|RUN',
  about: 'ends a sweep, or one run',
  run: async (words) => {
    const { positionals } = wordsOf(words, {}, { names: ['SWEEP|RUN'] });
    const { client } = serviceClient();
    const text = positionals[0] as string;
    const sweep = await findSweep(client, text).catch((error: unknown) => {
      if (error instanceof Refused || (error as { status?: number }).status === 404) return null;
      throw error;
    });
    if (sweep) console.log(`${sweep.name} is ${(await client.cancelSweep({ id: sweep.id })).state}`);
    else {
      const { id } = await findRun(client, text);
      console.log(`run ${id} is ${(await client.cancelRun({ id })).state}`);
    }
    return EXIT.ok;
  },
};

export const retry: Command = {
  usage: 'RUN [--fresh]',
  about: 'queues an ended run again, from its last checkpoint or afresh',
  run: async (words) => {
    const { positionals, values } = wordsOf(words, { fresh: { type: 'boolean', default: false } }, { names: ['RUN'] });
    const { client } = serviceClient();
    const { id } = await findRun(client, positionals[0] as string);
    console.log(`run ${id} is ${(await client.retryRun({ id, body: { fresh: values.fresh } })).state}`);
    return EXIT.ok;
  },
};
