import { EXIT } from '@gansweep/runtime';
import { curveLines, exportOnnx, exportTensorboard, exportTfjs } from '../export/export-run.ts';
import { UsageError } from '../failures.ts';
import { findRun, findSweep, serviceClient } from '../service/client.ts';
import type { Command } from './command.ts';
import { integerOf, wordsOf } from './words.ts';

const FORMATS = ['csv', 'json', 'jsonl', 'tensorboard', 'onnx', 'tfjs'] as const;

export const exportAll: Command = {
  usage: 'SWEEP|RUN [--format csv|json|jsonl|tensorboard|onnx|tfjs] [--out PATH] [--images N] [--batch N]',
  about: 'everything that a sweep recorded, or one run: its curves, an event file of TensorBoard, its generator',
  details:
    'csv, json and jsonl go to stdout (json of a sweep alone). tensorboard writes an event file into the folder --out; ' +
    'onnx writes the generator that was kept at --images, or last, to the file --out, for --batch samples a call (64); ' +
    'tfjs writes the same as a graph model of TensorFlow.js into the folder --out: tf.loadGraphModel takes its model.json.',
  run: async (words) => {
    const { positionals, values } = wordsOf(
      words,
      {
        format: { type: 'string', default: 'jsonl' },
        out: { type: 'string' },
        images: { type: 'string' },
        batch: { type: 'string' },
      },
      { names: ['SWEEP|RUN'] },
    );
    const format = FORMATS.find((name) => name === values.format);
    if (!format) throw new UsageError(`--format is ${FORMATS.join(', ')}, not '${values.format}'`);
    const text = positionals[0] as string;
    const { client } = serviceClient();
    if (format === 'tensorboard' || format === 'onnx' || format === 'tfjs') {
      const { out } = values;
      if (!out)
        throw new UsageError(
          `--out says where the ${{ onnx: 'model goes (a file)', tfjs: 'model goes (a folder)', tensorboard: 'events go (a folder)' }[format]}`,
        );
      const run = await findRun(client, text);
      if (format === 'tensorboard') console.log(await exportTensorboard(client, run, out));
      else {
        const images = values.images === undefined ? null : integerOf('images', values.images, 0);
        const batch = integerOf('batch', values.batch, 64);
        if (format === 'onnx') await exportOnnx(client, run, { images, batch, file: out });
        else await exportTfjs(client, run, { images, batch, folder: out });
        console.log(out);
      }
      return EXIT.ok;
    }
    const sweep = await findSweep(client, text).catch(() => null);
    if (!sweep) {
      if (format === 'json') throw new UsageError('the curves of a run are csv or jsonl');
      await write(await curveLines(client, await findRun(client, text), format));
      return EXIT.ok;
    }
    const answer = await client.exportSweep({ id: sweep.id, format });
    for await (const chunk of answer.body ?? []) await write(chunk);
    return EXIT.ok;
  },
};

async function write(chunk: string | Uint8Array): Promise<void> {
  if (!process.stdout.write(chunk)) await new Promise((resolve) => process.stdout.once('drain', resolve));
}
