import type { ImageSamples, UnroundedImages } from '@gansweep/domain';
import { featureMatrix } from '../metrics/feature-matrix.ts';
import type { FeatureExtractor } from './feature-extractor.ts';
import { tensorsHash } from './tensors-hash.ts';

/** Sides beyond this are averaged down, so that all pairs of images can be compared. */
const SIDE_MAX = 16;

/**
 * The pixels themselves in [0, 1], larger images averaged over squares until no side is longer than 16: no network, and
 * so no opinion about what matters.
 */
export function openRawPixels({
  height,
  width,
  channels,
}: Pick<ImageSamples, 'height' | 'width' | 'channels'>): FeatureExtractor {
  let square = 1;
  while (Math.max(height, width) / square > SIDE_MAX) square *= 2;
  if (height % square !== 0 || width % square !== 0)
    throw new RangeError(
      `the extractor 'pixels' averages ${square}×${square} pixels, which ${height}×${width} has not`,
    );
  const [rows, columns] = [height / square, width / square];
  const dimension = rows * columns * channels;
  const scale = 1 / (255 * square * square);
  const features = (images: ImageSamples | UnroundedImages) => {
    if (images.height !== height || images.width !== width || images.channels !== channels)
      throw new RangeError(
        `the extractor was opened for ${height}×${width}×${channels}, not ${images.height}×${images.width}×${images.channels}`,
      );
    const out = new Float64Array(images.count * dimension);
    const each = height * width * channels;
    for (let i = 0; i < images.data.length; i++) {
      const [image, at] = [Math.floor(i / each), i % each];
      const [y, x] = [Math.floor(at / (width * channels)), Math.floor(at / channels) % width];
      const cell = Math.floor(y / square) * columns + Math.floor(x / square);
      const to = image * dimension + cell * channels + (at % channels);
      out[to] = (out[to] as number) + scale * (images.data[i] as number);
    }
    return Promise.resolve(featureMatrix(out, dimension));
  };
  return {
    facts: { id: 'pixels', version: 1, weights: tensorsHash([]), layer: `${rows}×${columns}×${channels}`, dimension },
    preprocessing: {
      size: `${height}×${width}×${channels}`,
      resize: square === 1 ? 'none' : `mean of ${square}×${square}`,
      range: '[0, 1]',
      channels: 'as they are',
      quantised: 'uint8',
    },
    features,
    smoothFeatures: features,
    [Symbol.asyncDispose]: async () => {},
  };
}
