import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** Trainers at once on this machine: one per NVIDIA GPU, else one per core. */
export function countSlots(): number {
  const listing = spawnSync('nvidia-smi', ['--list-gpus'], { encoding: 'utf8', timeout: 5_000 });
  const gpus = listing.status === 0 ? listing.stdout.split('\n').filter((line) => line.startsWith('GPU ')).length : 0;
  return gpus > 0 ? gpus : availableParallelism();
}
