import { type Configuration, STREAMS } from '@gansweep/domain';
import { type HeldRows, isFiniteAll, type Program, type Sym, traceProgram } from '@gansweep/program/browser';
import { adapts } from './augmentation/augmentation.ts';
import { isAveraged } from './averaged-generator.ts';
import { hasTable } from './conditions.ts';
import type { TrainedOn } from './iteration/real-input.ts';
import { traceIteration } from './iteration/trace-iteration.ts';
import type { SampleShape } from './networks/network.ts';
import { networksBySide } from './networks/networks-of.ts';
import { momentsOf } from './optimisers.ts';
import { initialValues, totalSize } from './parameters.ts';
import { movedBy } from './players.ts';
import { regularisationOf } from './regularisation/schedule.ts';
import { countsOwnUpdates } from './tricks.ts';

/** Draws of a network's statistics begin here, behind those of its parameters. */
const STATISTICS_DRAW = 10_000;

/** The iteration as a program, with its first state. */
export interface StepProgram {
  readonly program: Program;
  /** State of a run that has not begun. @param vectors of the reals, for models that are told them. */
  readonly initialState: (seed: number, vectors?: Float32Array) => Record<string, Float32Array>;
  readonly shape: SampleShape;
}

/**
 * One iteration: dSteps updates of D, each on fresh reals and noise, then gSteps updates of G on fresh noise.
 * Real and fake pass D as separate batches; D's updates alone move D's running statistics, with the real batch, then the
 * fake one; G's updates alone move G's.
 *
 * States (flat vectors): `p` parameters, `m` and `v` moments of Adam or `u` velocity of SGD, `s` running statistics; each
 * for G and D; `cD`, 1 − βᵗ for both betas, where the freeze rule may skip D's updates under Adam; `eG`, the averaged parameters of G, where it is averaged; `ada`, where the probability of augmentations adapts. Inputs of each step: `real` `[max(dSteps, 1), batch, 2]` or uint8 `[…, batch, height, width, channels]`, or for images that the program holds `positions` `[max(dSteps, 1), batch]`,
 * `noiseD` `[max(dSteps, 1), batch, nz]`, `noiseG` `[gSteps, batch, nz]`, and under Adam `correctionsD`, `correctionsG`
 * `[updates, 2]`; with mirrored reals `mirror` `[max(dSteps, 1), batch]`; for an auto-encoder `correctionsE` `[1, 2]` and no `noiseG`; for models that are told classes `classes` and `classesD` `[max(dSteps, 1), batch]` of reals and fakes, `classesG` `[gSteps, batch]`, or positions of images whose vectors they are told, and these as the state `told`; with label noise `realLabels` `[dSteps]`, with instance noise `instanceNoiseD`
 * `[max(dSteps, 1), 2, batch, …]` and `instanceNoiseG` `[gSteps, batch, …]`; with augmentation `augmentD` `[max(dSteps, 1), 2, batch, n]`, `augmentG` `[gSteps, batch, n]`. Inputs of the call: the configuration's scalars. Outputs: the iteration's curves and checks.
 */
export function createStepProgram(
  configuration: Configuration,
  shape: SampleShape,
  images: HeldRows | null = null,
): StepProgram {
  return {
    program: traceProgram((tracer) => traceIteration(tracer, configuration, { shape, images }, () => {})),
    shape,
    initialState: (seed, vectors) => initialState(configuration, shape, seed, vectors),
  };
}

/** State of a run that has not begun, by name. @param vectors of the reals, `[count, length]`, for models that are told them. */
export function initialState(
  configuration: Configuration,
  shape: SampleShape,
  seed: number,
  vectors?: Float32Array,
): Record<string, Float32Array> {
  if (hasTable(configuration, shape) && !vectors)
    throw new Error(`${configuration.model} needs the vectors of its reals`);
  const networks = networksBySide(configuration, shape);
  const states = Object.fromEntries(
    [...networks].flatMap(([side, { parameters, statistics }]) => [
      [`p${side}`, initialValues(parameters, seed, STREAMS[`init${side}`])],
      ...momentsOf(configuration).map((moment) => [
        `${moment}${side}`,
        new Float32Array(totalSize(movedBy(networks, side))),
      ]),
      ...(statistics.length > 0
        ? [[`s${side}`, initialValues(statistics, seed, STREAMS[`init${side}`], STATISTICS_DRAW)]]
        : []),
    ]),
  );
  return {
    ...states,
    ...(isAveraged(configuration) ? { eG: (states.pG as Float32Array).slice() } : {}),
    ...(regularisationOf(configuration, 'G') ? { pathMean: new Float32Array(1) } : {}),
    ...(adapts(configuration) ? { ada: new Float32Array(3) } : {}),
    ...(hasTable(configuration, shape) && vectors ? { told: vectors.slice() } : {}),
    ...(countsOwnUpdates(configuration) ? { cD: new Float32Array(2) } : {}),
  };
}

/**
 * The same iteration with one output more for every named tensor, 1 where it is finite: for finding the first bad one.
 * @returns the program and the tensors' names, in the order of their computation; output `finite3` belongs to name 3.
 */
export function createDiagnosis(
  configuration: Configuration,
  trainedOn: TrainedOn,
): { readonly program: Program; readonly names: readonly string[] } {
  const names: string[] = [];
  const program = traceProgram((tracer) => {
    const flags: Record<string, Sym> = {};
    const traced = traceIteration(tracer, configuration, trainedOn, (name, tensor) => {
      flags[`finite${names.length}`] = isFiniteAll(tensor);
      names.push(name);
    });
    return { updates: traced.updates, outputs: { ...traced.outputs, ...flags } };
  });
  return { program, names };
}
