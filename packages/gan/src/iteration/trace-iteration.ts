import type { Configuration } from '@gansweep/domain';
import type { Sym, Tracer } from '@gansweep/program/browser';
import { averaged, isAveraged } from '../averaged-generator.ts';
import type { Probe } from '../networks/network.ts';
import { sharesNoise } from '../players.ts';
import { beginIteration, known, meanOf } from './iteration.ts';
import { realInput, type TrainedOn } from './real-input.ts';
import { updateDiscriminator } from './update-discriminator.ts';
import { updateEncoder } from './update-encoder.ts';
import { updateGenerator } from './update-generator.ts';

/** Traces one iteration. @param probe is shown every tensor that a diverged run may name, in the order of computation. */
export function traceIteration(
  tracer: Tracer,
  configuration: Configuration,
  trainedOn: TrainedOn,
  probe: Probe,
): { readonly outputs: Record<string, Sym>; readonly updates: Record<string, Sym> } {
  const { shape } = trainedOn;
  const iteration = beginIteration(tracer, configuration, shape, probe);
  const reals = realInput(tracer, configuration, trainedOn);
  if (iteration.networks.has('E')) updateEncoder(iteration, reals(0));
  const noise = updateDiscriminator(iteration, { shape, reals });
  if (configuration.gSteps > 0) updateGenerator(iteration, { shape, noise: sharesNoise(configuration) ? noise : null });
  if (isAveraged(configuration)) {
    const decays = tracer.input('averageDecays', [2]);
    iteration.state.set('eG', averaged(known(iteration.state, 'eG'), known(iteration.state, 'pG'), decays));
  }
  return {
    outputs: Object.fromEntries([...iteration.recorded].map(([name, values]) => [name, meanOf(values)])),
    updates: Object.fromEntries(iteration.state),
  };
}
