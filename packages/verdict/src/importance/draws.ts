import { randomStream } from '@gansweep/domain';

/** Random numbers one after another. */
export interface Draws {
  /** In (0, 1). */
  uniform(): number;
  /** A whole number from 0 to below `n`. */
  below(n: number): number;
  /** A random order, in place. */
  shuffle(values: Int32Array): void;
}

const AT_ONCE = 4096;

export function drawsOf(seed: number, stream: number): Draws {
  const source = randomStream(seed, stream);
  const words = new Uint32Array(AT_ONCE);
  let draw = 0;
  let next = AT_ONCE;
  const uniform = (): number => {
    if (next === AT_ONCE) {
      source.words(draw, words);
      draw += 1;
      next = 0;
    }
    const word = words[next] as number;
    next += 1;
    return (word + 0.5) / 2 ** 32;
  };
  const below = (n: number): number => Math.floor(uniform() * n);
  return {
    uniform,
    below,
    shuffle: (values) => {
      for (let i = values.length - 1; i > 0; i--) {
        const other = below(i + 1);
        const kept = values[i] as number;
        values[i] = values[other] as number;
        values[other] = kept;
      }
    },
  };
}
