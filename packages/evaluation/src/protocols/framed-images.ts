import type { ImageReals, ImageSamples, UnroundedImages } from '@gansweep/domain';

type Images = Pick<ImageSamples, 'count' | 'height' | 'width' | 'channels'>;

/** Images with a frame of `margin` zeros around them. */
export function framedSamples<Samples extends ImageSamples | UnroundedImages>(
  images: Samples,
  margin: number,
): Samples {
  const { height, width } = framedSize(images, margin);
  const size = images.count * height * width * images.channels;
  const data = images.data instanceof Uint8Array ? new Uint8Array(size) : new Float32Array(size);
  frame(images.data, data, { ...images, margin });
  return { ...images, height, width, data } as Samples;
}

/** One for each set: features of reals are kept by the set that they are of. */
const framed = new WeakMap<ImageReals, ImageReals>();

/** A set with the frame around it that it is shown without; any other as it is. */
export function framedReals(reals: ImageReals): ImageReals {
  const { openReader: _, content: __, margin, ...facts } = reals;
  if (margin === undefined) return reals;
  const known = framed.get(reals);
  if (known) return known;
  const made: ImageReals = {
    ...facts,
    ...framedSize(reals, margin),
    copy: (positions, out) => {
      const bare = new Uint8Array(positions.length * reals.height * reals.width * reals.channels);
      reals.copy(positions, bare);
      out.fill(0);
      frame(bare, out, { ...reals, count: positions.length, margin });
    },
  };
  framed.set(reals, made);
  return made;
}

function framedSize({ height, width }: Pick<Images, 'height' | 'width'>, margin: number) {
  return { height: height + 2 * margin, width: width + 2 * margin };
}

/** @param to zeros. */
function frame(
  from: Uint8Array | Float32Array,
  to: Uint8Array | Float32Array,
  { count, height, width, channels, margin }: Images & { readonly margin: number },
): void {
  const framed = framedSize({ height, width }, margin);
  const line = width * channels;
  for (let row = 0; row < count * height; row++) {
    const image = Math.floor(row / height);
    const place = ((image * framed.height + (row % height) + margin) * framed.width + margin) * channels;
    to.set(from.subarray(row * line, (row + 1) * line), place);
  }
}
