import { availableParallelism, cpus } from 'node:os';

/** Milliseconds since the start of the machine, summed over its cores. */
export interface CoreTimes {
  readonly cores: number;
  readonly idleMs: number;
  readonly totalMs: number;
}

/** How many cores lately had nothing to do. */
export interface IdleCores {
  /** Looks at the machine, at most twice a second; called now and then while a training goes on. */
  look(): void;
  /** Cores that were idle over the last half second or more, of those that this process may use; 0 while unknown. */
  count(): number;
}

const LOOK_EVERY_SECONDS = 0.5;

export function watchIdleCores(
  seconds: () => number,
  {
    times = machineTimes,
    usable = availableParallelism(),
  }: { readonly times?: () => CoreTimes; readonly usable?: number } = {},
): IdleCores {
  let before: CoreTimes | null = null;
  let last: { readonly at: number; readonly times: CoreTimes } | null = null;
  return {
    look: () => {
      if (last && seconds() - last.at < LOOK_EVERY_SECONDS) return;
      before = last?.times ?? null;
      last = { at: seconds(), times: times() };
    },
    count: () => {
      if (!last || !before || last.times.totalMs <= before.totalMs) return 0;
      const share = (last.times.idleMs - before.idleMs) / (last.times.totalMs - before.totalMs);
      return share * Math.min(usable, last.times.cores);
    },
  };
}

function machineTimes(): CoreTimes {
  const cores = cpus();
  let [idleMs, totalMs] = [0, 0];
  for (const { times } of cores) {
    idleMs += times.idle;
    totalMs += times.idle + times.user + times.nice + times.sys + times.irq;
  }
  return { cores: cores.length, idleMs, totalMs };
}
