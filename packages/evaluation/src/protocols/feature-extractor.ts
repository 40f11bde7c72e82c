import type { ExtractorFacts, ImageSamples, Passport } from '@gansweep/domain';
import type { FeatureMatrix } from '../metrics/feature-matrix.ts';

/** Frozen network on an executor. */
export interface FeatureExtractor {
  readonly facts: ExtractorFacts;
  readonly preprocessing: Passport['preprocessing'];
  /** Features of all images, `[count, dimension]`. */
  features(images: ImageSamples): Promise<FeatureMatrix>;
}
