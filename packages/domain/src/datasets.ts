/** Built-in data sets: two-dimensional laws and image sets. */
export const PLANE_LAWS = ['gaussians', 'line', 'ring', 'disjoint', 'drawing', 'ring8', 'grid25'] as const;
export type PlaneLaw = (typeof PLANE_LAWS)[number];

export const IMAGE_SETS = ['mnist'] as const;
export type ImageSet = (typeof IMAGE_SETS)[number];

export type DatasetId = PlaneLaw | ImageSet;

export function isPlaneLaw(id: string): id is PlaneLaw {
  return (PLANE_LAWS as readonly string[]).includes(id);
}

/** Names of a set's classes, the index being an image's label; null where a set has none. */
export const CLASSES = {
  mnist: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
} as const satisfies Readonly<Record<ImageSet, readonly string[] | null>>;

/**
 * Content hash of every built-in set: part of a run's identity. For a law it names the formula's version; for `mnist`
 * it is the sha256 over the four raw IDX files one after another (training images, training labels, test images, test
 * labels), which workers verify before training.
 */
export const DATA_HASHES: Readonly<Record<DatasetId, string>> = {
  gaussians: 'law:gaussians/v1',
  line: 'law:line/v1',
  ring: 'law:ring/v1',
  disjoint: 'law:disjoint/v1',
  drawing: 'law:drawing/v1',
  ring8: 'law:ring8/v1',
  grid25: 'law:grid25/v1',
  mnist: 'b2d8f5bf39174ee5ffeefa97e42d673c35432b411bb5d1f74fbbeddae7f1690a',
};

/** Raised whenever training numerics change; part of a run's identity, so results of two versions never mix. */
export const TRAINING_VERSION = 1;
