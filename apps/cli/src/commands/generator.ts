import { writeFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import type { Client, RegisteredGeneratorAnswer } from '@gansweep/contract';
import {
  type DatasetId,
  type ForeignGenerator,
  GENERATOR_NAME,
  isFolderId,
  LATENT_LAWS,
  type Passport,
  PIXEL_RANGES,
} from '@gansweep/domain';
import { EXIT, readConfig } from '@gansweep/runtime';
import {
  type ForeignLimits,
  ForeignRefused,
  inspectForeignFile,
  sampleForeignFile,
  scoreForeignFile,
} from '@gansweep/worker';
import { Refused, UsageError } from '../failures.ts';
import { nearest } from '../nearest.ts';
import { serviceClient } from '../service/client.ts';
import { number, table } from '../terminal/table.ts';
import type { Command } from './command.ts';
import { localVersionOf } from './dataset.ts';
import { generatorProtocols } from './generator-protocols.ts';
import { integerOf, numberOf, wordsOf } from './words.ts';

const VERBS = 'add FILE.onnx --name NAME|score NAME --dataset D|sample NAME --out FILE.png|list|show NAME|remove NAME';
const OPTIONS = {
  name: { type: 'string' },
  law: { type: 'string' },
  range: { type: 'string' },
  layout: { type: 'string' },
  classes: { type: 'string' },
  truncation: { type: 'string' },
  latent: { type: 'string' },
  class: { type: 'string' },
  output: { type: 'string' },
  dataset: { type: 'string' },
  protocols: { type: 'string' },
  samples: { type: 'string' },
  seconds: { type: 'string' },
  out: { type: 'string' },
  n: { type: 'string' },
  seed: { type: 'string' },
  json: { type: 'boolean' },
} as const;
type Values = { readonly [Name in Exclude<keyof typeof OPTIONS, 'json'>]?: string | undefined } & {
  readonly json?: boolean | undefined;
};

/** As sweeps have it unless they say otherwise. */
const SAMPLES = 2_000;
const SCORE_SECONDS = 600;
const INSPECT_SECONDS = 60;
const SHOWN = 64;

export const generator: Command = {
  usage: VERBS,
  about: 'generators that were trained elsewhere, as ONNX: sampled, scored and compared beside runs',
  details: [
    'add FILE.onnx --name NAME   latent vectors [n, size] in; points [n, 2] or images of 1 or 3 channels out. What `gansweep export',
    '                            --format onnx` writes says itself how it is read; of others, where a guess would be wrong:',
    `  --law LAW                 of the latent vector: ${LATENT_LAWS.join(', ')} (standard: gaussian)`,
    `  --range RANGE             of pixels: ${PIXEL_RANGES.join(' (−1…1), ').replace('(−1…1), bytes', '(0…1), bytes (0…255)')} (standard: signed)`,
    '  --layout nchw|nhwc  --classes N  --truncation X  --latent INPUT  --class INPUT  --output OUTPUT',
    'score NAME --dataset D      draws --samples (2000) of it and scores them as a run on D is; --protocols P,Q (standard: those of D),',
    `                            --seconds N ends it (${SCORE_SECONDS})`,
    'sample NAME --out FILE.png  --n samples (64) of --seed (1) as one picture',
    'show NAME                   what it is, and its scores; compare and the page put them beside the trials of equal passports',
    'The file stays where it is, is known by the hash of its weights, and is touched only by a process of its own, with limits.',
  ].join('\n'),
  run: async (words) => {
    const { positionals, values } = wordsOf(words, OPTIONS, { names: [VERBS], more: true });
    const [verb, what, surplus] = positionals;
    if (surplus !== undefined) throw new UsageError(`'${surplus}' is one word too many (--help shows the form)`);
    const { client } = serviceClient();
    try {
      switch (verb) {
        case 'add':
          return await add(client, needed(what, 'FILE.onnx'), values);
        case 'score':
          return await score(client, needed(what, 'NAME'), values);
        case 'sample':
          return await sample(client, needed(what, 'NAME'), values);
        case 'list':
          return await list(client, values);
        case 'show':
          return await show(client, needed(what, 'NAME'), values);
        case 'remove': {
          const { name } = await client.removeGenerator({ name: needed(what, 'NAME') });
          console.log(`'${name}' and its scores are forgotten; its file was left alone`);
          return EXIT.ok;
        }
        default:
          throw new UsageError(`generator knows ${VERBS}; not '${verb}'`);
      }
    } catch (error) {
      if (error instanceof ForeignRefused) throw new Refused(error.message);
      throw error;
    }
  },
};

function needed(word: string | undefined, name: string): string {
  if (word === undefined) throw new UsageError(`${name} is missing (--help shows the form)`);
  return word;
}

async function add(client: Client, file: string, values: Values): Promise<number> {
  const name = values.name ?? '';
  if (!GENERATOR_NAME.test(name))
    throw new UsageError(`--name has small letters, digits and hyphens, at most 63; not '${name}'`);
  const found = await inspectForeignFile(
    file,
    {
      name,
      law: oneOf('law', values.law, LATENT_LAWS),
      range: oneOf('range', values.range, PIXEL_RANGES),
      layout: oneOf('layout', values.layout, ['nchw', 'nhwc'] as const),
      classes: values.classes === undefined ? undefined : integerOf('classes', values.classes, 0),
      truncation: numberOf('truncation', values.truncation),
      latentInput: values.latent,
      classInput: values.class,
      output: values.output,
    },
    limitsOf({ seconds: INSPECT_SECONDS }),
  );
  const { done } = await client.registerGenerator({ body: found });
  if (values.json) console.log(JSON.stringify({ ...found, done }, null, 2));
  else {
    console.log(
      `${factsOf(found).join('\n')}${done === 'replaced' ? '\nin place of another one, whose scores are gone' : ''}`,
    );
    console.log(`gansweep generator score ${name} --dataset D`);
  }
  return EXIT.ok;
}

async function score(client: Client, name: string, values: Values): Promise<number> {
  const dataset = needed(values.dataset, '--dataset D') as DatasetId;
  const known = (await client.listDatasets({ limit: 500 })).items.map(({ id }) => id);
  if (!known.includes(dataset)) {
    const close = nearest(dataset, known);
    throw new UsageError(`there is no data set '${dataset}'${close ? `; did you mean '${close}'?` : ''}`);
  }
  const answer = await client.getGenerator({ name });
  const found = registered(answer);
  const protocols = generatorProtocols(values.protocols, { dataset, generator: found });
  const config = readConfig(process.env);
  const { backend, backendHome, datasets, home, plugins } = config;
  const records = await scoreForeignFile(
    {
      work: {
        generator: found,
        dataset,
        resolution: found.output.kind === 'images' ? found.output.height : null,
        folder: isFolderId(dataset) ? await localVersionOf(dataset, datasets) : null,
        protocols,
        samples: Math.max(1, integerOf('samples', values.samples, SAMPLES)),
        date: new Date().toISOString(),
      },
      ...{ backend, backendHome, datasets, home, plugins },
    },
    limitsOf({ seconds: integerOf('seconds', values.seconds, SCORE_SECONDS) }),
  );
  const evaluations = records.map(({ protocol, passport, scores }) => ({
    protocol,
    passport: { ...passport },
    scores: Object.fromEntries(
      Object.entries(scores).map(([of, value]) => [of, Number.isFinite(value) ? (value as number) : null]),
    ),
  }));
  await client.scoreGenerator({
    name,
    body: { weights: found.weights, registeredAt: answer.registeredAt, evaluations },
  });
  console.log(values.json ? JSON.stringify(evaluations, null, 2) : scoresTable(evaluations));
  return EXIT.ok;
}

async function sample(client: Client, name: string, values: Values): Promise<number> {
  const out = needed(values.out, '--out FILE.png');
  const count = Math.min(10_000, Math.max(1, integerOf('n', values.n, SHOWN)));
  const found = registered(await client.getGenerator({ name }));
  const png = await sampleForeignFile(
    { generator: found, count, seed: integerOf('seed', values.seed, 1) },
    limitsOf({ seconds: integerOf('seconds', values.seconds, SCORE_SECONDS) }),
  );
  writeFileSync(out, png);
  console.log(`${count} samples of ${name}: ${out}`);
  return EXIT.ok;
}

async function list(client: Client, { json }: Values): Promise<number> {
  const { items } = await client.listGenerators({ limit: 500 });
  if (json) console.log(JSON.stringify(items, null, 2));
  else
    console.log(
      table(
        [
          { name: 'generator' },
          { name: 'makes' },
          { name: 'weights' },
          { name: 'scores', right: true },
          { name: 'file' },
        ],
        items.map((item) => [
          item.name,
          makes(registered(item)),
          item.weights.slice(0, 12),
          String(item.evaluations.length),
          item.path,
        ]),
      ),
    );
  return EXIT.ok;
}

async function show(client: Client, name: string, { json }: Values): Promise<number> {
  const found = await client.getGenerator({ name });
  if (json) {
    console.log(JSON.stringify(found, null, 2));
    return EXIT.ok;
  }
  console.log(factsOf(registered(found)).join('\n'));
  console.log(
    found.evaluations.length === 0
      ? `no scores yet: gansweep generator score ${name} --dataset D`
      : `\n${scoresTable(found.evaluations)}`,
  );
  return EXIT.ok;
}

/** The facts as the service has them, without what came later. */
function registered({
  registeredAt: _at,
  evaluations: _scores,
  ...facts
}: RegisteredGeneratorAnswer): ForeignGenerator {
  return facts;
}

function makes({ output }: ForeignGenerator): string {
  return output.kind === 'points' ? 'points' : `${output.height}×${output.width}×${output.channels} images`;
}

function factsOf(found: ForeignGenerator): readonly string[] {
  const { name, weights, path, latent, classes, layerNoise, truncation, output, batch } = found;
  return [
    `'${name}': ${makes(found)}${output.kind === 'images' ? `, ${output.layout}, ${output.range}` : ''}, weights ${weights}`,
    `  of '${latent.input}', ${latent.size} numbers, ${latent.law}`,
    ...(classes ? [`  told one of ${classes.count} classes, ${classes.form}, as '${classes.input}'`] : []),
    ...(layerNoise ? [`  with noise of its layers, ${layerNoise.size} numbers`] : []),
    ...(truncation ? [`  truncated at ${truncation.value}`] : []),
    `  ${batch === null ? 'any number of' : batch} samples a call, ${path}`,
  ];
}

type Scored = Pick<RegisteredGeneratorAnswer['evaluations'][number], 'protocol' | 'passport' | 'scores'>;

function scoresTable(evaluations: readonly Scored[]): string {
  return table(
    [
      { name: 'data set' },
      { name: 'score' },
      { name: 'value', right: true },
      { name: 'fakes', right: true },
      { name: 'protocol' },
      { name: 'data, network' },
    ],
    evaluations.flatMap(({ protocol, passport, scores }) => {
      const { real, fake, extractor } = passport as Partial<Passport>;
      // A data set or an extractor of one name may have been another when an older score was made.
      const versions = [real?.dataHash, extractor?.weights].map((hash) => /[0-9a-f]{8}/.exec(hash ?? '')?.[0] ?? '–');
      return Object.entries(scores).map(([name, value]) => [
        real?.dataset ?? '',
        name,
        number(value),
        String(fake?.n ?? ''),
        protocol,
        versions.join(' '),
      ]);
    }),
  );
}

/** A process that touches a file of unknown origin gets half of the machine's memory at most. */
function limitsOf({ seconds }: Pick<ForeignLimits, 'seconds'>): ForeignLimits {
  return { seconds, bytes: totalmem() / 2 };
}

function oneOf<Word extends string>(
  option: string,
  text: string | undefined,
  words: readonly Word[],
): Word | undefined {
  if (text === undefined) return undefined;
  const found = words.find((word) => word === text);
  if (found === undefined) throw new UsageError(`--${option} is one of ${words.join(', ')}, not '${text}'`);
  return found;
}
