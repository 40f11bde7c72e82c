import { isPluginName, type PluginName, pluginDataOf, pluginFacts } from './plugins.ts';

/** Built-in data sets: two-dimensional laws and image sets. */
export const PLANE_LAWS = ['gaussians', 'line', 'ring', 'disjoint', 'drawing', 'ring8', 'grid25'] as const;
export type OwnPlaneLaw = (typeof PLANE_LAWS)[number];
/** Ours, or one that a plugin added. */
export type PlaneLaw = OwnPlaneLaw | PluginName;

export const IMAGE_SETS = ['mnist', 'stacked-mnist', 'fractal', 'fractal-orange', 'fractal-green'] as const;
export type ImageSet = (typeof IMAGE_SETS)[number];

/** A registered folder of pictures. */
export type FolderId = `folder:${string}`;

export type BuiltInId = OwnPlaneLaw | ImageSet;
export type DatasetId = BuiltInId | FolderId | PluginName;

export const FOLDER_ID = /^folder:[a-z0-9][a-z0-9-]{0,62}$/;

/** Value of the field `classes` that leaves none out. */
export const ALL_CLASSES = 'all';

/** `folder:` and a name of small letters, digits and hyphens. */
export function isFolderId(id: string): id is FolderId {
  return FOLDER_ID.test(id);
}

/** A version of a registered folder of pictures: what its images are, and where they are found again. */
export interface FolderVersion {
  readonly id: FolderId;
  /** Of its pictures by path, content and class, and of how they are prepared. Part of a run's identity. */
  readonly dataHash: string;
  /** Where the pictures lie, on whatever machine has them. */
  readonly root: string;
  readonly channels: 1 | 3;
  /** Shows through where a picture is clear. */
  readonly background: readonly [red: number, green: number, blue: number];
  /** Names of the classes, the index being an image's label; null where it has none. */
  readonly classes: readonly string[] | null;
  /** Where the classes come from: `folders`, `none`, or the path of a table of path and class. */
  readonly classesFrom: 'folders' | 'none' | { readonly table: string };
  /** Paths that are left out. */
  readonly excluded: readonly string[];
  readonly count: number;
}

export function isPlaneLaw(id: string): id is PlaneLaw {
  return (PLANE_LAWS as readonly string[]).includes(id) || pluginDataOf(id)?.kind === 'points';
}

/** Names of the classes of images that are not a folder's, the index being an image's label; null where there are none. */
export function classNamesOf(dataset: Exclude<DatasetId, FolderId>): readonly string[] | null {
  if (!isPluginName(dataset)) return isPlaneLaw(dataset) ? null : CLASSES[dataset];
  const data = pluginDataOf(dataset);
  return data?.kind === 'images' ? data.classes : null;
}

/** Names of a set's classes, the index being an image's label; null where a set has none. */
export const CLASSES = {
  mnist: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
  'stacked-mnist': Array.from({ length: 1000 }, (_, mode): string => String(mode).padStart(3, '0')),
  fractal: null,
  'fractal-orange': null,
  'fractal-green': null,
} as const satisfies Readonly<Record<ImageSet, readonly string[] | null>>;

/** Sets of whose images some numbers are known, which conditional models are told instead of classes; and how many. */
export const VECTOR_LENGTHS: Readonly<Partial<Record<DatasetId, number>>> = {
  fractal: 6,
  'fractal-orange': 6,
  'fractal-green': 6,
};

/** sha256 over the parameters and the visits of every fractal, which workers verify when they make them. */
export const FRACTAL_CONTENT = '19db9e885048c0de7fe213ecdd39ba572960328259629b88b844dcd5a353eb2f';
const MNIST_HASH = 'b2d8f5bf39174ee5ffeefa97e42d673c35432b411bb5d1f74fbbeddae7f1690a';

/**
 * Content hash of every built-in set: part of a run's identity. For a law it names the formula's version; for `mnist`
 * it is the sha256 over the four raw IDX files one after another (training images, training labels, test images, test
 * labels), which workers verify before training; `stacked-mnist` is drawn from it by a rule that has a version.
 */
export const DATA_HASHES: Readonly<Record<BuiltInId, string>> = {
  gaussians: 'law:gaussians/v1',
  line: 'law:line/v1',
  ring: 'law:ring/v1',
  disjoint: 'law:disjoint/v1',
  drawing: 'law:drawing/v1',
  ring8: 'law:ring8/v1',
  grid25: 'law:grid25/v1',
  mnist: MNIST_HASH,
  fractal: `fractals/v1:blue:${FRACTAL_CONTENT}`,
  'fractal-orange': `fractals/v1:orange:${FRACTAL_CONTENT}`,
  'fractal-green': `fractals/v1:green:${FRACTAL_CONTENT}`,
  'stacked-mnist': `stacks/v1:${MNIST_HASH}`,
};

/**
 * Raised whenever numbers of a training change that are kept, those of its sample grids included; part of a run's identity,
 * so results of two versions never mix. 2: grids, and with them the curves `sampleDiversity`, `sampleModes` and
 * `sampleNovelty` that detectors watch, are of noise that is the same for every seed.
 */
export const TRAINING_VERSION = 2;

/** Content hash of a set: part of a run's identity. @throws Error for a folder that is not among `folders`. */
export function dataHashOf(dataset: DatasetId, folders: readonly FolderVersion[]): string {
  // The file says everything of a plugin's data but the values of its fields, which stand in the configuration.
  if (isPluginName(dataset)) return `${dataset}@${pluginFacts(dataset)?.hash}`;
  if (!isFolderId(dataset)) return DATA_HASHES[dataset];
  const version = folders.find(({ id }) => id === dataset);
  if (version === undefined) throw new Error(`${dataset} is not registered`);
  return version.dataHash;
}
