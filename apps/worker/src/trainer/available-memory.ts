import { readFileSync } from 'node:fs';
import { freemem } from 'node:os';

const GROUP = '/sys/fs/cgroup';

/**
 * Bytes that this process can still take: what the system has free or can free, and not more than what is left of the
 * limit of its control group, whose cached files count as free.
 */
export function availableMemory(): number {
  return Math.min(freemem(), leftInGroup(process.constrainedMemory(), readGroupFile));
}

/** @param limit in bytes, 0 or more than any machine has where there is none; `read` gives a file of the group, or null. */
export function leftInGroup(limit: number, read: (name: string) => string | null): number {
  const [used, statistics] = [read('memory.current'), read('memory.stat')];
  if (limit === 0 || used === null || statistics === null) return Number.POSITIVE_INFINITY;
  const cached = ['active_file', 'inactive_file'].map((name) => {
    const found = new RegExp(`^${name} (\\d+)$`, 'm').exec(statistics);
    return Number(found?.[1] ?? 0);
  });
  return Math.max(0, limit - Number(used) + cached.reduce((a, b) => a + b, 0));
}

function readGroupFile(name: string): string | null {
  try {
    return readFileSync(`${GROUP}/${name}`, 'utf8');
  } catch {
    return null;
  }
}
