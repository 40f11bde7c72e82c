import type { DatasetId, FolderId, ImageSet, PlaneLaw } from './datasets.ts';
import { factsOf } from './models.ts';
import { isPluginLane, type PluginName } from './plugins.ts';

export const OPTIMIZERS = ['adam', 'sgd'] as const;
export const NOISE_LAWS = ['gaussian', 'uniform', 'truncated-gaussian', 'spherical'] as const;
export const LOSSES = ['non-saturating', 'saturating', 'least-squares', 'hinge', 'wgan-gp', 'gan-lab-log'] as const;
export const UPSAMPLINGS = ['convT', 'nearest'] as const;
/** Parts of the augmentations before D: blit moves whole pixels, g is geometry, c colour. */
export const ADA_PIPES = ['blit', 'bg', 'bgc'] as const;
export const LR_SCHEDULES = ['none', 'step'] as const;
/** Ours, or one that a plugin added. */
export type NoiseLaw = (typeof NOISE_LAWS)[number] | PluginName;
export type LossName = (typeof LOSSES)[number] | PluginName;

/** Adam's own fields are absent under SGD and the reverse: a configuration never stores what it cannot use. */
export type OptimizerFields =
  | {
      readonly optimizer: 'adam';
      readonly beta1: number;
      readonly beta1G: number;
      readonly beta1D: number;
      readonly beta2: number;
      readonly adamEps: number;
    }
  | { readonly optimizer: 'sgd'; readonly sgdMomentum: number };

/** The weight of its penalty goes with one objective alone. */
type LossFields =
  | { readonly loss: Exclude<LossName, 'wgan-gp'> }
  | { readonly loss: 'wgan-gp'; readonly gpWeight: number };

type ScheduleFields =
  | { readonly lrSchedule: 'none' }
  /** Shares of `images` after which learning rates are a tenth of what they were; 1 is never. */
  | { readonly lrSchedule: 'step'; readonly lrStepFirst: number; readonly lrStepSecond: number };

/** Fields of every model. */
type SharedFields = EveryField & OptimizerFields & LossFields & ScheduleFields;

interface EveryField {
  readonly dataset: DatasetId;
  readonly lrG: number;
  readonly lrD: number;
  /** L2 coefficient added to the gradient before the optimiser. */
  readonly weightDecay: number;
  /** Images per D update. */
  readonly batch: number;
  /** Training budget in real images seen. */
  readonly images: number;
  readonly dSteps: number;
  readonly gSteps: number;
  readonly nz: number;
  readonly noise: NoiseLaw;
  readonly realLabel: number;
  readonly fakeLabel: number;
  /** D's target for each batch of reals is drawn from U(realLabel − labelNoise, realLabel). */
  readonly labelNoise: number;
  /** D's update is skipped when its loss is below freezeRatio · L_G; 0 never skips. */
  readonly freezeRatio: number;
  /** Standard deviation of the normal noise on everything that D looks at. */
  readonly instanceNoise: number;
  /** D's weights are divided by their largest singular values. */
  readonly spectralNorm: boolean;
  /** Who trains where it is not gansweep itself: a registered command as `name@hash of its files`. No field of the table. */
  readonly trainer?: string;
  /** What it uses of plugins, as `name@hash of the file`, a space between two. No field of the table. */
  readonly plugins?: string;
}

/** What models of images have in common. */
interface ImageFields {
  readonly dataset: ImageSet | FolderId | PluginName;
  /** Classes that are learned, joined by commas, or `all`. */
  readonly classes: string;
  /** Images of these that are learned, drawn once for all; 0 takes all. */
  readonly subset: number;
  /** Side of the square training images in pixels. */
  readonly resolution: number;
  /** Each real image is flipped left to right, or not, at even chances. */
  readonly mirror: boolean;
  /** Images are trained on in [−1, 1], else in [0, 1]. */
  readonly normalizeInput: boolean;
  /** Thousands of images after which half of the averaged G is new; 0 does not average. */
  readonly ema: number;
  /** γ of R1: D's loss has γ/2 · mean ‖∇D‖² over reals; 0 has none. */
  readonly r1Gamma: number;
  /** Updates of D from one step of R1 to the next; where r1Gamma is above 0. */
  readonly r1Interval?: number;
  /** Mean sign of D on reals to which the probability of augmentations adapts; 0 does not adapt it. */
  readonly adaTarget: number;
  /** Thousands of images in which that probability can go from 0 to 1; where adaTarget is above 0. */
  readonly adaKimg?: number;
  /** Probability of each augmentation before D where it does not adapt; 0 has none. */
  readonly adaP?: number;
  readonly adaPipe: (typeof ADA_PIPES)[number];
}

type NormFields =
  | { readonly batchNorm: false }
  | {
      readonly batchNorm: true;
      readonly bnEps: number;
      /** Weight of the new batch in the running statistics. */
      readonly bnMomentum: number;
    };

/** What convolutional models in the manner of DCGAN have in common. */
type ConvolutionalFields = SharedFields &
  ImageFields &
  NormFields & {
    readonly ngf: number;
    readonly ndf: number;
    /** LeakyReLU slope of D. */
    readonly leak: number;
    /** Side of the convolutions that double or halve the image. */
    readonly kernel: 3 | 4 | 5 | 7 | 9;
    readonly upsample: (typeof UPSAMPLINGS)[number];
  };

/** Two-dimensional GAN: dense networks of ReLU layers, or of maxout units in D. `batchNorm` is that of G's hidden layers. */
export type Mlp2dConfiguration = SharedFields &
  NormFields & {
    readonly model: 'mlp2d';
    readonly dataset: PlaneLaw;
    /** Hidden layers: the first one and (layers − 1) more of the same width; 0 is a linear map. */
    readonly layersG: number;
    readonly layersD: number;
    readonly widthG: number;
    readonly widthD: number;
    /** Linear maps of which each hidden unit of D gives the largest, 1 for ReLU; where D has hidden layers. */
    readonly maxoutD?: number;
    /** Samples, all real or all made, that D judges together. */
    readonly samplesD: number;
  };

/** Deep convolutional GAN by the published rules. */
export type DcganConfiguration = ConvolutionalFields & { readonly model: 'dcgan' };

/** DCGAN with batch norm on D's first layer too, as a lab course trained it. */
export type DcganLabConfiguration = ConvolutionalFields & { readonly model: 'dcgan-lab' };

/** DCGAN of wide kernels over nearest-neighbour up-sampling, with biases and dense ends. */
export type DcganMaxConfiguration = ConvolutionalFields & { readonly model: 'dcgan-max' };

/** Adversarial auto-encoder of the layers of `dcgan-max`. */
export type AaeConfiguration = ConvolutionalFields & {
  readonly model: 'aae';
  /** Learning rate of the optimiser of E and of G behind it. */
  readonly lrE: number;
};

/** Convolutional networks that are told the class, for 32 px. */
export type CdcganConfiguration = ConvolutionalFields & {
  readonly model: 'cdcgan';
  /** D is told the class too. */
  readonly conditionD: boolean;
};

/** Dense networks that are told the class. */
export type CganConfiguration = SharedFields &
  ImageFields &
  NormFields & {
    readonly model: 'cgan';
    /** Hidden layers behind where noise and class meet in G, and image and class in D. */
    readonly layersG: number;
    readonly layersD: number;
    /** Units of the layers that noise and class go through in G, and image and class in D. */
    readonly widthG: number;
    readonly widthD: number;
    readonly leak: number;
    readonly conditionD: boolean;
  };

/** What the line of StyleGAN has in common. */
type StyleFields = SharedFields &
  ImageFields & {
    readonly ngf: number;
    readonly ndf: number;
    /** Images that D's minibatch deviation compares, at most. */
    readonly deviationGroup: number;
    /** Dense layers from z to w. */
    readonly mappingLayers: number;
    /** Share of G's images in training that are made of two z. */
    readonly styleMixing: number;
    /** ψ: how far styles stay from their mean where samples are drawn; 1 leaves them. */
    readonly truncation: number;
    /** Most that convolutions of G and D give, of either sign; 0 does not limit them. */
    readonly activationClamp: number;
  } & ToldFields;

/** Whether networks that need not be are told what the data know of a sample: the class, or the numbers of an image. */
type ToldFields =
  | { readonly conditionG: false }
  | {
      readonly conditionG: true;
      /** D is told too. */
      readonly conditionD: boolean;
    };

/** StyleGAN in small. */
export type StyleganConfiguration = StyleFields & GrowthFields & { readonly model: 'stylegan' };

type GrowthFields =
  | { readonly progressive: false }
  | {
      /** It begins with images of 8 px and doubles them until they have their resolution. */
      readonly progressive: true;
      /** Thousands of real images for which a size is trained, and then for which the next one fades in. */
      readonly growKimg: number;
    };

/** StyleGAN2 in small. */
export type Stylegan2Configuration = StyleFields & {
  readonly model: 'stylegan2';
  /** D's blocks have skips. */
  readonly residualD: boolean;
  /** Weight of the penalty on how unevenly steps in w move the image; 0 has none. */
  readonly pathLengthWeight: number;
};

/** StyleGAN3 in small. */
export type Stylegan3Configuration = StyleFields & { readonly model: 'stylegan3' };

/** A model of points from a plugin; its own fields stand beside these as `name.field`. */
export type PluginPointsConfiguration = SharedFields & { readonly model: PluginName; readonly dataset: PlaneLaw };

/** A model of images from a plugin. */
export type PluginImagesConfiguration = SharedFields & ImageFields & { readonly model: PluginName };

/** Everything that decides a training but the seed, with every default filled in. Its hash is the trial's id. */
export type Configuration =
  | Mlp2dConfiguration
  | DcganConfiguration
  | DcganLabConfiguration
  | DcganMaxConfiguration
  | AaeConfiguration
  | CdcganConfiguration
  | CganConfiguration
  | StyleganConfiguration
  | Stylegan2Configuration
  | Stylegan3Configuration
  | PluginPointsConfiguration
  | PluginImagesConfiguration;

/** Whether it trains on points of the plane, not on images. */
export function learnsPoints(
  configuration: Configuration,
): configuration is Mlp2dConfiguration | PluginPointsConfiguration {
  return factsOf(configuration.model).learns === 'points';
}

/** Whether its networks are told what the data know of what they make and judge: the class, or the numbers of an image. */
export function isConditional({
  model,
  conditionG = false,
}: Pick<Configuration, 'model'> & { readonly conditionG?: boolean }): boolean {
  return conditionG || factsOf(model).condition === 'classes';
}

/**
 * Fields in which runs of one pack may differ: numbers that are fed to the program, and what only its inputs depend on.
 * All others are part of the program's shape, but for numbers of a loss or a noise law from a plugin.
 */
export const LANE_FIELDS = [
  'lrG',
  'lrD',
  'lrE',
  'weightDecay',
  'realLabel',
  'fakeLabel',
  'beta1',
  'beta1G',
  'beta1D',
  'beta2',
  'adamEps',
  'sgdMomentum',
  'gpWeight',
  'lrStepFirst',
  'lrStepSecond',
  'noise',
  'images',
  'truncation',
  'adaKimg',
] as const;

/**
 * Lane fields of tricks that a program only knows when they are on, so that a run without them pays nothing: runs of one
 * pack have them all above 0, each its own value, or all at 0.
 */
export const SWITCH_FIELDS = [
  'labelNoise',
  'freezeRatio',
  'instanceNoise',
  'ema',
  'styleMixing',
  'r1Gamma',
  'pathLengthWeight',
  'adaTarget',
  'adaP',
] as const;

/** What runs must share to share a program: every field but the lane fields, and which tricks are on; in a fixed order. */
export function shapeKey(configuration: Configuration): string {
  const lane = new Set<string>([...LANE_FIELDS, ...SWITCH_FIELDS]);
  const fixed = Object.entries(configuration).filter(
    ([name, value]) => !lane.has(name) && !isPluginLane(name, value, configuration),
  );
  const values: Readonly<Partial<Record<(typeof SWITCH_FIELDS)[number], number>>> = configuration;
  const on = SWITCH_FIELDS.map((name): [string, boolean] => [name, (values[name] ?? 0) > 0]);
  return JSON.stringify([...fixed, ...on].sort(([a], [b]) => (a < b ? -1 : 1)));
}
