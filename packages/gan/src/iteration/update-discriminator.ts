import { add, cast, greater, mean, mul, type Sym, sigmoid } from '@gansweep/program/browser';
import { type Condition, classInput } from '../conditions.ts';
import type { SampleShape, StyleDraws } from '../networks/network.ts';
import { realBatchesOf } from '../plan-training.ts';
import { styleDrawsOf } from '../style-draws.ts';
import { canFreeze, countsOwnUpdates, hasGradientPenalty, hasLabelNoise } from '../tricks.ts';
import { adaptAugmentation } from './adapt-augmentation.ts';
import { correctionsOf, descend } from './descend.ts';
import { between, gradientPenalty } from './gradient-penalty.ts';
import {
  type Iteration,
  inputOfUpdates,
  known,
  moveStatistics,
  note,
  parametersOf,
  passThrough,
  type Tensors,
} from './iteration.ts';

/**
 * D's updates of an iteration, each on fresh reals and noise; where there are none, D still scores one batch of each.
 * @returns the noise of the last one.
 */
export function updateDiscriminator(
  iteration: Iteration,
  { shape, reals }: { readonly shape: SampleShape; readonly reals: (update: number) => Sym },
): Sym {
  const { configuration } = iteration;
  const { batch, nz, dSteps } = configuration;
  const count = realBatchesOf(configuration);
  const noise = inputOfUpdates(iteration, 'noiseD', { count, each: [batch, nz] });
  const corrections = correctionsOf(iteration, 'D', { updates: dSteps, counted: countsOwnUpdates(configuration) });
  const labels = hasLabelNoise(configuration)
    ? inputOfUpdates(iteration, 'realLabels', { count: dSteps, each: [] })
    : () => iteration.scalar('realLabel');
  const mixing = hasGradientPenalty(configuration)
    ? inputOfUpdates(iteration, 'mixing', { count: dSteps, each: [batch] })
    : null;
  const draws = styleDrawsOf(iteration.tracer, configuration, {
    generator: known(iteration.networks, 'G'),
    side: 'D',
    updates: count,
  });
  const ofReals = classInput(iteration, shape, { name: 'classes', updates: count });
  const ofFakes = classInput(iteration, shape, { name: 'classesD', updates: count });
  for (let i = 0; i < count; i++) {
    const told = { reals: ofReals(i), fakes: ofFakes(i) };
    const parameters = parametersOf(iteration, 'D');
    const scores = scoreBatches(iteration, {
      i,
      reals: reals(i),
      noise: noise(i),
      draws: draws(i),
      told,
      parameters,
      moves: dSteps > 0,
    });
    if (dSteps === 0) continue;
    const objective = iteration.loss.discriminator({
      ...scores,
      realLabel: labels(i),
      fakeLabel: iteration.scalar('fakeLabel'),
    });
    const loss = mixing
      ? add(objective, penaltyBetween(iteration, { ...scores.seen, shares: mixing(i), parameters, told: told.reals }))
      : objective;
    adaptAugmentation(iteration, scores.real);
    const lossG = canFreeze(configuration) ? iteration.loss.generator(scores.fake) : null;
    descend(iteration, 'D', {
      loss,
      parameters: [parameters],
      corrections: corrections(i),
      frozen: lossG && greater(mul(lossG, iteration.scalar('freezeRatio')), loss),
    });
  }
  return noise(count - 1);
}

/** D's logits on a real and a fake batch, each normalised by itself, and the curves that follow from them. */
function scoreBatches(
  iteration: Iteration,
  {
    i,
    reals,
    noise,
    draws,
    told,
    parameters,
    moves,
  }: {
    readonly i: number;
    readonly reals: Sym;
    readonly noise: Sym;
    readonly draws: StyleDraws;
    readonly told: { readonly reals: Condition; readonly fakes: Condition };
    readonly parameters: Tensors;
    readonly moves: boolean;
  },
): { readonly real: Sym; readonly fake: Sym; readonly seen: { readonly real: Sym; readonly fake: Sym } } {
  const fakes = passThrough(iteration, 'G', {
    input: noise,
    draws,
    ...told.fakes,
    parameters: parametersOf(iteration, 'G'),
    label: ' for D',
  });
  const logits = (input: Sym, condition: Condition, label: string): Sym => {
    const passed = passThrough(iteration, 'D', { input, ...condition, parameters, label });
    if (moves) moveStatistics(iteration, 'D', passed.statistics);
    return passed.output;
  };
  const seen = { real: iteration.shown('real', i, reals), fake: iteration.shown('fake', i, fakes.output) };
  const real = logits(seen.real, told.reals, ' on reals');
  const fake = logits(seen.fake, told.fakes, ' on fakes');
  note(iteration, 'dReal', mean(sigmoid(real), [0, 1]));
  note(iteration, 'dFake', mean(sigmoid(fake), [0, 1]));
  note(iteration, 'accReal', mean(cast(greater(real, 0)), [0, 1]));
  note(iteration, 'accFake', mean(cast(greater(0, fake)), [0, 1]));
  return { real, fake, seen };
}

/** gpWeight times the penalty on D's gradient between the two batches, which pass D as a batch of their own and move nothing. */
function penaltyBetween(
  iteration: Iteration,
  {
    parameters,
    told,
    ...batches
  }: {
    readonly real: Sym;
    readonly fake: Sym;
    readonly shares: Sym;
    readonly parameters: Tensors;
    /** The classes of the reals: those in between count as theirs. */
    readonly told: Condition;
  },
): Sym {
  const samples = between(batches);
  const { output } = passThrough(iteration, 'D', { input: samples, ...told, parameters, label: ' between' });
  const penalty = gradientPenalty(output, samples);
  iteration.probe('gradient penalty', penalty);
  return mul(penalty, iteration.scalar('gpWeight'));
}
