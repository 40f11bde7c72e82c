import { availableParallelism } from 'node:os';
import { listGpus } from '../list-gpus.ts';

/** Trainers at once on this machine: one per NVIDIA GPU, else one per core. */
export function countSlots(): number {
  const gpus = listGpus().length;
  return gpus > 0 ? gpus : availableParallelism();
}
