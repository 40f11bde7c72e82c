import type { Configuration, RealSource } from '@gansweep/domain';
import type { Executor, Program } from '@gansweep/program/browser';
import { heldImages } from './held-images.ts';
import { shapeOf } from './networks/network.ts';
import { programOf } from './program-library.ts';
import { createStepProgram } from './step-program.ts';

/** The program of an iteration, the same object for all runs of an executor that share its shape. */
export function trainingProgram(configuration: Configuration, reals: RealSource, executor: Executor): Program {
  const shape = shapeOf(reals);
  const images = heldImages(reals, executor);
  return programOf(
    'step',
    executor,
    { configuration, shape, ...(images && { holds: images.content }) },
    () => createStepProgram(configuration, shape, images).program,
  );
}
