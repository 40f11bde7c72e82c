import { type Configuration, type RealSource, randomStream, STREAMS } from '@gansweep/domain';
import type { InputValues } from '@gansweep/program';
import { dataOrder } from './data-order.ts';
import { fillNoise } from './noise.ts';
import { adamCorrections } from './optimisers.ts';
import { scalarsOf } from './step-program.ts';

/** The inputs of iterations by their number: the same numbers for every attempt, executor and cut into calls. */
export interface IterationInputs {
  /** Inputs of `steps` consecutive iterations from number `first` on. The arrays are used again by the next call. */
  forIterations(first: number, steps: number): InputValues;
}

export function iterationInputs(configuration: Configuration, seed: number, reals: RealSource): IterationInputs {
  const { batch, nz, dSteps, gSteps } = configuration;
  const noise = { D: randomStream(seed, STREAMS.noiseD), G: randomStream(seed, STREAMS.noiseG) };
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
  const realBatches = (first: number, steps: number): Float32Array | Uint8Array => {
    if (reals.kind === 'plane')
      return fillUpdates(batch * 2, dSteps, (part, update) => reals.draw(seed, update, part), first, steps);
    const each = reals.height * reals.width * reals.channels;
    const positions = new Uint32Array(steps * dSteps * batch);
    order?.positions(first * dSteps * batch, positions);
    const values = new Uint8Array(positions.length * each);
    reals.copy(positions, values);
    return values;
  };
  return {
    forIterations: (first, steps) => {
      const inputs: Record<string, Float32Array | Uint8Array> = { ...scalars };
      if (dSteps > 0) inputs.real = realBatches(first, steps);
      for (const [letter, updates] of [
        ['D', dSteps],
        ['G', gSteps],
      ] as const) {
        if (updates === 0) continue;
        inputs[`noise${letter}`] = fillUpdates(
          batch * nz,
          updates,
          (part, update) => fillNoise(part, noise[letter], update, configuration),
          first,
          steps,
        );
        if (configuration.optimizer === 'adam')
          inputs[`corrections${letter}`] = fillUpdates(
            2,
            updates,
            (part, update) => part.set(adamCorrections(update + 1, configuration)),
            first,
            steps,
          );
      }
      return inputs;
    },
  };
}
