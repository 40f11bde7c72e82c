import type { Configuration, ImageReader, ImageReals, RealSource } from '@gansweep/domain';
import type { InputValues } from '@gansweep/program/browser';
import { dataOrder } from './data-order.ts';
import type { IterationInputs } from './iteration-inputs.ts';
import { planTraining, realBatchesOf } from './plan-training.ts';

/** Iterations gathered before the first call, while programs are still being loaded. */
const BEGINNING = 4;

/** The inputs of a training's calls, one after another; the images of the next call are gathered during this one. */
export interface InputsAhead extends AsyncDisposable {
  /**
   * Inputs of the next `steps` iterations; `first` has to be where the last ones ended. Waits only where the images are
   * not there yet. @throws Error saying why when they never will be.
   */
  take(first: number, steps: number): Promise<InputValues>;
}

/** @param from number of the first iteration that will be taken. */
export function inputsAhead(
  inputs: IterationInputs,
  {
    configuration,
    seed,
    reals,
    held = false,
    from,
  }: {
    readonly configuration: Configuration;
    readonly seed: number;
    readonly reals: RealSource;
    /** Whether the program holds the images. */
    readonly held?: boolean;
    readonly from: number;
  },
): InputsAhead {
  if (reals.kind === 'plane' || held || !reals.openReader)
    return {
      take: async (first, steps) => inputs.forIterations(first, steps),
      [Symbol.asyncDispose]: async () => {},
    };
  const imagesPerIteration = realBatchesOf(configuration) * configuration.batch;
  const reader = reals.openReader(2 * imagesPerIteration);
  const images = imagesAhead(reader, reals, {
    seed,
    start: from * imagesPerIteration,
    end: planTraining(configuration).iterations * imagesPerIteration,
  });
  images.ask(BEGINNING * imagesPerIteration);
  return {
    take: async (first, steps) => {
      const real = await images.take(first * imagesPerIteration, steps * imagesPerIteration);
      // As many again: what a call of the same length will want.
      images.ask(steps * imagesPerIteration);
      return inputs.forIterations(first, steps, real);
    },
    [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
  };
}

interface ImagesAhead {
  /** Sees to it that the next `count` images are asked for, as far as the reader's room and the run go. */
  ask(count: number): void;
  take(start: number, count: number): Promise<Uint8Array>;
}

/** The images from number `start` of the run on, in the order of the data, read ahead up to number `end`. */
function imagesAhead(
  reader: ImageReader,
  { count: inSet, height, width, channels }: ImageReals,
  { seed, start, end }: { readonly seed: number; readonly start: number; readonly end: number },
): ImagesAhead {
  const order = dataOrder(seed, inSet);
  const imageBytes = height * width * channels;
  let taken = start;
  let asked = start;
  const ask = (count: number): void => {
    const until = Math.min(taken + Math.min(count, reader.capacity), end);
    if (until <= asked) return;
    const positions = new Uint32Array(until - asked);
    order.positions(asked, positions);
    reader.ask(positions);
    asked = until;
  };
  return {
    ask,
    take: async (from, count) => {
      if (from !== taken || from + count > end)
        throw new RangeError(`images ${from} to ${from + count} wanted, next are ${taken} to ${end}`);
      const out = new Uint8Array(count * imageBytes);
      for (let done = 0; done < count; ) {
        ask(count - done);
        const part = Math.min(count - done, asked - taken);
        await reader.take(out.subarray(done * imageBytes, (done + part) * imageBytes));
        done += part;
        taken += part;
      }
      return out;
    },
  };
}
