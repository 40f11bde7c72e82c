export { protocolsFor } from '@gansweep/domain';
export { type EvaluationRequest, type EvaluationResult, evaluate } from './evaluate.ts';
export { type Lenet, openLenet } from './lenet/lenet-extractor.ts';
export { LENET_SHA256 } from './lenet/lenet-weights.ts';
export { jensenShannon, kullbackLeibler } from './metrics/divergences.ts';
export { type FeatureMatrix, featureMatrix } from './metrics/feature-matrix.ts';
export { frechetDistance, type GaussianFit, gaussianFit } from './metrics/frechet-distance.ts';
export { gridDivergence, gridShares } from './metrics/grid-divergence.ts';
export { type KernelDistance, type KernelTable, kernelDistance, kernelTable } from './metrics/kernel-distance.ts';
export { type ModeScores, modeScores } from './metrics/mode-scores.ts';
export {
  type Neighbourhoods,
  type NeighbourScores,
  neighbourhoods,
  neighbourScores,
} from './metrics/neighbour-scores.ts';
export { type SortedProjections, slicedWasserstein, sortedProjections } from './metrics/sliced-wasserstein.ts';
export { renderSamples } from './render/render-samples.ts';
