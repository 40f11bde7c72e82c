import { spawnSync } from 'node:child_process';

/** NVIDIA GPUs of this machine as their driver names them; none where there is no driver. */
export function listGpus(): readonly string[] {
  const { status, stdout } = spawnSync('nvidia-smi', ['--list-gpus'], { encoding: 'utf8', timeout: 5_000 });
  return status === 0 ? stdout.split('\n').filter((line) => line.startsWith('GPU ')) : [];
}
