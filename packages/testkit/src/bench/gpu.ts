import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { median } from './medians.ts';

const EVERY_MS = 100;
/** A reading is of the time before it, of which the first belongs to what went before. */
const SETTLING_MS = 300;

/** Name, driver and memory of the first GPU as its driver tells them; null where there is none. */
export function describeGpu(): string | null {
  const query = ['--query-gpu=name,memory.total,driver_version', '--format=csv,noheader'];
  const { status, stdout } = spawnSync('nvidia-smi', query, { encoding: 'utf8', timeout: 10_000 });
  const [name, memory, driver] = status === 0 ? (stdout.split('\n')[0]?.split(', ') ?? []) : [];
  return name && memory && driver ? `${name}, ${memory}, driver ${driver.trim()}` : null;
}

/** Reads the load of the first GPU until it is disposed of. */
export interface GpuWatch extends AsyncDisposable {
  /** Begins a measure; what it returns ends it: the median share of time in which the GPU computed, 0…1, null without readings. */
  measure(): () => number | null;
}

/** Starts the driver's own program; where there is none, every measure is null. @param now milliseconds, monotone. */
export function watchGpu(now: () => number = () => performance.now()): GpuWatch {
  const query = ['--id=0', '--query-gpu=utilization.gpu', '--format=csv,noheader,nounits', `--loop-ms=${EVERY_MS}`];
  const child = spawn('nvidia-smi', query, { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(child, 'close').catch(() => {});
  let readings: { readonly at: number; readonly share: number }[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    const share = Number(line) / 100;
    if (Number.isFinite(share)) readings.push({ at: now(), share });
  });
  return {
    measure: () => {
      const begun = now();
      readings = [];
      return () => {
        const settled = readings.filter(({ at }) => at - begun > SETTLING_MS);
        return settled.length === 0 ? null : median(settled.map(({ share }) => share));
      };
    },
    [Symbol.asyncDispose]: async () => {
      child.kill();
      await ended;
    },
  };
}
