import type { ExtractorName, ImageSamples } from '@gansweep/domain';
import type { Executor } from '@gansweep/program';
import type { FeatureExtractor } from './feature-extractor.ts';
import { openLenet } from './lenet/lenet-extractor.ts';
import { openRandomConvolution } from './random-convolution.ts';
import { openRawPixels } from './raw-pixels.ts';

/** Shape of the images that an extractor is opened for. */
type ImageShape = Pick<ImageSamples, 'height' | 'width' | 'channels'>;

/** Every extractor of the product: the one place where its name meets its network. */
const EXTRACTORS: Readonly<
  Record<ExtractorName, (executor: Executor, shape: ImageShape) => Promise<FeatureExtractor>>
> = {
  lenet: (executor) => openLenet(executor),
  random: openRandomConvolution,
  pixels: (_, shape) => Promise.resolve(openRawPixels(shape)),
};

/** Opens an extractor for images of one shape; the caller disposes of it. @throws RangeError where it cannot look at them. */
export async function openExtractor(
  name: ExtractorName,
  executor: Executor,
  shape: ImageShape,
): Promise<FeatureExtractor> {
  return EXTRACTORS[name](executor, shape);
}
