import { type Configuration, learnsPoints } from '@gansweep/domain';
import { flip, greater, reshape, type Sym, slice, type Tracer, where } from '@gansweep/program/browser';

/** Whether reals are flipped at random. */
export function isMirrored(configuration: Configuration): boolean {
  return !learnsPoints(configuration) && configuration.mirror;
}

/**
 * Real batches `[batch, channels, height, width]` of which some images are flipped left to right: those whose number in the
 * input `mirror` `[batches, batch]` is 1, not 0. Batches are as they were where nothing is flipped.
 */
export function mirrorOf(
  tracer: Tracer,
  configuration: Configuration,
  batches: number,
): (update: number, images: Sym) => Sym {
  if (!isMirrored(configuration)) return (_, images) => images;
  const { batch } = configuration;
  const chosen = tracer.input('mirror', [batches, batch]);
  return (update, images) => {
    const mask = greater(reshape(slice(chosen, 0, update, 1), [batch, 1, 1, 1]), 0.5);
    return where(mask, flip(images, 3), images);
  };
}
