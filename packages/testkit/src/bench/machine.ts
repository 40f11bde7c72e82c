import { arch, availableParallelism, cpus, loadavg, platform, totalmem } from 'node:os';

/** Where it was measured; nothing that names the machine. */
export interface Machine {
  readonly processor: string;
  /** That this process may use. */
  readonly cores: number;
  /** The first GPU's name; only where it was measured. */
  readonly gpu?: string;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  /** Whether every contender was bound to one core. */
  readonly bound: boolean;
  /** Of the last minute before the first round: what others were doing here. */
  readonly loadBefore: number;
}

/** This machine. */
export function describeMachine({ bound, gpu }: Pick<Machine, 'bound' | 'gpu'>): Machine {
  return {
    processor: cpus()[0]?.model ?? 'unknown processor',
    cores: availableParallelism(),
    ...(gpu !== undefined && { gpu }),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${arch()}`,
    node: process.version,
    bound,
    loadBefore: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  };
}
