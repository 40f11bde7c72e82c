import type { Configuration, Side } from '@gansweep/domain';
import { grows, optimisersBegan } from './growth.ts';
import { adamCorrection } from './optimisers.ts';
import { regularisationOf, stepsBefore } from './regularisation/schedule.ts';
import { decaysOf } from './scalars.ts';
import { countsOwnUpdates } from './tricks.ts';

/** Adam's corrections of consecutive updates of a network, `[updates, 2]`, from number `first` on, counted from 0. */
type Corrections = (first: number, updates: number) => Float32Array;

/** Those of every network whose Adam is told them. */
export function adamCorrectionsOf(configuration: Configuration): Readonly<Partial<Record<Side, Corrections>>> {
  if (configuration.optimizer !== 'adam') return {};
  const { dSteps, gSteps, model } = configuration;
  return {
    ...(dSteps > 0 && !countsOwnUpdates(configuration) ? { D: correctionsOf(configuration, 'D', dSteps) } : {}),
    ...(gSteps > 0 ? { G: correctionsOf(configuration, 'G', gSteps) } : {}),
    ...(model === 'aae' ? { E: correctionsOf(configuration, 'E', 1) } : {}),
  };
}

/** @param each updates an iteration. */
function correctionsOf(
  configuration: Configuration & { readonly optimizer: 'adam' },
  side: Side,
  each: number,
): Corrections {
  const { beta1, beta2 } = decaysOf(configuration, side);
  const stepOf = stepsOfAdam(configuration, side, each);
  const [firstSettles, secondSettles] = [settlesAt(beta1), settlesAt(beta2)];
  return (first, updates) => {
    const out = new Float32Array(2 * updates).fill(1);
    for (let i = 0; i < updates; i++) {
      const step = stepOf(first + i);
      if (step < firstSettles) out[2 * i] = adamCorrection(beta1, step);
      if (step < secondSettles) out[2 * i + 1] = adamCorrection(beta2, step);
    }
    return out;
  };
}

/** From this step on βᵗ is below 2⁻²⁵, and the correction 1 in float32. */
const settlesAt = (beta: number): number => Math.ceil(-25 / Math.log2(beta));

/**
 * Which step of its network's Adam an update is, from 1, by the update's number from 0: updates and steps of a penalty since
 * the optimiser began.
 */
function stepsOfAdam(configuration: Configuration, side: Side, each: number): (update: number) => number {
  const one = regularisationOf(configuration, side);
  if (!one && !grows(configuration)) return (update) => update + 1;
  return (update) => {
    const iteration = Math.floor(update / each);
    const began = optimisersBegan(configuration, iteration);
    const penalties = one ? stepsBefore(configuration, one, iteration + 1) - stepsBefore(configuration, one, began) : 0;
    return update + 1 - began * each + penalties;
  };
}
