import type { Configuration, StyleganConfiguration } from '@gansweep/domain';
import { laterSides } from './networks/growth.ts';
import { planTraining } from './plan-training.ts';

type Growing = Extract<StyleganConfiguration, { readonly progressive: true }>;

/** Networks begin with small images and grow. */
export function grows(configuration: Configuration): configuration is Growing {
  return configuration.model === 'stylegan' && configuration.progressive;
}

/**
 * How far each later side has come in, in `steps` iterations from number `first` on, `[steps, sides]`; null where nothing
 * grows. Side number k, from 1, fades in from 2k − 1 to 2k times `growKimg`, evenly in images seen before the iteration.
 * @see Karras et al. (2018), section 2 and appendix A, arXiv:1710.10196
 */
export function presences(configuration: Configuration): ((first: number, steps: number) => Float32Array) | null {
  if (!grows(configuration)) return null;
  const { imagesPerIteration } = planTraining(configuration);
  const sides = laterSides(configuration.resolution);
  const phase = 1000 * configuration.growKimg;
  return (first, steps) =>
    Float32Array.from({ length: steps * sides.length }, (_, i) => {
      const seen = (first + Math.floor(i / sides.length)) * imagesPerIteration;
      const begins = (2 * (i % sides.length) + 1) * phase;
      return Math.min(Math.max((seen - begins) / phase, 0), 1);
    });
}

/**
 * Number of the iteration at or before this one with which the optimisers began: they begin anew with every side that
 * comes in, since its layers' first gradients would meet corrections for a long past.
 * @see the published code of progressive growing, `reset_opt_for_new_lod`
 */
export function optimisersBegan(configuration: Configuration, iteration: number): number {
  if (!grows(configuration)) return 0;
  const { imagesPerIteration } = planTraining(configuration);
  return laterSides(configuration.resolution).reduce((began, _, k) => {
    const comesIn = Math.ceil(((2 * k + 1) * 1000 * configuration.growKimg) / imagesPerIteration);
    return comesIn <= iteration ? comesIn : began;
  }, 0);
}

/** Whether the optimisers' vectors are 0 again before an iteration. */
export function optimisersBegin(configuration: Configuration, iteration: number): boolean {
  return iteration > 0 && optimisersBegan(configuration, iteration) === iteration;
}
