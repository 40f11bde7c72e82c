import type { RealSource } from '@gansweep/domain';
import type { Executor, HeldRows } from '@gansweep/program/browser';

/**
 * The images of a training that its program holds on the device, `[count, height, width, channels]`, so that an iteration is
 * given their positions instead of them; null where they are given. Batches are the same.
 */
export function heldImages(reals: RealSource, { heldBytes = 0 }: Pick<Executor, 'heldBytes'>): HeldRows | null {
  if (reals.kind === 'plane' || reals.content === undefined) return null;
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
