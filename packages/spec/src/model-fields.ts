import {
  type Configuration,
  factsOf,
  isPluginName,
  type ModelName,
  type OwnModelName,
  pluginFieldOf,
} from '@gansweep/domain';
import { type FieldName, type FieldValue, sidesOf } from './fields.ts';

/** A value, or how it follows from other fields of the same configuration. */
export type Default = FieldValue | ((of: (name: FieldName) => FieldValue) => FieldValue);

type KeyOfEach<Union> = Union extends unknown ? keyof Union : never;
/** Fields that configurations of a model have; `model` itself has no default of a model. */
type FieldNameOf<Model extends OwnModelName> = Extract<
  Exclude<KeyOfEach<Extract<Configuration, { model: Model }>>, 'model'>,
  FieldName
>;

type Defaults = Readonly<Partial<Record<FieldName, Default>>>;

/** Every model has these. */
const EVERY_MODEL = {
  images: 512_000,
  batch: 64,
  dSteps: 1,
  gSteps: 1,
  optimizer: 'adam',
  lrG: 2e-4,
  lrD: 2e-4,
  beta1: 0.5,
  beta1G: (of) => of('beta1'),
  beta1D: (of) => of('beta1'),
  beta2: 0.999,
  adamEps: 1e-8,
  sgdMomentum: 0,
  weightDecay: 0,
  nz: 100,
  noise: 'gaussian',
  loss: 'non-saturating',
  realLabel: 1,
  fakeLabel: 0,
  labelNoise: 0,
  freezeRatio: 0,
  gpWeight: 10,
  instanceNoise: 0,
  spectralNorm: false,
  lrSchedule: 'none',
  lrStepFirst: 0.5,
  lrStepSecond: 0.75,
} as const satisfies Defaults;

/** Every model of images has these. */
const IMAGE_MODEL = {
  ...EVERY_MODEL,
  dataset: 'mnist',
  classes: 'all',
  subset: 0,
  resolution: 32,
  mirror: false,
  normalizeInput: true,
  ema: 0,
  r1Gamma: 0,
  r1Interval: 16,
  adaTarget: 0,
  adaKimg: 500,
  adaP: 0,
  adaPipe: 'bgc',
} as const satisfies Defaults;

/** Convolutional networks with batch norm. */
const CONVOLUTIONAL = {
  ...IMAGE_MODEL,
  ngf: 32,
  ndf: 32,
  leak: 0.2,
  batchNorm: true,
  bnEps: 1e-5,
  bnMomentum: 0.1,
  kernel: 4,
  upsample: 'convT',
} as const satisfies Defaults;

/** A published side where the data set has it, else the set's own first. */
const published =
  (side: number): Default =>
  (of) => {
    const sides = sidesOf(String(of('dataset'))) ?? [];
    return sides.includes(side) ? side : (sides[0] ?? side);
  };

/** Models of 9×9 kernels over repeated pixels. */
const WIDE_KERNELS = {
  ...CONVOLUTIONAL,
  batch: 16,
  nz: 32,
  labelNoise: 0.1,
  resolution: published(128),
  ngf: 64,
  ndf: 64,
  kernel: 9,
  upsample: 'nearest',
  mirror: true,
} as const satisfies Defaults;

/** The line of StyleGAN. */
const STYLE = {
  ...IMAGE_MODEL,
  batch: 32,
  lrG: 2.5e-3,
  lrD: 2.5e-3,
  beta1: 0,
  beta2: 0.99,
  nz: 128,
  ngf: 32,
  ndf: 32,
  deviationGroup: 4,
  mappingLayers: 2,
  styleMixing: 0.9,
  truncation: 1,
  activationClamp: 0,
  conditionG: false,
  conditionD: true,
  ema: (of) => (Number(of('batch')) * 10) / 32,
  r1Gamma: (of) => (2e-4 * Number(of('resolution')) ** 2) / Number(of('batch')),
} as const satisfies Defaults;

/** How models that are told the digit were published. */
const MNIST_CONDITIONAL = { batch: 128, lrSchedule: 'step', conditionD: true } as const satisfies Defaults;

/**
 * Which fields each model has, and what each of them is where it is left out. A model is added by its line here; what it
 * shares with others it takes from the groups above.
 */
export const MODEL_FIELDS: {
  readonly [Model in OwnModelName]: Readonly<Record<FieldNameOf<Model>, Default>>;
} = {
  mlp2d: {
    ...EVERY_MODEL,
    dataset: 'gaussians',
    lrG: 1e-3,
    lrD: 1e-3,
    nz: 2,
    layersG: 2,
    layersD: 2,
    widthG: 8,
    widthD: 8,
    maxoutD: 1,
    samplesD: 1,
    batchNorm: false,
    bnEps: 1e-5,
    bnMomentum: 0.1,
  },
  dcgan: CONVOLUTIONAL,
  'dcgan-lab': { ...CONVOLUTIONAL, batch: 256, images: 2_048_000 },
  'dcgan-max': {
    ...WIDE_KERNELS,
    lrG: 2.5e-4,
    lrD: 5e-5,
    leak: 1e-6,
    bnEps: 0.5,
  },
  aae: { ...WIDE_KERNELS, lrG: 4e-4, lrD: 4e-5, lrE: 4e-4, beta1: 0.9, leak: 0.1, bnEps: 0.01 },
  cdcgan: { ...CONVOLUTIONAL, ...MNIST_CONDITIONAL, images: 1_200_000, ngf: 64, ndf: 64 },
  cgan: {
    ...IMAGE_MODEL,
    ...MNIST_CONDITIONAL,
    images: 3_000_000,
    noise: 'uniform',
    lrStepFirst: 0.58,
    lrStepSecond: 0.78,
    layersG: 2,
    layersD: 2,
    widthG: 256,
    widthD: 1024,
    leak: 0.2,
    batchNorm: true,
    bnEps: 1e-5,
    bnMomentum: 0.1,
  },
  stylegan: {
    ...STYLE,
    mappingLayers: 8,
    progressive: false,
    // Each doubling from 8 px has two phases; together they are half of the budget.
    growKimg: (of) => Number(of('images')) / 2 / (2 * Math.log2(Number(of('resolution')) / 8)) / 1000,
  },
  stylegan2: { ...STYLE, residualD: true, pathLengthWeight: 2 },
  stylegan3: { ...STYLE, styleMixing: 0 },
};

/** What models from plugins have beside fields of their own. */
const PLUGIN_MODEL = {
  points: { ...EVERY_MODEL, dataset: 'gaussians', lrG: 1e-3, lrD: 1e-3, nz: 2 },
  images: IMAGE_MODEL,
} as const satisfies Record<'points' | 'images', Defaults>;

/** A model's default, or undefined where it does not have the field. */
export function modelDefault(model: ModelName, name: FieldName): Default | undefined {
  const fields: Readonly<Partial<Record<FieldName, Default>>> = isPluginName(model)
    ? PLUGIN_MODEL[factsOf(model).learns]
    : MODEL_FIELDS[model];
  return fields[name] ?? pluginFieldOf(name)?.field.default;
}
