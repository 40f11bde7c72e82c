import {
  ALL_CLASSES,
  type BuiltInId,
  type Configuration,
  DATA_HASHES,
  dataHashOf,
  type FolderVersion,
  isFolderId,
  isPlaneLaw,
  isPluginName,
  type PluginName,
  pluginValues,
  type RealSource,
  STREAMS,
} from '@gansweep/domain';
import { DatasetError } from './dataset-error.ts';
import { partsOf, takePart } from './parts-of.ts';
import { planeReals } from './plane-reals.ts';
import { openPluginSet } from './plugins/data-sets.ts';
import { openFolderSet } from './readers/folder/folder-set.ts';
import { openFractals } from './readers/fractal-set.ts';
import { loadMnist, openMnistFiles } from './readers/mnist.ts';
import { STACKS, stackedDigits } from './stacked-digits.ts';
import { withoutMargin } from './without-margin.ts';

/** What of a data set is wanted: the fields of a configuration that say so. */
export type WantedData = Pick<Configuration, 'dataset'> & {
  /** Side of the images in pixels; of sets that are prepared at any. */
  readonly resolution?: number;
  /** Names of classes joined by commas, or `all`. */
  readonly classes?: string;
  /** Training images, drawn once for all runs; 0 takes all. */
  readonly subset?: number;
};

/** A data set ready for training and judging. */
export interface OpenDataset {
  /** Reals that training may see. */
  readonly train: RealSource;
  /** Reals that only evaluations see. */
  readonly heldOut: RealSource;
  /** Content hash, verified against what is on disk. */
  readonly dataHash: string;
  /** Names the content and what was chosen of it: equal where the training reals are. */
  readonly part: string;
}

export interface OpenDatasetOptions {
  /** Where decoded images are kept and read from; null decodes them into the memory of this process. */
  readonly folder?: string | null;
  /** Told, in one line, of a damaged file that was made again, and of a set that is prepared. */
  readonly note?: (line: string) => void;
  /** The registered version, of sets `folder:…`. */
  readonly version?: FolderVersion | null;
}

/** Sets of this process by name and folder: what is open is shared, since nothing writes to it. */
const opened = new Map<string, Promise<OpenDataset>>();
/** The last one of each name, whichever version it was of, once it was open. */
const ready = new Map<string, OpenDataset>();
const nameOf = (wanted: WantedData, folder: string | null): string => {
  const { dataset, resolution, classes = ALL_CLASSES, subset = 0 } = wanted;
  return JSON.stringify([dataset, resolution, classes, subset, folder, fieldsOf(wanted)]);
};

/** Values of the fields of a plugin's data set. */
function fieldsOf(wanted: WantedData): ReturnType<typeof pluginValues> {
  return isPluginName(wanted.dataset) ? pluginValues(wanted.dataset, wanted) : {};
}

/** A set that this process has opened before, of whichever version, so that nothing has to be prepared; else null. */
export function findOpenDataset(wanted: WantedData, folder: string | null): OpenDataset | null {
  return ready.get(nameOf(wanted, folder)) ?? null;
}

/**
 * A set, its content verified; opened once a process.
 * @throws DatasetError with the mend when it is missing or differs; the next call tries again.
 */
export function openDataset(
  wanted: WantedData,
  { folder = null, note = () => {}, version = null }: OpenDatasetOptions = {},
): Promise<OpenDataset> {
  const { dataset, resolution, classes = ALL_CLASSES, subset = 0 } = wanted;
  const values = fieldsOf(wanted);
  const key = JSON.stringify([dataset, resolution, classes, subset, version?.dataHash, folder, values]);
  const known = opened.get(key);
  if (known) return known;
  const whole = isPluginName(dataset)
    ? openPlugin(dataset, wanted)
    : isFolderId(dataset)
      ? openFolder(wanted, { folder, note, version })
      : openBuiltIn(dataset, resolution, { folder, note });
  const opening = whole.then((open) => {
    const part = JSON.stringify([
      open.dataHash,
      resolution ?? null,
      classes,
      subset,
      ...(Object.keys(values).length > 0 ? [values] : []),
    ]);
    return {
      ...open,
      part,
      train: named(takePart(open.train, { dataset, classes, subset }), part),
      heldOut: takePart(open.heldOut, { dataset, classes, subset: 0 }),
    };
  });
  opened.set(key, opening);
  opening.then(
    (open) => ready.set(nameOf(wanted, folder), open),
    () => opened.delete(key),
  );
  return opening;
}

/** Images by the name of their content; points are drawn anew and have none. */
function named(reals: RealSource, content: string): RealSource {
  return reals.kind === 'images' ? { ...reals, content } : reals;
}

type WholeDataset = Omit<OpenDataset, 'part'>;

/** Side of MNIST's digits without the zeros around them. */
const BARE_DIGITS = 28;
const DIGIT_MARGIN = 2;

async function openBuiltIn(
  id: BuiltInId,
  side: number | undefined,
  { folder, note }: Pick<Required<OpenDatasetOptions>, 'folder' | 'note'>,
): Promise<WholeDataset> {
  const dataHash = DATA_HASHES[id];
  if (isPlaneLaw(id)) return { train: planeReals(id), heldOut: planeReals(id, STREAMS.evaluationReals), dataHash };
  if (id === 'fractal' || id === 'fractal-orange' || id === 'fractal-green') {
    if (folder === null || side === undefined) throw new TypeError(`${id} is kept in a folder, at a resolution`);
    return { ...partsOf(await openFractals(id, { folder, side, note })), dataHash };
  }
  const { train, test } =
    folder === null
      ? { train: await loadMnist('train'), test: await loadMnist('test') }
      : await openMnistFiles(folder, note);
  if (id === 'mnist')
    return side === BARE_DIGITS
      ? { train: withoutMargin(train, DIGIT_MARGIN), heldOut: withoutMargin(test, DIGIT_MARGIN), dataHash }
      : { train, heldOut: test, dataHash };
  return { train: stackedDigits(train, STACKS.train), heldOut: stackedDigits(test, STACKS.test), dataHash };
}

async function openPlugin(dataset: PluginName, wanted: WantedData): Promise<WholeDataset> {
  return { ...openPluginSet(dataset, wanted), dataHash: dataHashOf(dataset, []) };
}

async function openFolder(
  { dataset, resolution }: WantedData,
  { folder, note, version }: Required<OpenDatasetOptions>,
): Promise<WholeDataset> {
  if (version === null || folder === null || resolution === undefined)
    throw new DatasetError(dataset, 'it is not registered here: run `gansweep dataset add`');
  const whole = await openFolderSet(version, { folder, side: resolution, note });
  return { ...partsOf(whole), dataHash: version.dataHash };
}
