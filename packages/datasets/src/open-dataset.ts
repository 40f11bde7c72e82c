import { DATA_HASHES, type DatasetId, isPlaneLaw, type RealSource, STREAMS } from '@gansweep/domain';
import { planeReals } from './plane-reals.ts';
import { loadMnist } from './readers/mnist.ts';

/** A data set ready for training and judging. */
export interface OpenDataset {
  /** Reals that training may see. */
  readonly train: RealSource;
  /** Reals that only evaluations see. */
  readonly heldOut: RealSource;
  /** Content hash, verified against what is on disk. */
  readonly dataHash: string;
}

/** Sets of this process by name: what is open is shared, since nothing writes to it. */
const opened = new Map<DatasetId, Promise<OpenDataset>>();

/**
 * A built-in set, its content verified; opened once a process.
 * @throws DatasetError with the mend when it is missing or differs; the next call tries again.
 */
export function openDataset(id: DatasetId): Promise<OpenDataset> {
  const known = opened.get(id);
  if (known) return known;
  const opening = open(id);
  opened.set(id, opening);
  opening.catch(() => opened.delete(id));
  return opening;
}

async function open(id: DatasetId): Promise<OpenDataset> {
  const dataHash = DATA_HASHES[id];
  if (isPlaneLaw(id)) return { train: planeReals(id), heldOut: planeReals(id, STREAMS.evaluationReals), dataHash };
  return { train: await loadMnist('train'), heldOut: await loadMnist('test'), dataHash };
}
