import { randomStream } from '@gansweep/domain';

/** A seeded choice of `size` positions of `from` without replacement, in ascending order. */
export function randomSubset(options: {
  readonly from: number;
  readonly size: number;
  readonly seed: number;
  readonly stream: number;
  readonly draw: number;
}): Uint32Array {
  return shuffledPositions(options).sort();
}

/** The first `size` positions of a seeded shuffle of `from` (Fisher and Yates). */
export function shuffledPositions(options: {
  readonly from: number;
  readonly size: number;
  readonly seed: number;
  readonly stream: number;
  readonly draw: number;
}): Uint32Array {
  const { from, size, seed, stream, draw } = options;
  if (size > from) throw new RangeError(`cannot choose ${size} of ${from}`);
  const order = Uint32Array.from({ length: from }, (_, i) => i);
  const uniforms = new Float64Array(size);
  randomStream(seed, stream).uniforms(draw, uniforms);
  for (let i = 0; i < size; i++) {
    const j = i + Math.floor((uniforms[i] as number) * (from - i));
    const picked = order[j] as number;
    order[j] = order[i] as number;
    order[i] = picked;
  }
  return order.slice(0, size);
}
