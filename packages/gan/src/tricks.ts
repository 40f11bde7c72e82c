import type { Configuration } from '@gansweep/domain';
import { add, mul, reshape, type Sym, slice, type Tracer } from '@gansweep/program/browser';
import type { SampleShape } from './networks/network.ts';

/** D's target for reals is drawn for every batch. @see Salimans et al. (2016), section 3.4, arXiv:1606.03498 */
export function hasLabelNoise({ labelNoise, dSteps }: Pick<Configuration, 'labelNoise' | 'dSteps'>): boolean {
  return labelNoise > 0 && dSteps > 0;
}

/** Updates of D are skipped while it is too far ahead. */
export function canFreeze({ freezeRatio, dSteps }: Pick<Configuration, 'freezeRatio' | 'dSteps'>): boolean {
  return freezeRatio > 0 && dSteps > 0;
}

/** Everything that D looks at is blurred by noise. @see Sønderby et al. (2017), section 3, arXiv:1610.04490 */
export function hasInstanceNoise({ instanceNoise }: Pick<Configuration, 'instanceNoise'>): boolean {
  return instanceNoise > 0;
}

/** D's loss has a penalty on its gradient between reals and fakes. */
export function hasGradientPenalty({ loss, dSteps }: Pick<Configuration, 'loss' | 'dSteps'>): boolean {
  return loss === 'wgan-gp' && dSteps > 0;
}

/**
 * Whether Adam's corrections of D are a state of the program: how many updates D has had is known to the program alone
 * when some are skipped.
 */
export function countsOwnUpdates(configuration: Configuration): boolean {
  return canFreeze(configuration) && configuration.optimizer === 'adam';
}

/** Passes of D that look at draws of their own: at reals and at fakes for D's update, at fakes for G's. */
export type PassOfD = 'real' | 'fake' | 'forG';

/** What D gets to see of a batch in its pass number `i` of the iteration. */
export type View = (which: PassOfD, i: number, batch: Sym) => Sym;

/**
 * x + σε with noise that every pass has for itself, `instanceNoiseD` `[passes, 2, …]` and `instanceNoiseG` `[gSteps, …]`;
 * x where there is no instance noise.
 * @param passes of reals through D in an iteration. @param deviation gives σ as a symbolic scalar.
 */
export function blurOf(
  tracer: Tracer,
  configuration: Configuration,
  shape: SampleShape,
  { passes, deviation }: { readonly passes: number; readonly deviation: () => Sym },
): View {
  if (!hasInstanceNoise(configuration)) return (_, __, batch) => batch;
  const { batch, gSteps } = configuration;
  const each = shape.kind === 'plane' ? [batch, 2] : [batch, shape.channels, shape.height, shape.width];
  const noiseForD = tracer.input('instanceNoiseD', [passes, 2, ...each]);
  const noiseForG = gSteps > 0 ? tracer.input('instanceNoiseG', [gSteps, ...each]) : noiseForD;
  const noiseOf: Readonly<Record<PassOfD, (i: number) => Sym>> = {
    real: (i) => slice(slice(noiseForD, 0, i, 1), 1, 0, 1),
    fake: (i) => slice(slice(noiseForD, 0, i, 1), 1, 1, 1),
    forG: (i) => slice(noiseForG, 0, i, 1),
  };
  return (which, i, x) => add(x, mul(reshape(noiseOf[which](i), each), deviation()));
}
