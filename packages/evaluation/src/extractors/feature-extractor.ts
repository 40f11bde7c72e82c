import type { ExtractorFacts, ImageSamples, Passport, UnroundedImages } from '@gansweep/domain';
import type { FeatureMatrix } from '../metrics/feature-matrix.ts';

/** Frozen network on an executor; whoever opened it disposes of it. */
export interface FeatureExtractor extends AsyncDisposable {
  readonly facts: ExtractorFacts;
  readonly preprocessing: Passport['preprocessing'];
  /** Features of all images, `[count, dimension]`. */
  features(images: ImageSamples): Promise<FeatureMatrix>;
  /** Features of images that were not rounded to bytes, so that small differences are seen; absent where it only sees bytes. */
  readonly smoothFeatures?: (images: UnroundedImages) => Promise<FeatureMatrix>;
  /** Logits over classes, `[count, classes]`; absent where the network is no classifier. */
  readonly logits?: (images: ImageSamples) => Promise<FeatureMatrix>;
}
