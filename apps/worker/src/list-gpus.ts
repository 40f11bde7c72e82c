import { spawnSync } from 'node:child_process';

/** NVIDIA GPUs of this machine as their driver names them; none where there is no driver. */
export function listGpus(): readonly string[] {
  const { status, stdout } = spawnSync('nvidia-smi', ['--list-gpus'], { encoding: 'utf8', timeout: 5_000 });
  return status === 0 ? stdout.split('\n').filter((line) => line.startsWith('GPU ')) : [];
}

/** Bytes of the smallest NVIDIA GPU; null where there is none. */
export function gpuMemory(): number | null {
  const query = ['--query-gpu=memory.total', '--format=csv,noheader,nounits'];
  const { status, stdout } = spawnSync('nvidia-smi', query, { encoding: 'utf8', timeout: 5_000 });
  const mebibytes =
    status === 0
      ? stdout
          .split('\n')
          .map(Number)
          .filter((value) => value > 0)
      : [];
  return mebibytes.length > 0 ? Math.min(...mebibytes) * 2 ** 20 : null;
}
