import type { ImageReals } from '@gansweep/domain';

/** Images that are made of the images of another set, each of a fixed number of them, when they are looked at. */
export interface ImageView {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Images of the other set behind each image. */
  readonly parts: number;
  /** Positions in the other set, `[parts]`, of the image at a position. */
  readonly partsOf: (position: number) => ArrayLike<number>;
  /** Makes images of their parts. @param raw `[n, parts, …]` of the other set. @param out `[n, height, width, channels]`. */
  readonly paint: (raw: Uint8Array, out: Uint8Array) => void;
}

/**
 * A set that nothing is stored for: reading ahead and copying go to the set behind it. Labels, classes and vectors are those
 * that the caller adds.
 */
export function viewOf(source: ImageReals, view: ImageView): ImageReals {
  const { count, height, width, channels, parts, partsOf, paint } = view;
  const rawBytes = source.height * source.width * source.channels;
  const imageBytes = height * width * channels;
  const behind = (positions: Uint32Array): Uint32Array<ArrayBuffer> => {
    const found = new Uint32Array(positions.length * parts);
    positions.forEach((position, i) => {
      if (position >= count) throw new RangeError(`image ${position} of ${count}`);
      found.set(partsOf(position), i * parts);
    });
    return found;
  };
  const imagesIn = (out: Uint8Array): number => {
    if (out.length % imageBytes !== 0)
      throw new RangeError(`${out.length} bytes are not whole images of ${imageBytes}`);
    return out.length / imageBytes;
  };
  const { openReader } = source;
  return {
    kind: 'images',
    count,
    height,
    width,
    channels,
    copy: (positions, out) => {
      if (imagesIn(out) !== positions.length)
        throw new RangeError(
          `${positions.length} images need ${positions.length * imageBytes} bytes, not ${out.length}`,
        );
      const raw = new Uint8Array(positions.length * parts * rawBytes);
      source.copy(behind(positions), raw);
      paint(raw, out);
    },
    ...(openReader && {
      openReader: (images: number) => {
        const reader = openReader(images * parts);
        return {
          capacity: Math.floor(reader.capacity / parts),
          ask: (positions) => reader.ask(behind(positions)),
          take: async (out) => {
            const raw = new Uint8Array(imagesIn(out) * parts * rawBytes);
            await reader.take(raw);
            paint(raw, out);
          },
          [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose](),
        };
      },
    }),
  };
}
