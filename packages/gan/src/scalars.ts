import { assertNever, type Configuration } from '@gansweep/domain';
import { canFreeze, hasInstanceNoise, hasLabelNoise } from './tricks.ts';

export type Scalar =
  | 'lrG'
  | 'lrD'
  | 'weightDecay'
  | 'realLabel'
  | 'fakeLabel'
  | 'freezeRatio'
  | 'instanceNoise'
  | 'beta1'
  | 'restOfBeta1'
  | 'beta2'
  | 'restOfBeta2'
  | 'adamEps'
  | 'sgdMomentum';

/**
 * Settings that are numbers fed to the program, so that runs which differ in them alone share one program. The rests,
 * 1 − β, are taken before rounding to float32.
 */
export function scalarsOf(configuration: Configuration): Readonly<Partial<Record<Scalar, number>>> {
  const { lrG, lrD, weightDecay, realLabel, fakeLabel, freezeRatio, instanceNoise } = configuration;
  const shared = {
    lrG,
    lrD,
    weightDecay,
    ...(hasLabelNoise(configuration) ? {} : { realLabel }),
    fakeLabel,
    ...(canFreeze(configuration) ? { freezeRatio } : {}),
    ...(hasInstanceNoise(configuration) ? { instanceNoise } : {}),
  };
  switch (configuration.optimizer) {
    case 'adam': {
      const { beta1, beta2, adamEps } = configuration;
      return { ...shared, beta1, restOfBeta1: 1 - beta1, beta2, restOfBeta2: 1 - beta2, adamEps };
    }
    case 'sgd':
      return { ...shared, sgdMomentum: configuration.sgdMomentum };
    default:
      return assertNever(configuration);
  }
}
