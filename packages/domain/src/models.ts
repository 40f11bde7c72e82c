import { isPluginName, type PluginName, pluginFacts, pluginsOfKind } from './plugins.ts';

/** Networks by letter: generator, discriminator, encoder. States and inputs of a training end in it. */
export type Side = 'G' | 'D' | 'E';

/** Sides in pixels that a model can be built for. */
export interface SizeRule {
  /** For people, after "has" and before "pixels". */
  readonly doc: string;
  readonly holds: (side: number) => boolean;
}

/** What a model is, for everyone who has to know it without building its networks. */
export interface ModelFacts {
  /** For people. */
  readonly doc: string;
  readonly learns: 'points' | 'images';
  /** Sides of its images; null where it has none. */
  readonly sizes: SizeRule | null;
  /** Whether its uniform noise is U(0, 1), not U(−1, 1). */
  readonly unitNoise: boolean;
  /**
   * Its networks are always told the class of a sample, or the numbers that a set without classes knows of it; absent where
   * nothing, or where `conditionG` says so.
   */
  readonly condition?: 'classes';
  /** Its G maps z to styles w. */
  readonly styled?: true;
  /** The plane that its G draws on can be moved under it. */
  readonly movable?: true;
  /** Images in its grids of fixed noise, where it was published with another number than 64. */
  readonly gridImages?: number;
  /** Networks that it trains. */
  readonly networks: readonly Side[];
}

const listed = (...sides: readonly number[]): SizeRule => ({
  doc: sides.join(' or '),
  holds: (side) => sides.includes(side),
});
const multiplesOf = (unit: number): SizeRule => ({
  doc: `a multiple of ${unit}`,
  holds: (side) => side >= unit && side % unit === 0,
});
const powersOfTwo = (from: number): SizeRule => ({
  doc: `a power of two from ${from}`,
  holds: (side) => side >= from && Number.isInteger(Math.log2(side)),
});

/** Every model, in the order in which pages and messages list them. */
export const MODEL_FACTS = {
  mlp2d: { doc: 'dense, points in the plane', learns: 'points', sizes: null, unitNoise: true, networks: ['G', 'D'] },
  dcgan: {
    doc: 'convolutional, images',
    learns: 'images',
    sizes: powersOfTwo(16),
    unitNoise: false,
    networks: ['G', 'D'],
  },
  'dcgan-lab': {
    doc: 'the same with batch norm on D’s first layer',
    learns: 'images',
    sizes: listed(32, 64),
    unitNoise: false,
    gridImages: 196,
    networks: ['G', 'D'],
  },
  'dcgan-max': {
    doc: 'wide kernels over repeated pixels',
    learns: 'images',
    sizes: multiplesOf(16),
    unitNoise: false,
    networks: ['G', 'D'],
  },
  aae: {
    doc: 'the same with an encoder: an adversarial auto-encoder',
    learns: 'images',
    sizes: multiplesOf(16),
    unitNoise: false,
    networks: ['G', 'D', 'E'],
  },
  cdcgan: {
    doc: 'convolutional, told the class or the numbers of an image',
    learns: 'images',
    sizes: listed(32),
    unitNoise: false,
    condition: 'classes',
    networks: ['G', 'D'],
  },
  cgan: {
    doc: 'dense, told the class or the numbers of an image',
    learns: 'images',
    sizes: listed(28, 32),
    unitNoise: true,
    condition: 'classes',
    networks: ['G', 'D'],
  },
  stylegan: {
    doc: 'StyleGAN in small: styles from a mapping network, adaptive instance norm, images',
    learns: 'images',
    sizes: powersOfTwo(8),
    unitNoise: false,
    styled: true,
    networks: ['G', 'D'],
  },
  stylegan2: {
    doc: 'StyleGAN2 in small: styles from a mapping network, modulated convolutions, images',
    learns: 'images',
    sizes: powersOfTwo(8),
    unitNoise: false,
    styled: true,
    networks: ['G', 'D'],
  },
  stylegan3: {
    doc: 'StyleGAN3 in small: waves that styles shift and turn, layers without aliasing, images',
    learns: 'images',
    sizes: powersOfTwo(8),
    unitNoise: false,
    styled: true,
    movable: true,
    networks: ['G', 'D'],
  },
} as const satisfies Readonly<Record<string, ModelFacts>>;

export type OwnModelName = keyof typeof MODEL_FACTS;
/** Ours, or one that a plugin added. */
export type ModelName = OwnModelName | PluginName;
const OWN_MODELS = Object.keys(MODEL_FACTS) as readonly OwnModelName[];

/** Every model, those that plugins brought behind ours. */
export function modelNames(): readonly ModelName[] {
  const added = pluginsOfKind('model');
  return added.length === 0 ? OWN_MODELS : [...OWN_MODELS, ...added];
}

export function factsOf(model: ModelName): ModelFacts {
  if (!isPluginName(model)) return MODEL_FACTS[model];
  const facts = pluginFacts(model);
  if (facts?.model === undefined) throw new Error(`no model is called ${model}`);
  const { learns, sides, condition } = facts.model;
  const sizes = learns === 'points' ? null : sides === null ? multiplesOf(1) : listed(...sides);
  return { doc: facts.doc, learns, sizes, unitNoise: false, networks: ['G', 'D'], ...(condition ? { condition } : {}) };
}
