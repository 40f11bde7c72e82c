import { DATA_HASHES, type DatasetId, isPlaneLaw, type RealSource, STREAMS } from '@gansweep/domain';
import { planeReals } from './plane-reals.ts';
import { loadMnist, openMnistFiles } from './readers/mnist.ts';

/** A data set ready for training and judging. */
export interface OpenDataset {
  /** Reals that training may see. */
  readonly train: RealSource;
  /** Reals that only evaluations see. */
  readonly heldOut: RealSource;
  /** Content hash, verified against what is on disk. */
  readonly dataHash: string;
}

export interface OpenDatasetOptions {
  /** Where decoded images are kept and read from; null decodes them into the memory of this process. */
  readonly folder?: string | null;
  /** Told, in one line, of a damaged file that was made again. */
  readonly note?: (line: string) => void;
}

/** Sets of this process by name and folder: what is open is shared, since nothing writes to it. */
const opened = new Map<string, Promise<OpenDataset>>();

/**
 * A built-in set, its content verified; opened once a process.
 * @throws DatasetError with the mend when it is missing or differs; the next call tries again.
 */
export function openDataset(
  id: DatasetId,
  { folder = null, note = () => {} }: OpenDatasetOptions = {},
): Promise<OpenDataset> {
  const key = `${id} ${folder ?? ''}`;
  const known = opened.get(key);
  if (known) return known;
  const opening = open(id, folder, note);
  opened.set(key, opening);
  opening.catch(() => opened.delete(key));
  return opening;
}

async function open(id: DatasetId, folder: string | null, note: (line: string) => void): Promise<OpenDataset> {
  const dataHash = DATA_HASHES[id];
  if (isPlaneLaw(id)) return { train: planeReals(id), heldOut: planeReals(id, STREAMS.evaluationReals), dataHash };
  if (folder === null) return { train: await loadMnist('train'), heldOut: await loadMnist('test'), dataHash };
  const { train, test } = await openMnistFiles(folder, note);
  return { train, heldOut: test, dataHash };
}
