import { assertNever, type Configuration, factsOf, type PluginFieldName, type Side } from '@gansweep/domain';
import { adapts, isAugmented } from './augmentation/augmentation.ts';
import { adaStep } from './augmentation/probability.ts';
import { lossScalars } from './plugins/loss-fields.ts';
import { slowness } from './regularisation/schedule.ts';
import { canFreeze, hasInstanceNoise, hasLabelNoise } from './tricks.ts';

export type Scalar =
  | `lr${Side}`
  | 'weightDecay'
  | 'realLabel'
  | 'fakeLabel'
  | 'freezeRatio'
  | 'instanceNoise'
  | 'gpWeight'
  | 'adaTarget'
  | 'adaStep'
  | 'adaP'
  | `beta1${Side}`
  | `restOfBeta1${Side}`
  | `beta2${Side}`
  | `restOfBeta2${Side}`
  | 'adamEps'
  | 'sgdMomentum'
  /** Of a loss from a plugin. */
  | PluginFieldName;

/**
 * Settings that are numbers fed to the program, so that runs which differ in them alone share one program. The rests,
 * 1 − β, are taken before rounding to float32.
 */
export function scalarsOf(configuration: Configuration): Readonly<Partial<Record<Scalar, number>>> {
  const { weightDecay, realLabel, fakeLabel, freezeRatio, instanceNoise } = configuration;
  const sides = factsOf(configuration.model).networks;
  const shared = {
    ...Object.fromEntries(
      sides.map((side) => [`lr${side}`, learningRateOf(configuration, side) * slowness(configuration, side)]),
    ),
    weightDecay,
    ...(hasLabelNoise(configuration) ? {} : { realLabel }),
    fakeLabel,
    ...(canFreeze(configuration) ? { freezeRatio } : {}),
    ...(hasInstanceNoise(configuration) ? { instanceNoise } : {}),
    ...(configuration.loss === 'wgan-gp' ? { gpWeight: configuration.gpWeight } : {}),
    ...probabilityScalars(configuration),
    ...lossScalars(configuration),
  };
  switch (configuration.optimizer) {
    case 'adam': {
      const decays = sides.flatMap((side) =>
        Object.entries(decaysOf(configuration, side)).flatMap(([name, decay]) => [
          [`${name}${side}`, decay],
          [`restOfB${name.slice(1)}${side}`, 1 - decay],
        ]),
      );
      return { ...shared, ...Object.fromEntries(decays), adamEps: configuration.adamEps };
    }
    case 'sgd':
      return { ...shared, sgdMomentum: configuration.sgdMomentum };
    default:
      return assertNever(configuration);
  }
}

/** Decays of a network's Adam, slowed down where a penalty adds steps to it. */
export function decaysOf(
  configuration: Configuration & { readonly optimizer: 'adam' },
  side: Side,
): { readonly beta1: number; readonly beta2: number } {
  const c = slowness(configuration, side);
  return { beta1: firstDecayOf(configuration, side) ** c, beta2: configuration.beta2 ** c };
}

/** β₁ of a network's Adam. */
function firstDecayOf(
  configuration: { readonly beta1: number; readonly beta1G: number; readonly beta1D: number },
  side: Side,
): number {
  switch (side) {
    case 'G':
      return configuration.beta1G;
    case 'D':
      return configuration.beta1D;
    case 'E':
      return configuration.beta1;
    default:
      return assertNever(side);
  }
}

function learningRateOf(configuration: Configuration, side: Side): number {
  switch (side) {
    case 'G':
      return configuration.lrG;
    case 'D':
      return configuration.lrD;
    case 'E':
      if (configuration.model !== 'aae') throw new Error(`${configuration.model} has no encoder`);
      return configuration.lrE;
    default:
      return assertNever(side);
  }
}

/** What the probability of augmentations follows from. */
function probabilityScalars(configuration: Configuration): Readonly<Partial<Record<Scalar, number>>> {
  if (!isAugmented(configuration)) return {};
  const { batch, adaTarget, adaKimg = 0, adaP = 0 } = configuration;
  return adapts(configuration) ? { adaTarget, adaStep: adaStep({ batch, adaKimg }) } : { adaP };
}
