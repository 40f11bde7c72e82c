import type { Configuration } from '@gansweep/domain';

/** Most iterations of a recording interval. */
export const INTERVAL_MAX = 50;

/** How a budget of real images is cut into iterations and recording intervals. */
export interface TrainingPlan {
  readonly iterations: number;
  /** Real images that an iteration accounts for, also where D is never updated. */
  readonly imagesPerIteration: number;
  /** Iterations of a recording interval; the last one may be shorter. */
  readonly recordEvery: number;
  /** Images seen at the end: the budget rounded up to whole iterations. */
  readonly totalImages: number;
}

/** The plan follows from the configuration alone, so every attempt of a run has the same borders. */
export function planTraining({
  images,
  batch,
  dSteps,
}: Pick<Configuration, 'images' | 'batch' | 'dSteps'>): TrainingPlan {
  const imagesPerIteration = batch * realBatchesOf({ dSteps });
  const iterations = Math.ceil(images / imagesPerIteration);
  return {
    iterations,
    imagesPerIteration,
    recordEvery: Math.min(Math.max(Math.floor(iterations / 40), 1), INTERVAL_MAX),
    totalImages: iterations * imagesPerIteration,
  };
}

/**
 * Passes of reals through D in an iteration. Where D is never updated it still looks at one real and one fake batch, so
 * that its scores are recorded.
 */
export function realBatchesOf({ dSteps }: Pick<Configuration, 'dSteps'>): number {
  return Math.max(dSteps, 1);
}
