import { type Configuration, isConditional } from '@gansweep/domain';
import { mul, type Program, reshape, type Sym, type Tracer, traceProgram } from '@gansweep/program/browser';
import { classInput, toldRows } from '../conditions.ts';
import { descend } from '../iteration/descend.ts';
import { beginPart, type Iteration, known, passThrough } from '../iteration/iteration.ts';
import { realInput } from '../iteration/real-input.ts';
import type { SampleShape } from '../networks/network.ts';
import { realBatchesOf } from '../plan-training.ts';
import { countsOwnUpdates } from '../tricks.ts';
import { gradientEnergy, pathLengths } from './penalties.ts';
import type { Regularisation } from './schedule.ts';

/** Images that path lengths are taken of: half a batch. */
export function pathBatch({ batch }: Pick<Configuration, 'batch'>): number {
  return Math.max(1, Math.floor(batch / 2));
}

/**
 * A step of one penalty as a program of its own: it moves the parameters and the optimiser's vectors of one network. A step
 * program that held it would pay for it in every iteration, since programs do not branch.
 *
 * States: those of the network, as in the step program; `pathMean` `[1]` for path lengths. Inputs: `weight` of the penalty,
 * the configuration's scalars, `corrections` `[1, 2]` under Adam, and `real` (and `mirror`, `augmentD`) of an iteration for R1, or
 * `pathNoise` `[n, nz]`, `pathLayerNoise` `[n, layerNoise]`, `pathClasses` `[n]` where G is told classes, `pathDirections` `[n, channels, height, width]`, n half a batch.
 * Outputs: `r1` or `pathLength`, and `check`, 0 while everything is finite.
 */
export function regularisingProgram(
  configuration: Configuration,
  shape: SampleShape,
  { name, side }: Pick<Regularisation, 'name' | 'side'>,
): Program {
  return traceProgram((tracer) => {
    const iteration = beginPart(tracer, configuration, shape, side);
    const weight = tracer.input('weight', [], { each: 'call' });
    const counted = side === 'D' && countsOwnUpdates(configuration);
    const corrections =
      configuration.optimizer === 'adam' && !counted ? reshape(tracer.input('corrections', [1, 2]), [2]) : null;
    const { value, penalty } = name === 'r1' ? r1(iteration, shape) : lengthOfPaths(tracer, iteration, shape);
    const parameters = [iteration.own];
    descend(iteration, side, { loss: mul(penalty, weight), parameters, corrections, frozen: null });
    const [check] = iteration.recorded.get(`check${side}`) ?? [];
    return {
      outputs: { [name]: value, check: check as Sym },
      updates: Object.fromEntries(iteration.state),
    };
  });
}

type Part = Iteration & { readonly own: ReadonlyMap<string, Sym> };

function r1(iteration: Part, shape: SampleShape): { readonly value: Sym; readonly penalty: Sym } {
  const reals = realInput(iteration.tracer, iteration.configuration, { shape, images: null })(0);
  // The gradient is taken by what D sees.
  const samples = iteration.shown('real', 0, reals);
  const told = classInput(iteration, shape, {
    name: 'classes',
    updates: realBatchesOf(iteration.configuration),
  })(0);
  const { output } = passThrough(iteration, 'D', {
    input: samples,
    parameters: iteration.own,
    ...told,
    label: ' for R1',
  });
  const penalty = gradientEnergy(output, samples);
  return { value: penalty, penalty };
}

function lengthOfPaths(
  tracer: Tracer,
  iteration: Part,
  shape: SampleShape,
): { readonly value: Sym; readonly penalty: Sym } {
  if (shape.kind === 'plane') throw new Error('path lengths are of images');
  const { nz } = iteration.configuration;
  const count = pathBatch(iteration.configuration);
  const { draws } = known(iteration.networks, 'G');
  const { configuration, state } = iteration;
  const table = state.get('told') ?? null;
  const { output, styles } = passThrough(iteration, 'G', {
    input: tracer.input('pathNoise', [count, nz]),
    ...(isConditional(configuration)
      ? { condition: toldRows(tracer.input('pathClasses', [count]), { configuration, shape, table }) }
      : {}),
    parameters: iteration.own,
    draws: draws?.layerNoise ? { layerNoise: tracer.input('pathLayerNoise', [count, draws.layerNoise]) } : {},
    label: ' for path lengths',
  });
  if (!styles) throw new Error(`${iteration.configuration.model} has no styles to take path lengths by`);
  const directions = tracer.input('pathDirections', [...output.shape]);
  const { length, penalty, average } = pathLengths(
    { images: output, styles },
    {
      directions: mul(directions, 1 / Math.sqrt(shape.height * shape.width)),
      average: known(iteration.state, 'pathMean'),
    },
  );
  iteration.state.set('pathMean', average);
  return { value: length, penalty };
}
