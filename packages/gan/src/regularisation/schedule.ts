import type { Configuration } from '@gansweep/domain';
import { optimisersBegin } from '../growth.ts';
import { realBatchesOf } from '../plan-training.ts';

/** A penalty that is not in a network's every update but has steps of its own, now and then. */
export interface Regularisation {
  readonly name: 'r1' | 'pathLength';
  readonly side: 'D' | 'G';
  /** Updates of the network from one such step to the next. */
  readonly interval: number;
  /** What the penalty is multiplied by for the step: its weight, times the interval, since it is due so rarely. */
  readonly weight: number;
}

const PATH_LENGTH_INTERVAL = 4;

/** The penalties of a configuration, in the order of their steps. */
export function regularisationsOf(configuration: Configuration): readonly Regularisation[] {
  const { dSteps, gSteps } = configuration;
  const gamma = 'r1Gamma' in configuration ? configuration.r1Gamma : 0;
  const interval = ('r1Interval' in configuration && configuration.r1Interval) || 1;
  const pathLengthWeight = 'pathLengthWeight' in configuration ? configuration.pathLengthWeight : 0;
  return [
    ...(gamma > 0 && dSteps > 0 ? [{ name: 'r1', side: 'D', interval, weight: (gamma / 2) * interval } as const] : []),
    ...(pathLengthWeight > 0 && gSteps > 0
      ? [
          {
            name: 'pathLength',
            side: 'G',
            interval: PATH_LENGTH_INTERVAL,
            weight: pathLengthWeight * PATH_LENGTH_INTERVAL,
          } as const,
        ]
      : []),
  ];
}

/** The penalty of a network, or null. */
export function regularisationOf(configuration: Configuration, side: string): Regularisation | null {
  return regularisationsOf(configuration).find((one) => one.side === side) ?? null;
}

const updatesOf = (configuration: Configuration, { side }: Regularisation): number =>
  side === 'D' ? realBatchesOf(configuration) : configuration.gSteps;

/**
 * Steps of a penalty before the updates of iteration number `iteration` or earlier: one before every iteration that holds an
 * update whose number, from 0, is a multiple of the interval.
 */
export function stepsBy(configuration: Configuration, one: Regularisation, iteration: number): number {
  const updates = updatesOf(configuration, one);
  return Math.min(iteration + 1, Math.floor(((iteration + 1) * updates - 1) / one.interval) + 1);
}

/** Steps of a penalty before an iteration and the step that comes right before it. */
export function stepsBefore(configuration: Configuration, one: Regularisation, iteration: number): number {
  return iteration === 0 ? 0 : stepsBy(configuration, one, iteration - 1);
}

/** Whether a step of the penalty comes before an iteration. */
export function isDue(configuration: Configuration, one: Regularisation, iteration: number): boolean {
  return stepsBy(configuration, one, iteration) > stepsBefore(configuration, one, iteration);
}

/** Iterations from one on, itself included, until before the next one in which a penalty is due or optimisers begin anew. */
export function iterationsTogether(configuration: Configuration, from: number, most: number): number {
  const all = regularisationsOf(configuration);
  let count = 1;
  const isBorder = (iteration: number): boolean =>
    all.some((one) => isDue(configuration, one, iteration)) || optimisersBegin(configuration, iteration);
  while (count < most && !isBorder(from + count)) count++;
  return count;
}

/**
 * What a network's Adam is slowed down by for the steps that a penalty adds: learning rate · c and βᶜ with c = n/(n + 1), n the
 * interval; 1 without a penalty. @see Karras et al. (2020), appendix B, arXiv:1912.04958
 */
export function slowness(configuration: Configuration, side: string): number {
  const interval = regularisationOf(configuration, side)?.interval;
  return interval === undefined || configuration.optimizer !== 'adam' ? 1 : interval / (interval + 1);
}
