import { readFileSync } from 'node:fs';

/** Start time of a process in clock ticks since boot, which tells it from a later one of the same pid; null off Linux. */
export function processStartTime(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold anything: fields are counted after its end.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

/** How often the kernel killed for memory in this control group; null where it cannot be read. */
export function memoryKills(): number | null {
  try {
    const match = /^oom_kill (\d+)$/m.exec(readFileSync('/sys/fs/cgroup/memory.events', 'utf8'));
    return match ? Number(match[1]) : null;
  } catch {
    return null;
  }
}
