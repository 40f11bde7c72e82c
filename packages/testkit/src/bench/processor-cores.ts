import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Numbers of the cores that this process may use and that `taskset` can bind a child to; none where there is no taskset. */
export function bindableCores(): readonly number[] {
  if (spawnSync('taskset', ['--version']).status !== 0) return [];
  try {
    const status = readFileSync('/proc/self/status', 'utf8');
    return coresOfList(/^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? '');
  } catch {
    return Array.from({ length: availableParallelism() }, (_, core) => core);
  }
}

/** @param list as the kernel writes it: `0-3,8`. */
export function coresOfList(list: string): readonly number[] {
  return list
    .split(',')
    .filter((part) => part !== '')
    .flatMap((part) => {
      const [first = Number.NaN, last = first] = part.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, i) => first + i);
    });
}
