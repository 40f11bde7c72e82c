export { protocolsFor } from '@gansweep/domain';
export { compareFeatures, compareImages, comparePoints } from './compare-sides.ts';
export { blindDetectors } from './detectors/lacking-curves.ts';
export { DETECTED_CURVES, type DetectedRun, openDetectors, type RunDetectors } from './detectors/open-detectors.ts';
export { type EvaluationRequest, type EvaluationResult, evaluate, evaluateNetworks } from './evaluate.ts';
export { evaluateRecord } from './evaluate-record.ts';
export type { FeatureExtractor } from './extractors/feature-extractor.ts';
export { type Lenet, openLenet } from './extractors/lenet/lenet-extractor.ts';
export { LENET_SHA256 } from './extractors/lenet/lenet-weights.ts';
export { resizeImages } from './extractors/resize-images.ts';
export { tensorsHash } from './extractors/tensors-hash.ts';
export { type BinDifferences, type Bins, binDifferences, proportionZ, realBins } from './metrics/bin-differences.ts';
export {
  type ClassCounts,
  classCounts,
  conditionalAccuracy,
  type InceptionScore,
  inceptionScore,
  stackedClasses,
} from './metrics/classifier-scores.ts';
export { jensenShannon, kullbackLeibler } from './metrics/divergences.ts';
export {
  peakSignalToNoise,
  type RealValuedImages,
  rotationEquivariance,
  type Shift,
  translationEquivariance,
} from './metrics/equivariance.ts';
export { type FeatureMatrix, featureMatrix } from './metrics/feature-matrix.ts';
export { frechetDistance, type GaussianFit, gaussianFit } from './metrics/frechet-distance.ts';
export { gridDivergence, gridShares } from './metrics/grid-divergence.ts';
export { type ImageStatistics, imageStatistics } from './metrics/image-statistics.ts';
export { type KernelDistance, type KernelTable, kernelDistance, kernelTable } from './metrics/kernel-distance.ts';
export { type Memorisation, memorisation } from './metrics/memorisation.ts';
export { type ModeScores, modeScores } from './metrics/mode-scores.ts';
export {
  type Neighbourhoods,
  type NeighbourScores,
  neighbourhoods,
  neighbourScores,
} from './metrics/neighbour-scores.ts';
export { cutPatches, type PatchDistance, type Patches, patchDistance } from './metrics/patch-distance.ts';
export { type PathLength, pathLength } from './metrics/path-length.ts';
export { rbfDistance } from './metrics/rbf-distance.ts';
export { meanPairwiseDistance, nearestDistances } from './metrics/row-distances.ts';
export {
  imagesToReachBest,
  lagAutocorrelation,
  lateDeviation,
  type Series,
  trailingMeans,
} from './metrics/series-measures.ts';
export { type SortedProjections, slicedWasserstein, sortedProjections } from './metrics/sliced-wasserstein.ts';
export {
  makePanel,
  makeSamplePanel,
  type PanelFiles,
  PROGRESS_PANELS,
  panelsOf,
  samplePanelsOf,
} from './panels/make-panel.ts';
export type { HeldOut, PanelSubject, SampleSubject } from './panels/panel-subject.ts';
export { addMetric, metricProblem, type PluginMetric } from './plugins/metrics.ts';
export type { FeatureFinding } from './protocols/feature-protocols.ts';
export type { Measurement } from './protocols/measurement.ts';
export { PLANE_SAMPLES } from './protocols/plane-protocols.ts';
export { MEASURED_CURVES, type RunRecord } from './protocols/record-protocols.ts';
export { labelledRows, shrunkPicture } from './render/labelled-rows.ts';
export type { Picture } from './render/picture.ts';
export { renderSamples } from './render/render-samples.ts';
export { LOOKS, type MeasureSamples, type SampleMeasures, sampleMeasures } from './sample-measures.ts';
