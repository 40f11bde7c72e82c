import type { ImageReals } from '@gansweep/domain';

/**
 * Some images of a set, in a new order: a view that copies nothing. Labels and vectors go with their images.
 * @param positions in the whole set, each below its count.
 */
export function chooseImages(whole: ImageReals, positions: Uint32Array): ImageReals {
  for (const position of positions)
    if (position >= whole.count) throw new RangeError(`image ${position} of ${whole.count}`);
  const inWhole = (chosen: Uint32Array): Uint32Array =>
    chosen.map((position) => {
      const at = positions[position];
      if (at === undefined) throw new RangeError(`image ${position} of ${positions.length}`);
      return at;
    });
  const { labels, vectors, openReader, content: _, ...rest } = whole;
  const length = vectors === undefined ? 0 : vectors.length / whole.count;
  return {
    ...rest,
    count: positions.length,
    copy: (chosen, out) => whole.copy(inWhole(chosen), out),
    ...(labels && { labels: Uint16Array.from(positions, (position) => labels[position] as number) }),
    ...(vectors && {
      vectors: Float32Array.from(
        { length: positions.length * length },
        (_, i) => vectors[(positions[Math.floor(i / length)] as number) * length + (i % length)] as number,
      ),
    }),
    ...(openReader && {
      openReader: (images: number) => {
        const reader = openReader(images);
        return { ...reader, ask: (chosen: Uint32Array) => reader.ask(inWhole(chosen)) };
      },
    }),
  };
}
