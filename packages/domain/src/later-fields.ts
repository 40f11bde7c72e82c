import type { Configuration } from './configuration.ts';
import { isPluginName } from './plugins.ts';

type KeyOfEach<Union> = Union extends unknown ? keyof Union : never;
type Value = string | number | boolean;

const ofDcgan =
  (value: Value) =>
  ({ model }: Configuration): Value | undefined =>
    model === 'dcgan' ? value : undefined;
const ofFirstModels =
  (value: Value) =>
  ({ model }: Configuration): Value | undefined =>
    model === 'dcgan' || model === 'mlp2d' ? value : undefined;
/** Models of images whose configurations were stored before their images were augmented. */
const ofImages =
  (value: Value) =>
  (configuration: Configuration): Value | undefined =>
    learnsPoints(configuration) ? undefined : value;
/** Told by the configuration alone: a stored one may name a plugin that is not loaded here. */
const learnsPoints = (configuration: Configuration): boolean =>
  configuration.model === 'mlp2d' || (isPluginName(configuration.model) && !('resolution' in configuration));
const ofPlane =
  (value: Value) =>
  ({ model }: Configuration): Value | undefined =>
    model === 'mlp2d' ? value : undefined;
const ofCgan =
  (value: Value) =>
  ({ model }: Configuration): Value | undefined =>
    model === 'cgan' ? value : undefined;
const ofStyles =
  (value: Value) =>
  ({ model }: Configuration): Value | undefined =>
    /^stylegan[23]?$/.test(model) ? value : undefined;
const firstDecay = (configuration: Configuration): Value | undefined =>
  configuration.optimizer === 'adam' ? ofFirstModels(configuration.beta1)(configuration) : undefined;

/**
 * Fields that came when configurations had been stored already, each with how a training went that had none: a
 * configuration without the field means that one, and a trial with that value keeps the id that it had. A field of a
 * model that came with it needs no line here.
 */
const LATER_FIELDS: Readonly<
  Partial<Record<KeyOfEach<Configuration>, (configuration: Configuration) => Value | undefined>>
> = {
  beta1G: firstDecay,
  beta1D: firstDecay,
  lrSchedule: ofFirstModels('none'),
  spectralNorm: ofFirstModels(false),
  batchNorm: (configuration) => ofDcgan(true)(configuration) ?? ofPlane(false)(configuration),
  maxoutD: (configuration) =>
    'layersD' in configuration && configuration.layersD > 0 ? ofPlane(1)(configuration) : undefined,
  samplesD: ofPlane(1),
  kernel: ofDcgan(4),
  upsample: ofDcgan('convT'),
  normalizeInput: ofDcgan(true),
  ema: ofDcgan(0),
  r1Gamma: ofDcgan(0),
  classes: ofDcgan('all'),
  subset: ofDcgan(0),
  adaTarget: ofImages(0),
  adaP: (configuration) =>
    'adaTarget' in configuration && configuration.adaTarget > 0 ? undefined : ofImages(0)(configuration),
  adaPipe: ofImages('bgc'),
  residualD: ({ model }) => (model === 'stylegan2' ? true : undefined),
  deviationGroup: ofStyles(4),
  conditionG: ofStyles(false),
  activationClamp: ofStyles(0),
  layersG: ofCgan(2),
  layersD: ofCgan(2),
  progressive: ({ model }) => (model === 'stylegan' ? false : undefined),
};

/** A configuration as it was stored, with the fields that came later. */
export function withLaterFields(stored: Configuration): Configuration {
  const added = Object.entries(LATER_FIELDS).flatMap(([name, before]) => {
    const value = name in stored ? undefined : before(stored);
    return value === undefined ? [] : [[name, value] as const];
  });
  return added.length === 0 ? stored : { ...stored, ...(Object.fromEntries(added) as object) };
}

/** What of a configuration makes its trial: all fields but later ones that change nothing. */
export function identityOf(configuration: Configuration): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(configuration).filter(([name, value]) => {
      const before = LATER_FIELDS[name as KeyOfEach<Configuration>]?.(configuration);
      return before === undefined || before !== value;
    }),
  );
}
