import { cast, greater, mean, mul, type Sym, sigmoid } from '@gansweep/program/browser';
import type { SampleShape } from '../networks/network.ts';
import { realBatchesOf } from '../plan-training.ts';
import { canFreeze, countsOwnUpdates, hasLabelNoise } from '../tricks.ts';
import { correctionsOf, descend } from './descend.ts';
import {
  type Iteration,
  inputOfUpdates,
  moveStatistics,
  note,
  parametersOf,
  passThrough,
  type Tensors,
} from './iteration.ts';
import { realInput } from './real-input.ts';

/** D's updates of an iteration, each on fresh reals and noise; where there are none, D still scores one batch of each. */
export function updateDiscriminator(iteration: Iteration, shape: SampleShape): void {
  const { configuration } = iteration;
  const { batch, nz, dSteps } = configuration;
  const count = realBatchesOf(configuration);
  const reals = realInput(iteration.tracer, configuration, shape);
  const noise = inputOfUpdates(iteration, 'noiseD', { count, each: [batch, nz] });
  const corrections = correctionsOf(iteration, 'D', { updates: dSteps, counted: countsOwnUpdates(configuration) });
  const labels = hasLabelNoise(configuration)
    ? inputOfUpdates(iteration, 'realLabels', { count: dSteps, each: [] })
    : () => iteration.scalar('realLabel');
  for (let i = 0; i < count; i++) {
    const parameters = parametersOf(iteration, 'D');
    const scores = scoreBatches(iteration, { i, reals: reals(i), noise: noise(i), parameters, moves: dSteps > 0 });
    if (dSteps === 0) continue;
    const loss = iteration.loss.discriminator({
      ...scores,
      realLabel: labels(i),
      fakeLabel: iteration.scalar('fakeLabel'),
    });
    const lossG = canFreeze(configuration) ? iteration.loss.generator(scores.fake) : null;
    descend(iteration, 'D', {
      loss,
      parameters: [parameters],
      corrections: corrections(i),
      frozen: lossG && greater(mul(lossG, iteration.scalar('freezeRatio')), loss),
    });
  }
}

/** D's logits on a real and a fake batch, each normalised by itself, and the curves that follow from them. */
function scoreBatches(
  iteration: Iteration,
  {
    i,
    reals,
    noise,
    parameters,
    moves,
  }: {
    readonly i: number;
    readonly reals: Sym;
    readonly noise: Sym;
    readonly parameters: Tensors;
    readonly moves: boolean;
  },
): { readonly real: Sym; readonly fake: Sym } {
  const fakes = passThrough(iteration, 'G', {
    input: noise,
    parameters: parametersOf(iteration, 'G'),
    label: ' for D',
  });
  const logits = (input: Sym, label: string): Sym => {
    const passed = passThrough(iteration, 'D', { input, parameters, label });
    if (moves) moveStatistics(iteration, 'D', passed.statistics);
    return passed.output;
  };
  const real = logits(iteration.blurred('real', i, reals), ' on reals');
  const fake = logits(iteration.blurred('fake', i, fakes.output), ' on fakes');
  note(iteration, 'dReal', mean(sigmoid(real), [0, 1]));
  note(iteration, 'dFake', mean(sigmoid(fake), [0, 1]));
  note(iteration, 'accReal', mean(cast(greater(real, 0)), [0, 1]));
  note(iteration, 'accFake', mean(cast(greater(0, fake)), [0, 1]));
  return { real, fake };
}
