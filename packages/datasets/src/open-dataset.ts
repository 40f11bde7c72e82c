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

/** Opens a built-in set and verifies its content. Throws DatasetError with the mend when it is missing or differs. */
export async function openDataset(id: DatasetId): Promise<OpenDataset> {
  const dataHash = DATA_HASHES[id];
  if (isPlaneLaw(id)) return { train: planeReals(id), heldOut: planeReals(id, STREAMS.evaluationReals), dataHash };
  return { train: await loadMnist('train'), heldOut: await loadMnist('test'), dataHash };
}
