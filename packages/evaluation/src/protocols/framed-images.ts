import type { ImageReals, ImageSamples, UnroundedImages } from '@gansweep/domain';

/** Digits of MNIST without the margin of zeros that they are otherwise kept and looked at with. */
const BARE = 28;
const MARGIN = 2;

type Images = Pick<ImageSamples, 'count' | 'height' | 'width' | 'channels'>;

const isBare = ({ height, width }: Pick<Images, 'height' | 'width'>): boolean => height === BARE && width === BARE;

/** Images of 28 pixels with a margin of zeros, 32 × 32, as extractors and pyramids take them; others as they are. */
export function framedSamples<Samples extends ImageSamples | UnroundedImages>(images: Samples): Samples {
  if (!isBare(images)) return images;
  const { height, width } = framedSize(images);
  const size = images.count * height * width * images.channels;
  const data = images.data instanceof Uint8Array ? new Uint8Array(size) : new Float32Array(size);
  frame(images.data, data, images);
  return { ...images, height, width, data } as Samples;
}

/** One for each set: features of reals are kept by the set that they are of. */
const framed = new WeakMap<ImageReals, ImageReals>();

export function framedReals(reals: ImageReals): ImageReals {
  if (!isBare(reals)) return reals;
  const known = framed.get(reals);
  if (known) return known;
  const { openReader: _, content: __, ...facts } = reals;
  const made: ImageReals = {
    ...facts,
    ...framedSize(reals),
    copy: (positions, out) => {
      const bare = new Uint8Array(positions.length * reals.height * reals.width * reals.channels);
      reals.copy(positions, bare);
      out.fill(0);
      frame(bare, out, { ...reals, count: positions.length });
    },
  };
  framed.set(reals, made);
  return made;
}

function framedSize({ height, width }: Pick<Images, 'height' | 'width'>): Pick<Images, 'height' | 'width'> {
  return { height: height + 2 * MARGIN, width: width + 2 * MARGIN };
}

/** @param to zeros. */
function frame(
  from: Uint8Array | Float32Array,
  to: Uint8Array | Float32Array,
  { count, height, width, channels }: Images,
): void {
  const framed = framedSize({ height, width });
  const line = width * channels;
  for (let row = 0; row < count * height; row++) {
    const image = Math.floor(row / height);
    const place = ((image * framed.height + (row % height) + MARGIN) * framed.width + MARGIN) * channels;
    to.set(from.subarray(row * line, (row + 1) * line), place);
  }
}
