import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { npyHead } from '@gansweep/datasets';
import type { Samples } from '@gansweep/domain';
import { type OpenGenerator, openGenerator } from '@gansweep/gan';
import { EXIT, readConfig } from '@gansweep/runtime';
import { chooseExecutor } from '@gansweep/worker';
import { encode } from 'fast-png';
import { keptGenerator, unusable } from '../export/export-run.ts';
import { Refused, UsageError } from '../failures.ts';
import { findRun, serviceClient } from '../service/client.ts';
import type { Command } from './command.ts';
import { integerOf, numberOf, wordsOf } from './words.ts';

/** Drawn at once, so that memory stays flat; a multiple of the unit of the noise. */
const PART = 500;

export const generate: Command = {
  usage: 'RUN --n N --out DIR|FILE.npy [--images N] [--seed N] [--class N] [--truncation X]',
  about: 'images from a kept generator, as PNG files or one .npy',
  details:
    '--images chooses the checkpoint (the last one otherwise). Points of the plane go into a .npy of [n, 2].\n' +
    '--class N draws the class of this number alone, from 0, of a model that is told classes (without it they take turns), or what the\n' +
    'numbers of training image N give, of one that is told numbers. --truncation X draws styles of a StyleGAN to their mean, which is 0; 1 leaves them.',
  run: async (words) => {
    const { positionals, values } = wordsOf(
      words,
      {
        n: { type: 'string' },
        out: { type: 'string' },
        images: { type: 'string' },
        seed: { type: 'string' },
        class: { type: 'string' },
        truncation: { type: 'string' },
      },
      { names: ['RUN'] },
    );
    const count = integerOf('n', values.n, 64);
    const seed = integerOf('seed', values.seed, 1);
    const { out } = values;
    if (!out || count < 1) throw new UsageError('--out DIR or --out FILE.npy says where the samples go, --n how many');
    const { client } = serviceClient();
    const run = await findRun(client, positionals[0] as string);
    const kept = await keptGenerator(client, run, values.images === undefined ? null : Number(values.images));
    const config = readConfig(process.env);
    const executor = await chooseExecutor(config.backend, config);
    const truncation = numberOf('truncation', values.truncation);
    await using generator = await openGenerator(kept.bytes, executor, { truncation }).catch((error: unknown) => {
      if (error instanceof RangeError) throw new Refused(`${error.message}: leave --truncation out`);
      return unusable(run, kept.imagesSeen)(error);
    });
    const told =
      values.class === undefined ? {} : { classOf: oneClass(integerOf('class', values.class, 0), generator) };
    const sink = out.endsWith('.npy') ? npySink(out, count) : pngSink(out);
    for (let start = 0; start < count; start += PART)
      await sink.take(await generator.draw({ count: Math.min(PART, count - start), seed, start, ...told }), start);
    await sink.end();
    console.log(`${count} samples of run ${run.id} at ${kept.imagesSeen} images: ${out}`);
    return EXIT.ok;
  },
};

/** Gives every sample the one class. @throws Refused where the generator does not know it. */
export function oneClass(
  number: number,
  { toldOf, configuration }: Pick<OpenGenerator, 'toldOf' | 'configuration'>,
): () => number {
  if (toldOf === 0) throw new Refused(`${configuration.model} of this run is told no classes: leave --class out`);
  if (number >= toldOf)
    throw new Refused(`--class ${number} is none of the ${toldOf} that the generator is told: take 0 to ${toldOf - 1}`);
  return () => number;
}

interface Sink {
  take(samples: Samples, start: number): Promise<void>;
  end(): Promise<void>;
}

function pngSink(folder: string): Sink {
  mkdirSync(folder, { recursive: true });
  return {
    take: async (samples, start) => {
      if (samples.kind === 'points') throw new UsageError('points of the plane are not images: give --out FILE.npy');
      const { count, height, width, channels, data } = samples;
      const size = height * width * channels;
      for (let i = 0; i < count; i++) {
        const file = path.join(folder, `${String(start + i).padStart(6, '0')}.png`);
        writeFileSync(
          file,
          encode({
            width,
            height,
            data: data.subarray(i * size, (i + 1) * size),
            channels: channels as 1 | 3,
            depth: 8,
          }),
        );
      }
    },
    end: async () => {},
  };
}

/** NumPy's format 1.0, `[n, height, width, channels]` uint8 or `[n, 2]` float32. @see numpy.lib.format */
function npySink(file: string, count: number): Sink {
  const stream = createWriteStream(file);
  const broken = new Promise<never>((_, reject) => stream.once('error', reject));
  broken.catch(() => {});
  let begun = false;
  const write = (bytes: Uint8Array): Promise<void> =>
    Promise.race([new Promise<void>((resolve) => void stream.write(bytes, () => resolve())), broken]);
  return {
    take: async (samples) => {
      if (!begun) await write(npyHead(samples, count));
      begun = true;
      await write(new Uint8Array(samples.data.buffer, samples.data.byteOffset, samples.data.byteLength));
    },
    end: () => Promise.race([new Promise<void>((resolve) => void stream.end(() => resolve())), broken]),
  };
}
