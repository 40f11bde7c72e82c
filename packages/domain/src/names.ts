import { type DatasetId, type FolderId, type ImageSet, isFolderId, isPlaneLaw, type PlaneLaw } from './datasets.ts';
import { NETWORK_SCORES } from './network-protocols.ts';
import { lawModes } from './plane-law-geometry.ts';
import { isPluginMetric, pluginMetricOf } from './plugin-metrics.ts';
import { isPluginName, type PluginName } from './plugins.ts';
import { RECORD_SCORES, SPEED_FAMILIES, type SpeedFamily } from './record-protocols.ts';

/** Curves a run may record, in the order pages show them. */
export const CURVE_NAMES = [
  'lossD',
  'lossG',
  'lossE',
  'dReal',
  'dFake',
  'accReal',
  'accFake',
  'gradNormD',
  'gradNormG',
  'gradNormE',
  'frozenD',
  'r1',
  'pathLength',
  'adaP',
  'sampleDiversity',
  'sampleModes',
  'sampleNovelty',
  'imagesPerSecond',
  'dataWait',
] as const;
export type CurveName = (typeof CURVE_NAMES)[number];

/** Curves that tell of the machine and not of the training: the only ones that two attempts at one run do not share. */
export const MACHINE_CURVES = ['imagesPerSecond', 'dataWait'] as const satisfies readonly CurveName[];

/** Frozen networks of the product that turn images into features, in the order of reports. */
export const EXTRACTOR_NAMES = ['lenet', 'random', 'pixels'] as const;
export type ExtractorName = (typeof EXTRACTOR_NAMES)[number];

/** Names that scores of the product have, or will have, after their hyphen: nobody registers an extractor under them. */
export const RESERVED_NAMES = [...EXTRACTOR_NAMES, 'features', 'points'] as const;

/** Protocols that compare features: `kid` of the extractor X is the protocol `kid-X/v1` and gives the score `kid-X`. */
export const FEATURE_SCORES = {
  fd: ['fd'],
  kid: ['kid'],
  prdc: ['precision', 'recall', 'density', 'coverage'],
  mmd: ['mmd'],
  ndb: ['ndb', 'ndb-js'],
  diversity: ['diversity'],
  memorisation: ['memorisation', 'nearest-ratio'],
} as const satisfies Record<string, readonly string[]>;
export type FeatureFamily = keyof typeof FEATURE_SCORES;
export type FeatureProtocol = `${FeatureFamily}-${ExtractorName}/v1`;
export type FeatureScore = `${(typeof FEATURE_SCORES)[FeatureFamily][number]}-${ExtractorName}`;

/** Protocols of points, of classes and of pictures as such, and the scores each one gives. */
const OTHER_SCORES = {
  'density2d/v1': ['js', 'kl'],
  'modes2d/v1': ['modes', 'hq', 'mode-kl', 'mode-js'],
  'points2d/v1': ['fd-points', 'sw2'],
  'mode-counts2d/v1': ['mode-entropy', 'mode-variance'],
  'is-lenet/v1': ['is-lenet'],
  'conditional-lenet/v1': ['conditional-lenet'],
  'classes-lenet/v1': ['classes-lenet', 'class-kl-lenet'],
  'modes-lenet/v1': ['modes-lenet', 'mode-kl-lenet'],
  'ppl-random/v1': ['ppl-random'],
  'ppl-pixels/v1': ['ppl-pixels'],
  'ppl-w-random/v1': ['ppl-w-random'],
  'ppl-w-pixels/v1': ['ppl-w-pixels'],
  'midpoints-lenet/v1': ['precision-lerp-lenet', 'precision-slerp-lenet'],
  'midpoints-random/v1': ['precision-lerp-random', 'precision-slerp-random'],
  'midpoints-pixels/v1': ['precision-lerp-pixels', 'precision-slerp-pixels'],
  'eq-t/v1': ['eq-t', 'eq-t-fraction'],
  'eq-r/v1': ['eq-r'],
  'swd/v1': ['swd'],
  'stats/v1': [
    'saturation',
    'contrast',
    'mean-red',
    'mean-green',
    'mean-blue',
    'symmetry',
    'high-frequency',
    'checkerboard',
    'isolated-pixels',
    'total-variation',
  ],
  ...RECORD_SCORES,
  ...NETWORK_SCORES,
} as const satisfies Record<string, readonly string[]>;
type OtherProtocol = keyof typeof OTHER_SCORES;

/** Protocols of what the product ships. */
export type OwnProtocol = OtherProtocol | FeatureProtocol | `${OwnSpeed}/v1`;
type OwnScore = (typeof OTHER_SCORES)[OtherProtocol][number] | FeatureScore | OwnSpeed;
type OwnSpeed = `speed-${SpeedFamily}-${ExtractorName}`;
/** The same families by the features of an extractor that a user registered; `fid` is `fd` by the original Inception. */
type RegisteredProtocol =
  | `${FeatureFamily}-${string}/v1`
  | typeof FID_PROTOCOL
  | `speed-${SpeedFamily}-${string}/v1`
  | 'speed-fid/v1';
type RegisteredScore =
  | `${(typeof FEATURE_SCORES)[FeatureFamily][number]}-${string}`
  | 'fid'
  | `speed-${SpeedFamily}-${string}`
  | 'speed-fid';

/** A metric of a plugin is protocol and score of one name. */
export type ProtocolId = OwnProtocol | RegisteredProtocol | PluginName;
export type ScoreName = OwnScore | RegisteredScore | PluginName;

/** The one distance that may be called FID, and the name that its extractor is registered under. */
export const FID_PROTOCOL = 'fid/v1';
export const INCEPTION_NAME = 'inception';

/** The extractor that judges pictures in colour where it is registered and a spec says nothing of scores. */
export const MOBILENET_NAME = 'mobilenet';

/** What stands before the name of a registered extractor in names of protocols, and in names of scores. */
export const REGISTERED_PROTOCOLS: readonly string[] = [
  ...featureFamilies(),
  ...SPEED_FAMILIES.map((family) => `speed-${family}`),
];
export const REGISTERED_SCORES: readonly string[] = [
  ...Object.values(FEATURE_SCORES).flat(),
  ...SPEED_FAMILIES.map((family) => `speed-${family}`),
];

/** Names that an extractor may be registered under. */
export const REGISTERED_NAME = /^[a-z][a-z0-9]{1,30}$/;

/** Evaluation protocols of the product and the scores each one gives. */
export const PROTOCOL_SCORES: Readonly<Record<OwnProtocol, readonly OwnScore[]>> = {
  ...OTHER_SCORES,
  ...(Object.fromEntries(
    EXTRACTOR_NAMES.flatMap((extractor) =>
      featureFamilies().map((family): [string, readonly FeatureScore[]] => [
        `${family}-${extractor}/v1`,
        FEATURE_SCORES[family].map((score): FeatureScore => `${score}-${extractor}`),
      ]),
    ),
  ) as Record<FeatureProtocol, readonly FeatureScore[]>),
  ...(Object.fromEntries(
    EXTRACTOR_NAMES.flatMap((extractor) =>
      SPEED_FAMILIES.map((family): [string, readonly OwnSpeed[]] => [
        `speed-${family}-${extractor}/v1`,
        [`speed-${family}-${extractor}`],
      ]),
    ),
  ) as Record<`${OwnSpeed}/v1`, readonly OwnSpeed[]>),
};
export const PROTOCOL_IDS = Object.keys(PROTOCOL_SCORES) as readonly OwnProtocol[];

/** What each protocol walks on that draws of the generator itself, and not only of its samples: straight lines between z, or between w. */
export const PATH_SPACES = {
  'ppl-random/v1': 'z',
  'ppl-pixels/v1': 'z',
  'ppl-w-random/v1': 'w',
  'ppl-w-pixels/v1': 'w',
} as const satisfies Partial<Record<OwnProtocol, 'z' | 'w'>>;
export type PathProtocol = keyof typeof PATH_SPACES;

export function isPathProtocol(id: ProtocolId): id is PathProtocol {
  return Object.hasOwn(PATH_SPACES, id);
}

/** Look at images halfway between pairs of latent vectors by the extractor of their name. */
export type MidpointProtocol = `midpoints-${ExtractorName}/v1`;

export function isMidpointProtocol(id: ProtocolId): id is MidpointProtocol {
  return id.startsWith('midpoints-') && Object.hasOwn(PROTOCOL_SCORES, id);
}

/** Shift, and turn, the input of a generator: only those that have one that can be moved, `ModelFacts.movable`, are asked. */
export const SHIFT_PROTOCOL = 'eq-t/v1' satisfies OwnProtocol;
export const TURN_PROTOCOL = 'eq-r/v1' satisfies OwnProtocol;

/** Whether a protocol moves the input of a generator. */
export function isMoveProtocol(id: ProtocolId): boolean {
  return id === SHIFT_PROTOCOL || id === TURN_PROTOCOL;
}

/** Whether a protocol draws of the generator itself, so that samples alone do not do. */
export function asksGenerator(id: ProtocolId): boolean {
  return isPathProtocol(id) || isMidpointProtocol(id) || isMoveProtocol(id);
}

/** Whether it names a protocol: one of the product, one of an extractor that may be registered, or a metric of a plugin. */
export function isProtocolId(id: string): id is ProtocolId {
  return Object.hasOwn(PROTOCOL_SCORES, id) || registeredOf(id) !== null || isPluginMetric(id);
}

/** Whether some protocol gives a score of that name. */
export function isScoreName(name: string): name is ScoreName {
  if (
    name === 'fid' ||
    name === 'speed-fid' ||
    isPluginMetric(name) ||
    Object.values(PROTOCOL_SCORES).some((scores) => (scores as readonly string[]).includes(name))
  )
    return true;
  return REGISTERED_SCORES.some((score) => name.startsWith(`${score}-`) && isFree(name.slice(score.length + 1)));
}

/** The scores that a protocol gives. */
export function scoresOf(protocol: ProtocolId): readonly ScoreName[] {
  if (protocol === FID_PROTOCOL) return ['fid'];
  if (protocol === 'speed-fid/v1') return ['speed-fid'];
  if (isPluginName(protocol)) return [protocol];
  const own = (PROTOCOL_SCORES as Readonly<Record<string, readonly OwnScore[]>>)[protocol];
  if (own !== undefined) return own;
  const registered = registeredOf(protocol);
  if (registered === null) throw new RangeError(`there is no protocol ${protocol}`);
  const { family, extractor, isSpeed } = registered;
  if (isSpeed) return [`speed-${family as SpeedFamily}-${extractor}`];
  return FEATURE_SCORES[family].map((score): RegisteredScore => `${score}-${extractor}`);
}

/** The registered extractor that a protocol asks for; null for the product's own protocols. */
export function registeredExtractorOf(protocol: ProtocolId): string | null {
  const features = pluginFeaturesOf(protocol);
  if (features !== null) return isFree(features) ? features : null;
  return Object.hasOwn(PROTOCOL_SCORES, protocol) ? null : (registeredOf(protocol)?.extractor ?? null);
}

/** The extractor whose features a metric of a plugin compares; null where it sees samples, and for everything else. */
function pluginFeaturesOf(protocol: ProtocolId): string | null {
  const plugin = pluginMetricOf(protocol);
  return plugin === null || typeof plugin === 'string' ? null : (plugin.facts.features ?? null);
}

interface RegisteredFamily {
  readonly family: FeatureFamily;
  readonly extractor: string;
  /** Whether it is asked how soon its score comes near its best. */
  readonly isSpeed: boolean;
}

function registeredOf(id: string): RegisteredFamily | null {
  if (id === FID_PROTOCOL || id === 'speed-fid/v1')
    return { family: 'fd', extractor: INCEPTION_NAME, isSpeed: id !== FID_PROTOCOL };
  const [, speed, name, extractor = ''] = /^(speed-)?([a-z]+)-([a-z0-9]+)\/v1$/.exec(id) ?? [];
  const isSpeed = speed !== undefined;
  const families: readonly FeatureFamily[] = isSpeed ? SPEED_FAMILIES : featureFamilies();
  const family = families.find((one) => one === name);
  return family !== undefined && isFree(extractor) ? { family, extractor, isSpeed } : null;
}

/** Not a name of the product's own. */
function isFree(extractor: string): boolean {
  return REGISTERED_NAME.test(extractor) && !(RESERVED_NAMES as readonly string[]).includes(extractor);
}

function featureFamilies(): readonly FeatureFamily[] {
  return Object.keys(FEATURE_SCORES) as FeatureFamily[];
}

/** Laws with separate modes, on which `modes2d/v1` is defined. */
export const MODE_LAWS = ['ring8', 'grid25', 'disjoint'] as const;

/** Extractors that can look at an image set, its default one first. */
export const SET_EXTRACTORS = {
  mnist: ['lenet', 'random', 'pixels'],
  'stacked-mnist': ['random', 'pixels'],
  fractal: ['random', 'pixels'],
  'fractal-orange': ['random', 'pixels'],
  'fractal-green': ['random', 'pixels'],
} as const satisfies Record<ImageSet, readonly [ExtractorName, ...ExtractorName[]]>;

/** What can look at pictures of any content, and colours, at sides that are multiples of 16. */
const FOLDER_EXTRACTORS = ['random', 'pixels'] as const satisfies readonly ExtractorName[];

function extractorsFor(dataset: ImageSet | FolderId): readonly [ExtractorName, ...ExtractorName[]] {
  return isFolderId(dataset) || isPluginName(dataset) ? FOLDER_EXTRACTORS : SET_EXTRACTORS[dataset];
}

/** Counts the modes of stacked digits, of which the classifier of digits sees one channel at a time. */
const STACK_PROTOCOL = 'modes-lenet/v1' satisfies ProtocolId;

/** Protocols that are defined on a data set, in the order of reports. */
export function protocolsFor(dataset: DatasetId): readonly ProtocolId[] {
  if (isPlaneLaw(dataset)) return [...planeProtocols(dataset), ...furtherPlaneProtocols(dataset)];
  const extractors = extractorsFor(dataset);
  return PROTOCOL_IDS.filter((id) => {
    if (id === STACK_PROTOCOL) return dataset === 'stacked-mnist';
    const extractor = ownExtractorOf(id);
    return extractor === null ? PICTURE_PROTOCOLS.has(id) : extractors.includes(extractor);
  });
}

/** What a run on the data set is evaluated by unless its sweep says otherwise. */
export function defaultProtocolsFor(dataset: DatasetId): readonly ProtocolId[] {
  if (isPlaneLaw(dataset)) return planeProtocols(dataset);
  if (dataset === 'stacked-mnist') return ['kid-random/v1', STACK_PROTOCOL];
  const [extractor] = extractorsFor(dataset);
  return [`fd-${extractor}/v1`, `kid-${extractor}/v1`, `prdc-${extractor}/v1`];
}

/** The score a sweep is judged by unless it names one: a divergence of points or modes, or a kernel distance of features. */
export function defaultScoreFor(dataset: DatasetId): ScoreName {
  if (dataset === 'stacked-mnist') return 'mode-kl-lenet';
  return isPlaneLaw(dataset) ? 'js' : `kid-${extractorsFor(dataset)[0]}`;
}

const PICTURE_PROTOCOLS: ReadonlySet<ProtocolId> = new Set([
  'swd/v1',
  'stats/v1',
  SHIFT_PROTOCOL,
  TURN_PROTOCOL,
  'stability/v1',
  'colour-lag/v1',
  'd-response/v1',
]);

function planeProtocols(law: PlaneLaw): readonly ProtocolId[] {
  const hasModes = lawModes(law) !== null;
  return hasModes ? ['density2d/v1', 'modes2d/v1', 'points2d/v1'] : ['density2d/v1', 'points2d/v1'];
}

/** Those that are run on a law where a spec names them. */
function furtherPlaneProtocols(law: PlaneLaw): readonly ProtocolId[] {
  const ofModes = lawModes(law) === null ? [] : (['mode-counts2d/v1'] as const);
  return [...ofModes, 'd-response/v1', 'd-gradient/v1', 'stability/v1', 'speed-js/v1', 'speed-fd-points/v1'];
}

/** Whether a protocol can be asked for on a data set; extractors that users register look at pictures of any size. */
export function isDefinedOn(protocol: ProtocolId, dataset: DatasetId): boolean {
  const plugin = pluginMetricOf(protocol);
  if (plugin !== null) {
    if (typeof plugin === 'string' || (plugin.facts.on === 'points') !== isPlaneLaw(dataset)) return false;
    const own = ownExtractorOf(protocol);
    return own === null || (!isPlaneLaw(dataset) && extractorsFor(dataset).includes(own));
  }
  return protocolsFor(dataset).includes(protocol) || (!isPlaneLaw(dataset) && registeredExtractorOf(protocol) !== null);
}

/** The extractor whose features a protocol compares, registered ones included; null where it looks at samples themselves. */
export function extractorOf(protocol: ProtocolId): string | null {
  return registeredExtractorOf(protocol) ?? ownExtractorOf(protocol);
}

/** The product's own extractor that a protocol asks for, or null. */
function ownExtractorOf(protocol: ProtocolId): ExtractorName | null {
  const name = pluginFeaturesOf(protocol) ?? /-([a-z0-9]+)\/v\d+$/.exec(protocol)?.[1];
  return EXTRACTOR_NAMES.find((extractor) => extractor === name) ?? null;
}

/** The family of a protocol that compares features, as `kid` of `kid-lenet/v1`; null for the others. */
export function featureFamilyOf(protocol: ProtocolId): FeatureFamily | null {
  if (protocol === FID_PROTOCOL) return 'fd';
  const name = protocol.split('-', 1)[0];
  return featureFamilies().find((family) => family === name) ?? null;
}
