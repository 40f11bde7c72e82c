import { availableParallelism } from 'node:os';
import { listGpus, visibleGpus } from '../list-gpus.ts';

/** Trainers at once on this machine: one per NVIDIA GPU, else one per core. */
export function countSlots(): number {
  const gpus = visibleGpus(process.env.CUDA_VISIBLE_DEVICES, listGpus()).length;
  return gpus > 0 ? gpus : availableParallelism();
}
