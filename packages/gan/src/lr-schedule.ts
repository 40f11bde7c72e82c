import type { Configuration } from '@gansweep/domain';
import { planTraining } from './plan-training.ts';

/** Learning rates are divided by this at every step of the schedule. */
const STEP = 10;

/** What learning rates are multiplied by in `steps` iterations from number `first` on; null where they never change. */
export function lrFactors(configuration: Configuration): ((first: number, steps: number) => Float32Array) | null {
  if (configuration.lrSchedule === 'none') return null;
  const { lrStepFirst, lrStepSecond } = configuration;
  const { iterations } = planTraining(configuration);
  // A share of 1 is the end, which no iteration reaches.
  const borders = [lrStepFirst, lrStepSecond].map((share) => share * iterations);
  return (first, steps) =>
    Float32Array.from({ length: steps }, (_, i) =>
      borders.reduce((factor, border) => (first + i >= border ? factor / STEP : factor), 1),
    );
}
