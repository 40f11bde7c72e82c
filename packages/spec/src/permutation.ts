import { randomStream, STREAMS } from '@gansweep/domain';

const ROUNDS = 4;

/**
 * A seeded bijection of 0 … length − 1 that holds a few small tables, not a shuffled list: a balanced Feistel network whose
 * results beyond the length are sent through it again (cycle walking).
 * @see Black & Rogaway (2002), "Ciphers with arbitrary finite domains", CT-RSA.
 */
export function permutation(length: number, seed: number): (position: number) => number {
  if (length <= 1) return (position) => position;
  const halfBits = Math.max(1, Math.ceil(Math.log2(length) / 2));
  const side = 2 ** halfBits;
  const stream = randomStream(seed, STREAMS.searchOrder);
  const tables = Array.from({ length: ROUNDS }, (_, round) => {
    const table = new Uint32Array(side);
    stream.words(round, table);
    return table.map((word) => word % side);
  });
  const once = (position: number): number => {
    let left = Math.floor(position / side);
    let right = position % side;
    for (const table of tables) [left, right] = [right, left ^ (table[right] as number)];
    return left * side + right;
  };
  return (position) => {
    let image = once(position);
    while (image >= length) image = once(image);
    return image;
  };
}
