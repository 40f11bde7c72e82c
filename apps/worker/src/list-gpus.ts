import { spawnSync } from 'node:child_process';

/** NVIDIA GPUs of this machine as their driver names them; none where there is no driver. */
export function listGpus(): readonly string[] {
  const { status, stdout } = spawnSync('nvidia-smi', ['--list-gpus'], { encoding: 'utf8', timeout: 5_000 });
  return status === 0 ? stdout.split('\n').filter((line) => line.startsWith('GPU ')) : [];
}

/**
 * GPUs that programs started here see, as CUDA_VISIBLE_DEVICES names them: those it names already, else all that the
 * driver lists, by their ids, as numbers mean another order to the driver than to CUDA.
 * @param visible CUDA_VISIBLE_DEVICES; `listed` the lines of `listGpus`.
 */
export function visibleGpus(visible: string | undefined, listed: readonly string[]): readonly string[] {
  if (listed.length === 0) return [];
  if (visible !== undefined) {
    const names = visible.split(',').map((name) => name.trim());
    // CUDA stops at the first one that is none.
    const end = names.findIndex((name) => name === '' || name.startsWith('-'));
    return end < 0 ? names : names.slice(0, end);
  }
  return listed.map((line, i) => /\(UUID: (GPU-[0-9A-Za-z-]+)\)/.exec(line)?.[1] ?? String(i));
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
