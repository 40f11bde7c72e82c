import {
  ADA_PIPES,
  ALL_CLASSES,
  type Configuration,
  FOLDER_ID,
  factsOf,
  IMAGE_SETS,
  type ImageSet,
  LOSSES,
  LR_SCHEDULES,
  type ModelName,
  modelNames,
  NOISE_LAWS,
  OPTIMIZERS,
  PLANE_LAWS,
  type PluginFieldName,
  type PluginKind,
  pluginDataOf,
  pluginFieldNames,
  pluginFieldOf,
  pluginsOfKind,
  UPSAMPLINGS,
} from '@gansweep/domain';

export type FieldValue = string | number | boolean;

/** What a value of a field must be. */
export type FieldKind =
  | {
      readonly type: 'choice';
      readonly choices: readonly FieldValue[];
      /** Texts that are taken beside the choices. */
      readonly also?: { readonly pattern: RegExp; readonly doc: string };
    }
  | { readonly type: 'integer' | 'real'; readonly min: number; readonly max: number }
  /** Two counts, `"2:1"`. */
  | { readonly type: 'ratio'; readonly max: number };

/** Values of another field: one of a list, a number above a bound, or any but one, absence among them. */
export type Condition = readonly FieldValue[] | { readonly above: number } | { readonly not: FieldValue };

export interface Field {
  readonly doc: string;
  readonly kind: FieldKind;
  /** Only configurations in which these other fields have such values have it; without it the model alone decides. */
  readonly where?: Readonly<Partial<Record<FieldName, Condition>>>;
}

type KeyOfEach<Union> = Union extends unknown ? keyof Union : never;
/** Every field that some configuration has and `parameters` may name. */
export type FieldName = OwnFieldName | PluginFieldName;
type OwnFieldName = Exclude<KeyOfEach<Configuration>, 'trainer' | 'plugins'>;

export const DEFAULT_MODEL: ModelName = 'dcgan';

/** Sides in pixels that each image set of ours is kept at. */
const RESOLUTIONS: Readonly<Record<ImageSet, readonly number[]>> = {
  mnist: [32, 28],
  'stacked-mnist': [32],
  fractal: [32, 64, 128],
  'fractal-orange': [32, 64, 128],
  'fractal-green': [32, 64, 128],
};

/** Sides in pixels that a set of images has; null for a folder, whose pictures are prepared at any. */
export function sidesOf(dataset: string): readonly number[] | null {
  const data = pluginDataOf(dataset);
  if (data?.kind === 'images') return [data.side];
  return (RESOLUTIONS as Readonly<Record<string, readonly number[]>>)[dataset] ?? null;
}

const choice = (choices: readonly FieldValue[]): FieldKind => ({ type: 'choice', choices });
/** Plugins are added when a process starts, which is after the table was made. */
const choiceWithPlugins = (ours: readonly FieldValue[], kind: PluginKind): FieldKind => ({
  type: 'choice',
  get choices() {
    return [...ours, ...pluginsOfKind(kind)];
  },
});
const integer = (min: number, max: number): FieldKind => ({ type: 'integer', min, max });
const real = (min: number, max: number): FieldKind => ({ type: 'real', min, max });
const LEARNING_RATE = real(1e-6, 1);

/**
 * The fields of a configuration; `MODEL_FIELDS` says which model has which, and their defaults. Their order
 * here is the order everywhere: in stored configurations, in tables, and in a listed grid, where the last one varies fastest.
 */
const FIELDS = {
  model: {
    get doc() {
      return `Network family: ${modelNames()
        .map((model) => `${model} (${factsOf(model).doc})`)
        .join(', ')}.`;
    },
    kind: {
      type: 'choice',
      get choices() {
        return modelNames();
      },
    },
  },
  dataset: {
    doc: 'What is learned: a law of the plane for mlp2d, an image set for the others.',
    kind: {
      type: 'choice',
      get choices() {
        return [...PLANE_LAWS, ...IMAGE_SETS, ...pluginsOfKind('data set')];
      },
      also: { pattern: FOLDER_ID, doc: 'folder:NAME of `gansweep dataset add`' },
    },
  },
  classes: {
    doc: 'Classes of the image set that are learned, as the set names them, joined by commas: "3,8".',
    kind: {
      type: 'choice',
      choices: [ALL_CLASSES],
      also: { pattern: /^[^,\s][^,]*(,[^,\s][^,]*)*$/, doc: 'names of classes joined by commas' },
    },
  },
  subset: {
    doc: 'Images that are learned of those, drawn once for all runs; 0 takes them all.',
    kind: integer(0, 1e7),
  },
  images: {
    doc: 'Training budget in real images (points) seen; iterations = images / (batch · max(dSteps, 1)), rounded up.',
    kind: integer(1e3, 1e9),
  },
  batch: { doc: 'Real images in an update of D.', kind: integer(1, 512) },
  dSteps: {
    doc: 'Updates of D in an iteration; 0 leaves D as it was initialised.',
    kind: integer(0, 10),
  },
  gSteps: {
    doc: 'Updates of G in an iteration; 0 leaves G as it was initialised.',
    kind: integer(0, 10),
  },
  optimizer: { doc: 'Optimiser of both networks.', kind: choice(OPTIMIZERS) },
  lrG: { doc: 'Learning rate of G.', kind: LEARNING_RATE },
  lrD: { doc: 'Learning rate of D.', kind: LEARNING_RATE },
  lrE: { doc: 'Learning rate of the optimiser that moves the encoder, and G behind it.', kind: LEARNING_RATE },
  beta1: { doc: "Decay of Adam's first moment.", kind: real(0, 0.99), where: { optimizer: ['adam'] } },
  beta1G: {
    doc: "Decay of Adam's first moment for G; what beta1 is where it is left out.",
    kind: real(0, 0.99),
    where: { optimizer: ['adam'] },
  },
  beta1D: {
    doc: "Decay of Adam's first moment for D; what beta1 is where it is left out.",
    kind: real(0, 0.99),
    where: { optimizer: ['adam'] },
  },
  beta2: { doc: "Decay of Adam's second moment.", kind: real(0.8, 0.9999), where: { optimizer: ['adam'] } },
  adamEps: { doc: "Adam's epsilon.", kind: real(1e-10, 1e-3), where: { optimizer: ['adam'] } },
  sgdMomentum: { doc: 'Heavy-ball coefficient of SGD.', kind: real(0, 0.99), where: { optimizer: ['sgd'] } },
  weightDecay: {
    doc: 'L2 coefficient, added to the gradient before the optimiser.',
    kind: real(0, 1e-2),
  },
  lrSchedule: {
    doc: 'Learning rates over time: none leaves them as they are, step divides them by 10 at lrStepFirst and at lrStepSecond.',
    kind: choice(LR_SCHEDULES),
  },
  lrStepFirst: {
    doc: 'Share of images after which learning rates are divided by 10; 1 is never.',
    kind: real(0, 1),
    where: { lrSchedule: ['step'] },
  },
  lrStepSecond: {
    doc: 'Share of images after which learning rates are divided by 10 again; 1 is never.',
    kind: real(0, 1),
    where: { lrSchedule: ['step'] },
  },
  nz: { doc: "Dimension of G's noise.", kind: integer(1, 2048) },
  noise: {
    doc:
      'Law of the noise: gaussian N(0, I); uniform on (0, 1) for mlp2d and cgan, on (−1, 1) otherwise; truncated-gaussian, cut at ' +
      'two standard deviations (mlp2d: mean 0.5, deviation 0.25); spherical, on the sphere of radius √nz.',
    kind: choiceWithPlugins(NOISE_LAWS, 'noise law'),
  },
  loss: {
    doc: 'Losses of D and G.',
    kind: choiceWithPlugins(LOSSES, 'loss'),
  },
  gpWeight: { doc: 'Weight of the gradient penalty.', kind: real(0, 1000), where: { loss: ['wgan-gp'] } },
  realLabel: { doc: "D's target for real images.", kind: real(0.5, 1) },
  fakeLabel: { doc: "D's target for generated images.", kind: real(0, 0.5) },
  labelNoise: {
    doc: "Spread of D's target for reals: one draw a batch from U(realLabel − labelNoise, realLabel).",
    kind: real(0, 0.5),
  },
  freezeRatio: {
    doc: "Freeze rule: an update of D is skipped when D's loss is below freezeRatio times G's loss on the same batch; 0 is off.",
    kind: real(0, 2),
  },
  instanceNoise: {
    doc: 'Standard deviation of the normal noise that is added to everything D looks at in training.',
    kind: real(0, 1),
  },
  spectralNorm: {
    doc: "Every weight of D is divided by an estimate of its largest singular value, which moves with each of D's updates.",
    kind: choice([false, true]),
  },
  layersG: { doc: 'Hidden layers of G; of cgan those behind where noise and class meet.', kind: integer(0, 8) },
  layersD: { doc: 'Hidden layers of D; of cgan those behind where image and class meet.', kind: integer(0, 8) },
  widthG: {
    doc: 'Units in each hidden layer of G; of cgan in the layers of noise and class, twice as many in the first behind them, and four times in all others.',
    kind: integer(1, 1024),
  },
  widthD: {
    doc: 'Units in each hidden layer of D; of cgan in the layers of image and class, a half as many in the first behind them, and a quarter in all others.',
    kind: integer(1, 1024),
  },
  maxoutD: {
    doc: 'Linear maps of which each hidden unit of D gives the largest (maxout); 1 has ReLU.',
    kind: integer(1, 16),
    where: { layersD: { above: 0 } },
  },
  samplesD: {
    doc: 'Samples, all real or all made, that D judges together and not one by one (PacGAN): a divisor of batch.',
    kind: integer(1, 16),
  },
  resolution: {
    doc: 'Side of the training images in pixels, as the data set has it (mnist: 32, or 28 without the margin; stacked-mnist: 32; fractal: 32, 64, 128; folders: any) and the model can have it.',
    kind: integer(8, 1024),
  },
  ema: {
    doc:
      'Half-life of the averaged G in thousands of images (shorter at the start: a twentieth of the images seen); samples, ' +
      'scores and the kept generator are by the average. 0 is off.',
    kind: real(0, 500),
  },
  r1Gamma: {
    doc: "R1: weight γ of γ/2 · mean ‖∇D‖² over reals, which has steps of D's optimiser for itself; 0 is off.",
    kind: real(0, 100),
  },
  r1Interval: {
    doc: 'Updates of D from one step of R1 to the next; the penalty counts as many times.',
    kind: integer(1, 64),
    where: { r1Gamma: { above: 0 } },
  },
  adaTarget: {
    doc:
      "Adaptive augmentation: everything D looks at is augmented with a probability that rises while D's mean sign on reals " +
      'is above this, and falls below it; 0 does not adapt it.',
    kind: real(0, 1),
  },
  adaKimg: {
    doc: 'Thousands of real images in which that probability can go from 0 to 1.',
    kind: real(1, 10_000),
    where: { adaTarget: { above: 0 } },
  },
  adaP: {
    doc: 'Fixed probability of each augmentation of what D looks at; 0 has none, and above 0.8 G may learn the augmentations.',
    kind: real(0, 1),
    where: { adaTarget: [0] },
  },
  adaPipe: {
    doc:
      'Augmentations: blit (flips, quarter turns, shifts by whole pixels), bg (also scales, turns and shifts by any amount), bgc ' +
      '(also brightness, contrast, lightness, hue, saturation).',
    kind: choice(ADA_PIPES),
  },
  pathLengthWeight: {
    doc: 'Weight of the path-length penalty on G, a step in every four updates; 0 is off.',
    kind: real(0, 10),
  },
  ngf: { doc: 'Base width of G.', kind: integer(4, 128) },
  ndf: { doc: 'Base width of D.', kind: integer(4, 128) },
  residualD: {
    doc: "D's blocks add what went around them; false leaves these skips out.",
    kind: choice([false, true]),
  },
  deviationGroup: {
    doc: 'Images that D compares to see how much they differ: the largest divisor of the batch up to this; 1 compares none.',
    kind: integer(1, 64),
  },
  leak: { doc: "Slope of D's leaky ReLU.", kind: real(0, 1) },
  conditionG: {
    doc: 'G is told the class, or the numbers, of what it is to make; cdcgan and cgan always are.',
    kind: choice([false, true]),
  },
  conditionD: {
    doc: 'D is told the class, or the numbers, of what it judges; false leaves that to G alone.',
    kind: choice([false, true]),
    where: { conditionG: { not: false } },
  },
  batchNorm: {
    doc: 'Batch normalisation in G and D where the model has it; in mlp2d of G alone, whose hidden layers have no biases then.',
    kind: choice([false, true]),
  },
  bnEps: { doc: 'Epsilon of batch normalisation.', kind: real(1e-6, 1), where: { batchNorm: [true] } },
  bnMomentum: {
    doc: 'Weight of the new batch in the running statistics of batch normalisation.',
    kind: real(1e-3, 1),
    where: { batchNorm: [true] },
  },
  kernel: {
    doc: 'Side of the convolutions that double or halve the image.',
    kind: choice([3, 4, 5, 7, 9]),
  },
  mappingLayers: { doc: 'Dense layers of the mapping network from z to w.', kind: integer(1, 8) },
  styleMixing: {
    doc: "Share of G's images in training whose styles come from two z, the second from a random layer on.",
    kind: real(0, 1),
  },
  truncation: {
    doc: 'Share of their distance from the mean style that styles keep where samples are drawn; 1 leaves them.',
    kind: real(0, 1),
  },
  activationClamp: {
    doc: 'Largest activation, of either sign, of the convolutions in G and D, which StyleGAN2-ADA limits to 256; 0 does not limit them.',
    kind: real(0, 65_504),
  },
  progressive: {
    doc: 'G and D begin with images of 8 px and grow: layers of each doubling fade in until images have their resolution.',
    kind: choice([false, true]),
  },
  growKimg: {
    doc:
      'Thousands of real images for which a size is trained before the next one fades in, for as many again; left out, growing ' +
      'takes half of the images.',
    kind: real(1e-3, 1e5),
    where: { progressive: [true] },
  },
  upsample: {
    doc: 'How G doubles the image: convT (transposed convolutions) or nearest (every pixel four times, then a convolution).',
    kind: choice(UPSAMPLINGS),
  },
  mirror: {
    doc: 'Real images are flipped left to right at random, each time one is seen.',
    kind: choice([false, true]),
  },
  normalizeInput: {
    doc: 'Images are scaled to [−1, 1], where G ends; false leaves them in [0, 1], half of what G can make.',
    kind: choice([false, true]),
  },
} satisfies Readonly<Record<OwnFieldName, Field>>;

/** Every field in the order of the table, those that plugins brought behind ours. */
export function fieldNames(): readonly FieldName[] {
  const added = pluginFieldNames();
  return added.length === 0 ? OWN_FIELD_NAMES : [...OWN_FIELD_NAMES, ...added];
}
const OWN_FIELD_NAMES = Object.keys(FIELDS) as readonly OwnFieldName[];

export function isField(name: string): name is FieldName {
  return Object.hasOwn(FIELDS, name) || pluginFieldOf(name) !== undefined;
}

/** A field as its type says, without the literals of the table. */
export function fieldOf(name: FieldName): Field {
  const own = (FIELDS as Readonly<Record<string, Field>>)[name];
  const added = pluginFieldOf(name);
  if (own !== undefined) return own;
  if (added === undefined) throw new Error(`there is no field ${name}`);
  const { field, owner } = added;
  return { doc: field.doc, kind: field.kind, where: { [DECIDERS[owner.kind]]: [owner.name] } };
}

/** Which field names something of a plugin. */
const DECIDERS = {
  loss: 'loss',
  'noise law': 'noise',
  'data set': 'dataset',
  model: 'model',
} as const satisfies Record<Exclude<PluginKind, 'metric'>, OwnFieldName>;
