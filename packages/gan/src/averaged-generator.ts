import { type Configuration, learnsPoints } from '@gansweep/domain';
import { add, mul, reshape, type Sym, slice } from '@gansweep/program/browser';
import { planTraining } from './plan-training.ts';

/** The average is no older than this share of the images seen. */
const SHARE_SEEN = 0.05;

/** Half-life of the averaged G in thousands of images; 0 where G is not averaged. */
export function halfLifeOf(configuration: Configuration): number {
  return learnsPoints(configuration) ? 0 : configuration.ema;
}

/** Whether samples, scores and the kept generator are by an average of G's weights. */
export function isAveraged(configuration: Configuration): boolean {
  return halfLifeOf(configuration) > 0;
}

/**
 * What the average keeps of itself in `steps` iterations from number `first` on, and what it takes of G: β and 1 − β,
 * `[steps, 2]`, with β = ½^(images of an iteration / min(half-life, images seen before it / 20)); 0 and 1 in the first.
 * @see Karras et al. (2020), arXiv:2006.06676, and its published code
 */
export function averageDecays(configuration: Configuration, first: number, steps: number): Float32Array {
  const { imagesPerIteration } = planTraining(configuration);
  const out = new Float32Array(2 * steps);
  for (let i = 0; i < steps; i++) {
    const seen = (first + i) * imagesPerIteration;
    const kept = 0.5 ** (imagesPerIteration / Math.min(1000 * halfLifeOf(configuration), SHARE_SEEN * seen));
    out[2 * i] = kept;
    out[2 * i + 1] = 1 - kept;
  }
  return out;
}

/** The average after an iteration, all `[n]`. @param decays of the iteration, `[2]`. */
export function averaged(before: Sym, parameters: Sym, decays: Sym): Sym {
  const [kept, taken] = [0, 1].map((i) => reshape(slice(decays, 0, i, 1), [])) as [Sym, Sym];
  return add(mul(before, kept), mul(parameters, taken));
}
