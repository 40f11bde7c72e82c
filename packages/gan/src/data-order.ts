import { randomStream, STREAMS } from '@gansweep/domain';

/** Positions of the real images of D's updates: a permutation an epoch, running on across epochs. */
export interface DataOrder {
  /** Fills `out` with the positions of consecutive images from number `start` of the run on. */
  positions(start: number, out: Uint32Array): void;
}

/** @param count images in the set. Each epoch is keyed by (seed, epoch), so the order needs no state. */
export function dataOrder(seed: number, count: number): DataOrder {
  const random = randomStream(seed, STREAMS.dataOrder);
  let known = -1;
  let permutation: Uint32Array = new Uint32Array(0);
  return {
    positions: (start, out) => {
      for (let i = 0; i < out.length; i++) {
        const epoch = Math.floor((start + i) / count);
        if (epoch !== known) {
          permutation = shuffled(count, (words) => random.words(epoch, words));
          known = epoch;
        }
        out[i] = permutation[(start + i) % count] as number;
      }
    },
  };
}

/** 0 … count−1 in random order. @see Durstenfeld (1964), algorithm 235 */
function shuffled(count: number, fill: (words: Uint32Array) => void): Uint32Array {
  const words = new Uint32Array(count);
  fill(words);
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(((words[i] as number) / 2 ** 32) * (i + 1));
    const swapped = order[i] as number;
    order[i] = order[j] as number;
    order[j] = swapped;
  }
  return order;
}
