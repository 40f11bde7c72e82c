import { type Configuration, type RealSource, STREAMS } from '@gansweep/domain';
import { fastRandomStream, type InputValues } from '@gansweep/program/browser';
import { dataOrder } from './data-order.ts';
import { fillNoise } from './noise.ts';
import { adamCorrections } from './optimisers.ts';
import { scalarsOf } from './scalars.ts';
import { realBatchesOf } from './trace-iteration.ts';
import { countsOwnUpdates, hasInstanceNoise, hasLabelNoise } from './tricks.ts';

/** The inputs of iterations by their number: the same numbers for every attempt, executor and cut into calls. */
export interface IterationInputs {
  /**
   * Inputs of `steps` consecutive iterations from number `first` on.
   * @param real their real batches, where these were gathered already; else they are drawn or copied here.
   */
  forIterations(first: number, steps: number, real?: Float32Array | Uint8Array): InputValues;
}

export function iterationInputs(configuration: Configuration, seed: number, reals: RealSource): IterationInputs {
  const { batch, nz, dSteps, gSteps } = configuration;
  const realBatches = realBatchesOf(configuration);
  const noise = { D: fastRandomStream(seed, STREAMS.noiseD), G: fastRandomStream(seed, STREAMS.noiseG) };
  const labelRandom = fastRandomStream(seed, STREAMS.labelNoise);
  const blurs = {
    D: fastRandomStream(seed, STREAMS.instanceNoiseD),
    G: fastRandomStream(seed, STREAMS.instanceNoiseG),
  };
  const blur =
    (side: 'D' | 'G') =>
    (part: Float32Array, update: number): void =>
      blurs[side].normals(update, part);
  const order = reals.kind === 'images' ? dataOrder(seed, reals.count) : null;
  const scalars = Object.fromEntries(
    Object.entries(scalarsOf(configuration)).map(([name, value]) => [name, Float32Array.of(value)]),
  );
  const fillUpdates = (
    length: number,
    updates: number,
    fill: (part: Float32Array, update: number) => void,
    first: number,
    steps: number,
  ): Float32Array => {
    const values = new Float32Array(steps * updates * length);
    for (let i = 0; i < steps * updates; i++) fill(values.subarray(i * length, (i + 1) * length), first * updates + i);
    return values;
  };
  const realsOf = (first: number, steps: number): Float32Array | Uint8Array => {
    if (reals.kind === 'plane')
      return fillUpdates(batch * 2, realBatches, (part, update) => reals.draw(seed, update, part), first, steps);
    const each = reals.height * reals.width * reals.channels;
    const positions = new Uint32Array(steps * realBatches * batch);
    order?.positions(first * realBatches * batch, positions);
    const values = new Uint8Array(positions.length * each);
    reals.copy(positions, values);
    return values;
  };
  return {
    forIterations: (first, steps, real = realsOf(first, steps)) => {
      const inputs: Record<string, Float32Array | Uint8Array> = { ...scalars, real };
      for (const [side, batches, updates] of [
        ['D', realBatches, dSteps],
        ['G', gSteps, gSteps],
      ] as const) {
        const fill = (part: Float32Array, draw: number): void => fillNoise(part, noise[side], draw, configuration);
        if (batches > 0) inputs[`noise${side}`] = fillUpdates(batch * nz, batches, fill, first, steps);
        if (updates > 0 && configuration.optimizer === 'adam' && !(side === 'D' && countsOwnUpdates(configuration)))
          inputs[`corrections${side}`] = fillUpdates(
            2,
            updates,
            (part, update) => part.set(adamCorrections(update + 1, configuration)),
            first,
            steps,
          );
      }
      if (hasLabelNoise(configuration)) {
        const { realLabel, labelNoise } = configuration;
        const draw = (part: Float32Array, update: number): void => {
          labelRandom.uniforms(update, part);
          part[0] = realLabel - labelNoise * (part[0] as number);
        };
        inputs.realLabels = fillUpdates(1, dSteps, draw, first, steps);
      }
      if (hasInstanceNoise(configuration)) {
        const length = batch * (reals.kind === 'plane' ? 2 : reals.height * reals.width * reals.channels);
        inputs.instanceNoiseD = fillUpdates(2 * length, realBatches, blur('D'), first, steps);
        if (gSteps > 0) inputs.instanceNoiseG = fillUpdates(length, gSteps, blur('G'), first, steps);
      }
      return inputs;
    },
  };
}
