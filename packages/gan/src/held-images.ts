import type { Configuration, RealSource } from '@gansweep/domain';
import type { Executor, HeldRows } from '@gansweep/program/browser';
import { regularisationOf } from './regularisation/schedule.ts';

/**
 * The images of a training that its program holds on the device, `[count, height, width, channels]`, so that an iteration is
 * given their positions instead of them; null where they are given. R1 looks at the images themselves. Batches are the same.
 */
export function heldImages(
  configuration: Configuration,
  reals: RealSource,
  { heldBytes = 0 }: Pick<Executor, 'heldBytes'>,
): HeldRows | null {
  if (reals.kind === 'plane' || reals.content === undefined || regularisationOf(configuration, 'D')) return null;
  const { content, count, height, width, channels } = reals;
  const shape = [count, height, width, channels];
  const bytes = count * height * width * channels;
  if (bytes > heldBytes) return null;
  return {
    content,
    shape,
    read: () => {
      const all = new Uint8Array(bytes);
      reals.copy(
        Uint32Array.from({ length: count }, (_, i) => i),
        all,
      );
      return all;
    },
  };
}
