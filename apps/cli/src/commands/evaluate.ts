import {
  asksGenerator,
  asksRun,
  FEATURE_SCORES,
  type FeatureFamily,
  INCEPTION_NAME,
  isPluginName,
  type PluginName,
  PROTOCOL_IDS,
  type ProtocolId,
  pluginFacts,
  pluginMetricOf,
  pluginsOfKind,
} from '@gansweep/domain';
import { compareFeatures, compareImages, comparePoints, type Measurement } from '@gansweep/evaluation';
import { EXIT, readConfig, registeredExtractors } from '@gansweep/runtime';
import { chooseExecutor, ExtractorChanged, openRegistered, registeredIn } from '@gansweep/worker';
import { HOW_TO_FID } from '../extractors/inception.ts';
import { Refused, UsageError } from '../failures.ts';
import { nearest } from '../nearest.ts';
import { readSide, type Side } from '../sides/read-side.ts';
import { number, table } from '../terminal/table.ts';
import type { Command } from './command.ts';
import { integerOf, wordsOf } from './words.ts';

const FAMILIES = Object.keys(FEATURE_SCORES) as FeatureFamily[];

export const evaluate: Command = {
  usage: '--real X --fake Y --protocol P [--train T] [--resolution SIDE] [--json]',
  about: 'scores two folders of pictures or .npy files, without any service',
  details: `X and Y are folders of PNG and JPEG pictures, sub-folders too, or .npy files: uint8 [n, height, width, channels] are images, floats [n, d] features.
Images take a protocol of a sweep (kid-random/v1, swd/v1, stats/v1, …), features one of ${FAMILIES.map((family) => `${family}-features/v1`).join(', ')}.
--resolution SIDE takes each picture's middle square, resized, as a data set does; without it the pictures of a folder need one size.
A metric of a plugin, plugin:NAME, takes images, or floats [n, 2] as points; GANSWEEP_PLUGINS names its folder.
All samples of both sides are used. memorisation-… compares with the training set T. --json gives the passport too.`,
  run: async (words) => {
    const { values } = wordsOf(
      words,
      {
        real: { type: 'string' },
        fake: { type: 'string' },
        train: { type: 'string' },
        protocol: { type: 'string' },
        resolution: { type: 'string' },
        json: { type: 'boolean' },
      },
      { names: [] },
    );
    const { real, fake, protocol } = values;
    if (!real || !fake || !protocol)
      throw new UsageError('--real X, --fake Y and --protocol P are needed (--help shows the form)');
    const side = values.resolution === undefined ? null : integerOf('resolution', values.resolution, 0);
    const sides = {
      real: await readSide(real, { side }),
      fake: await readSide(fake, { side }),
      train: values.train ? await readSide(values.train, { side }) : null,
    };
    const start = performance.now();
    const { backend, ...found } = await measured(protocol, sides);
    const seconds = (performance.now() - start) / 1000;
    if (values.json) console.log(JSON.stringify(report(protocol, sides, found, { backend, seconds }), null, 2));
    else
      console.log(
        table(
          [{ name: 'score' }, { name: 'value', right: true }, { name: '±', right: true }],
          Object.entries(found.scores).map(([name, value]) => [
            name,
            number(value),
            found.uncertainty?.[name] === undefined ? '' : number(found.uncertainty[name]),
          ]),
        ),
      );
    return EXIT.ok;
  },
};

interface Sides {
  readonly real: Side;
  readonly fake: Side;
  readonly train: Side | null;
}

type Found = Pick<Measurement, 'scores' | 'estimator' | 'uncertainty' | 'extractor' | 'preprocessing'> & {
  readonly backend: string;
};

async function measured(protocol: string, { real, fake, train }: Sides): Promise<Found> {
  if (real.kind !== fake.kind || (train !== null && train.kind !== real.kind))
    throw new Refused(`${real.path} holds ${real.kind}, ${fake.path} ${fake.kind}: both sides need the same kind`);
  if (protocol.startsWith('memorisation-') && train === null)
    throw new UsageError(`${protocol} compares with the training set: --train T says where it lies`);
  try {
    if (real.kind === 'features' && fake.kind === 'features')
      return ofFeatures(protocol, real.features, fake.features, train?.kind === 'features' ? train.features : null);
    if (real.kind === 'images' && fake.kind === 'images')
      return await ofImages(protocol, real.images, fake.images, train?.kind === 'images' ? train.images : null);
  } catch (error) {
    // Too few samples, other sizes, an extractor that cannot look at them: said by the metrics.
    if (error instanceof RangeError || error instanceof ExtractorChanged) throw new Refused(error.message);
    throw error;
  }
  throw new Error('sides of different kinds');
}

type Features = Parameters<typeof compareFeatures>[0]['real'];

function ofFeatures(protocol: string, real: Features, fake: Features, training: Features | null): Found {
  if (isPluginName(protocol)) {
    checkPlugin(protocol, 'points');
    if (real.columns !== 2 || fake.columns !== 2)
      throw new RangeError(
        `${protocol} looks at points [n, 2]: these have ${real.columns} and ${fake.columns} numbers`,
      );
    const found = comparePoints({ protocol, real, fake });
    return { ...found, uncertainty: null, extractor: null, preprocessing: { space: 'points' }, backend: 'float64' };
  }
  const family = FAMILIES.find((one) => protocol === `${one}-features/v1`);
  if (family === undefined)
    throw unknown(
      protocol,
      FAMILIES.map((one) => `${one}-features/v1`),
      'features',
    );
  const { scores, estimator, uncertainty } = compareFeatures({ family, real, fake, training });
  const named = (values: Readonly<Record<string, number>>) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [`${name}-features`, value]));
  return {
    scores: named(scores),
    estimator,
    uncertainty: uncertainty && named(uncertainty),
    extractor: null,
    preprocessing: { space: `features of ${real.columns} dimensions, as they came` },
    backend: 'float64',
  };
}

type Images = Parameters<typeof compareImages>[0]['real'];

async function ofImages(protocol: string, real: Images, fake: Images, training: Images | null): Promise<Found> {
  if (real.height !== fake.height || real.width !== fake.width || real.channels !== fake.channels)
    throw new RangeError(
      `the reals are ${real.height}×${real.width}×${real.channels}, the fakes ${fake.height}×${fake.width}×${fake.channels}: both sides need one size`,
    );
  const config = readConfig(process.env);
  const own = await byRegistered(protocol, { real, fake, training }, config.home);
  if (own !== null) return own;
  const ofPlugins = pluginsOfKind('metric').filter((name) => pluginFacts(name)?.on === 'images');
  const known = [
    ...PROTOCOL_IDS.filter((id) => !id.includes('2d/') && !asksGenerator(id) && !asksRun(id)),
    ...ofPlugins,
  ];
  if (isPluginName(protocol)) checkPlugin(protocol, 'images');
  else if (!(known as readonly string[]).includes(protocol)) throw unknown(protocol, known, 'images');
  const executor = await chooseExecutor(config.backend, config);
  const found = await compareImages({
    protocol: protocol as ProtocolId,
    ...{ real, fake, training, executor },
    openRegistered: (name) => registeredIn(config.home)(name, undefined),
  });
  return { ...found, backend: executor.name };
}

/** Whether a metric of a plugin is known here and looks at what there is. */
function checkPlugin(protocol: PluginName, on: 'points' | 'images'): void {
  const call = pluginMetricOf(protocol);
  if (typeof call === 'string') throw new UsageError(call);
  if (call === null)
    throw new UsageError(`${protocol} is no metric of the plugins here: GANSWEEP_PLUGINS names their folder`);
  if (call.facts.on !== on)
    throw new RangeError(
      `${protocol} looks at ${call.facts.on}, and both sides hold ${on === 'points' ? 'features' : on}`,
    );
}

/** By an extractor that was registered on this machine; null where the protocol names none. */
async function byRegistered(
  protocol: string,
  sides: { readonly real: Images; readonly fake: Images; readonly training: Images | null },
  home: string,
): Promise<Found | null> {
  const isFid = protocol === 'fid/v1';
  const [, family, name] = isFid
    ? [protocol, 'fd', INCEPTION_NAME]
    : (/^([a-z]+)-([a-z0-9]+)\/v1$/.exec(protocol) ?? []);
  const registered = registeredExtractors(home).find((one) => one.name === name);
  if (isFid && !registered?.isInception) throw new Refused(HOW_TO_FID);
  const measure = FAMILIES.find((one) => one === family);
  if (registered === undefined || measure === undefined) return null;
  await using extractor = await openRegistered(registered);
  const { scores, estimator, uncertainty } = compareFeatures({
    family: measure,
    real: await extractor.features(sides.real),
    fake: await extractor.features(sides.fake),
    training: sides.training && (await extractor.features(sides.training)),
  });
  const named = (values: Readonly<Record<string, number>>) =>
    Object.fromEntries(Object.entries(values).map(([score, value]) => [isFid ? 'fid' : `${score}-${name}`, value]));
  return {
    scores: named(scores),
    estimator,
    uncertainty: uncertainty && named(uncertainty),
    extractor: extractor.facts,
    preprocessing: extractor.preprocessing,
    backend: 'onnx',
  };
}

function unknown(protocol: string, known: readonly string[], what: string): UsageError {
  const close = nearest(protocol, known);
  return new UsageError(
    `${what} have no protocol '${protocol}'${close ? `; did you mean '${close}'?` : ''} They have ${known.join(', ')}`,
  );
}

function report(
  protocol: string,
  { real, fake, train }: Sides,
  found: Omit<Found, 'backend'>,
  run: { readonly backend: string; readonly seconds: number },
) {
  const sideOf = (side: Side) => ({
    path: side.path,
    sha256: side.sha256,
    n: side.kind === 'features' ? side.features.rows : side.images.count,
  });
  return {
    protocol,
    scores: found.scores,
    passport: {
      metric: { id: protocol, implementation: 1 },
      extractor: found.extractor,
      preprocessing: found.preprocessing,
      real: sideOf(real),
      fake: sideOf(fake),
      training: train && sideOf(train),
      estimator: found.estimator,
      uncertainty: found.uncertainty,
      run: { ...run, date: new Date().toISOString() },
    },
  };
}
