import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { INCEPTION_NAME, MOBILENET_NAME, REGISTERED_NAME, RESERVED_NAMES } from '@gansweep/domain';
import { tensorsHash } from '@gansweep/evaluation';
import { BadOnnx, openOnnxGraph } from '@gansweep/program';
import {
  EXIT,
  EXTRACTOR_RANGES,
  type ExtractorRange,
  type RegisteredExtractor,
  readConfig,
  registeredExtractors,
  writeExtractors,
} from '@gansweep/runtime';
import { isOriginalInception } from '../extractors/inception.ts';
import { HOW_TO_MOBILENET, isNsfwjs, mobilenetOnnx } from '../extractors/mobilenet.ts';
import { Refused, UsageError } from '../failures.ts';
import { table } from '../terminal/table.ts';
import type { Command } from './command.ts';
import { wordsOf } from './words.ts';

export const extractor: Command = {
  usage: 'add FILE.onnx|PACKAGE --name NAME [--range unit|signed|bytes] [--output NAME] | list | remove NAME',
  about: 'registers a network of your own as an extractor: for scores of sweeps, and for gansweep evaluate',
  details: `FILE.onnx takes float32 pictures [n, 3 or 1, height, width] and gives [n, d] (or [n, d, 1, 1]) features. It stays where it is and is known by its hash;
pixels go in as 0…1 (unit, without --range), −1…1 (signed) or 0…255 (bytes). The extractor is identified by the hash of its weight tensors. Then evaluation.protocols of a spec and gansweep evaluate take kid-NAME/v1 and its like; in a cluster, add it on the API and on the workers.
What scripts/inception-to-onnx.py writes is registered as '${INCEPTION_NAME}' and gives fid/v1. The unpacked package nsfwjs 4.3.0 is registered as
'${MOBILENET_NAME}', a MobileNetV2 for pictures in colour: ${HOW_TO_MOBILENET}.`,
  run: async (words) => {
    const { positionals, values } = wordsOf(
      words,
      { name: { type: 'string' }, range: { type: 'string' }, output: { type: 'string' } },
      { names: ['add, list or remove'], more: true },
    );
    const { home } = readConfig(process.env);
    const known = registeredExtractors(home);
    const [verb, what] = positionals;
    switch (verb) {
      case 'list':
        console.log(
          table(
            [{ name: 'name' }, { name: 'features', right: true }, { name: 'weights' }, { name: 'file' }],
            known.map(({ name, dimension, weights, path: place }) => [
              name,
              String(dimension),
              weights.slice(0, 12),
              place,
            ]),
          ),
        );
        return EXIT.ok;
      case 'remove': {
        if (!known.some(({ name }) => name === what))
          throw new Refused(`there is no extractor '${what}' (gansweep extractor list)`);
        writeExtractors(
          home,
          known.filter(({ name }) => name !== what),
        );
        console.log(`'${what}' is forgotten; its file was left alone`);
        return EXIT.ok;
      }
      case 'add': {
        if (!what) throw new UsageError('FILE.onnx is missing (--help shows the form)');
        const added = isNsfwjs(what)
          ? await mobilenet(what, home)
          : await inspected(what, { ...values, range: rangeOf(values.range) });
        writeExtractors(home, [...known.filter(({ name }) => name !== added.name), added]);
        console.log(
          `'${added.name}': ${added.dimension} features, weights ${added.weights}\nin a spec: evaluation: { protocols: [${added.isInception ? 'fid/v1' : `kid-${added.name}/v1`}] }\ngansweep evaluate --real X --fake Y --protocol ${added.isInception ? 'fid/v1' : `kid-${added.name}/v1`}`,
        );
        return EXIT.ok;
      }
      default:
        throw new UsageError(`extractor knows 'add', 'list' and 'remove', not '${verb}'`);
    }
  },
};

/** The package's network, written as a file of its own under the home. */
async function mobilenet(folder: string, home: string): Promise<RegisteredExtractor> {
  const bytes = mobilenetOnnx(folder);
  mkdirSync(path.join(home, 'extractors'), { recursive: true });
  const file = path.join(home, 'extractors', `${MOBILENET_NAME}.onnx`);
  writeFileSync(file, bytes);
  return { ...(await inspected(file, { name: 'vetted', range: 'unit' })), name: MOBILENET_NAME };
}

function rangeOf(text: string | undefined): ExtractorRange {
  const range = text ?? 'unit';
  if (!Object.hasOwn(EXTRACTOR_RANGES, range))
    throw new UsageError(`--range is one of ${Object.keys(EXTRACTOR_RANGES).join(', ')}, not '${range}'`);
  return range as ExtractorRange;
}

async function inspected(
  file: string,
  wanted: { readonly name?: string | undefined; readonly range: ExtractorRange; readonly output?: string | undefined },
): Promise<RegisteredExtractor> {
  const bytes = readFileSync(file);
  try {
    await using graph = await openOnnxGraph(bytes);
    const weights = tensorsHash(graph.weights);
    const isInception = isOriginalInception(graph.metadata, weights);
    const [input, ...more] = graph.inputs;
    const [, channels, height, width] = input?.shape ?? [];
    if (
      !input ||
      more.length > 0 ||
      input.shape.length !== 4 ||
      !height ||
      !width ||
      (channels !== 1 && channels !== 3)
    )
      throw new BadOnnx(
        `takes ${graph.inputs.map(({ name, shape }) => `${name} [${shape.map((side) => side ?? 'n').join(', ')}]`).join(', ') || 'nothing'}: wanted is one input of pictures [n, 3 or 1, height, width] with fixed sides`,
      );
    const output = wanted.output ?? graph.outputs[0]?.name ?? '';
    if (!graph.outputs.some(({ name }) => name === output))
      throw new BadOnnx(`has no output '${output}', but ${graph.outputs.map(({ name }) => name).join(', ')}`);
    // Two pictures, so that a graph of a fixed batch is found out now.
    const dims = [2, channels, height, width];
    const data = new Float32Array(dims.reduce((product, side) => product * side, 1));
    const tried = await graph.run({ name: input.name, data, dims }, output).catch((error: unknown) => {
      if (error instanceof BadOnnx) throw error;
      throw new BadOnnx(`does not run on two pictures: ${error instanceof Error ? error.message : String(error)}`);
    });
    if (tried.dims[0] !== 2 || tried.dims.slice(2).some((side) => side !== 1))
      throw new BadOnnx(
        `gives '${output}' of shape ${tried.dims.join('×')} for two pictures: wanted are rows of features`,
      );
    return {
      name: nameOf(wanted.name, isInception),
      path: path.resolve(file),
      file: createHash('sha256').update(bytes).digest('hex'),
      weights,
      input: { name: input.name, height, width, channels },
      output,
      dimension: tried.data.length / 2,
      range: wanted.range,
      isInception,
    };
  } catch (error) {
    if (error instanceof BadOnnx) throw new Refused(`${file} ${error.message}`);
    throw error;
  }
}

function nameOf(wanted: string | undefined, isInception: boolean): string {
  const name = isInception ? INCEPTION_NAME : wanted;
  if (name === undefined) throw new UsageError('--name NAME says what its scores are called, as vgg16 of kid-vgg16');
  if (!REGISTERED_NAME.test(name))
    throw new UsageError(`--name is small letters and digits, a letter first, not '${name}'`);
  const taken: readonly string[] = [...RESERVED_NAMES, MOBILENET_NAME, ...(isInception ? [] : [INCEPTION_NAME])];
  if (taken.includes(name)) throw new UsageError(`the name '${name}' is taken: choose another`);
  return name;
}
