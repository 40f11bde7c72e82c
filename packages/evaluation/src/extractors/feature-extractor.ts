import type { ExtractorFacts, ImageSamples, Passport } from '@gansweep/domain';
import type { FeatureMatrix } from '../metrics/feature-matrix.ts';

/** Frozen network on an executor; whoever opened it disposes of it. */
export interface FeatureExtractor extends AsyncDisposable {
  readonly facts: ExtractorFacts;
  readonly preprocessing: Passport['preprocessing'];
  /** Features of all images, `[count, dimension]`. */
  features(images: ImageSamples): Promise<FeatureMatrix>;
  /** Logits over classes, `[count, classes]`; absent where the network is no classifier. */
  readonly logits?: (images: ImageSamples) => Promise<FeatureMatrix>;
}
