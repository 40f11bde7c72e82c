import type { Sym } from '@gansweep/program/browser';
import { classInput } from '../conditions.ts';
import type { SampleShape } from '../networks/network.ts';
import { styleDrawsOf } from '../style-draws.ts';
import { correctionsOf, descend } from './descend.ts';
import { type Iteration, inputOfUpdates, known, moveStatistics, parametersOf, passThrough } from './iteration.ts';

/**
 * G's updates of an iteration, each judged by D as it stands.
 * @param given `noise` of all of them; null where each has fresh noise.
 */
export function updateGenerator(
  iteration: Iteration,
  { shape, noise: given }: { readonly shape: SampleShape; readonly noise: Sym | null },
): void {
  const { batch, nz, gSteps } = iteration.configuration;
  const noise = given ? () => given : inputOfUpdates(iteration, 'noiseG', { count: gSteps, each: [batch, nz] });
  const corrections = correctionsOf(iteration, 'G', { updates: gSteps, counted: false });
  const draws = styleDrawsOf(iteration.tracer, iteration.configuration, {
    generator: known(iteration.networks, 'G'),
    side: 'G',
    updates: gSteps,
  });
  const told = classInput(iteration, shape, { name: 'classesG', updates: gSteps });
  for (let i = 0; i < gSteps; i++) {
    const parameters = parametersOf(iteration, 'G');
    const fakes = passThrough(iteration, 'G', {
      input: noise(i),
      ...told(i),
      draws: draws(i),
      parameters,
      label: '',
    });
    moveStatistics(iteration, 'G', fakes.statistics);
    const input = iteration.shown('forG', i, fakes.output);
    const judged = { input, ...told(i), parameters: parametersOf(iteration, 'D'), label: ' for G' };
    descend(iteration, 'G', {
      loss: iteration.loss.generator(passThrough(iteration, 'D', judged).output),
      parameters: [parameters],
      corrections: corrections(i),
      frozen: null,
    });
  }
}
