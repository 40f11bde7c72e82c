import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** What a running server says about itself in `postmaster.pid`. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  /** It accepts connections. */
  readonly ready: boolean;
}

/** The server of this data directory, or null where none is alive. A killed one leaves its file behind. */
export function findPostmaster(data: string): Postmaster | null {
  const lines = readLines(data);
  const pid = Number(lines?.[0]);
  if (!lines || !(pid > 0) || !isPostgres(pid)) return null;
  return { pid, port: Number(lines[3] ?? 0), ready: lines[7]?.trim() === 'ready' };
}

/** Port of the last server, alive or not; null where none ever ran. */
export function lastPort(data: string): number | null {
  const port = Number(readLines(data)?.[3] ?? 0);
  return port > 0 ? port : null;
}

/**
 * PostgreSQL refuses to start while the number in a leftover file is taken by any process: by its own corpse, which a
 * container without an init process never buries, or by a stranger after a restart of the container. Writing an
 * impossible number keeps its second check, whether old backends still use the shared memory.
 */
export function disownDeadPostmaster(data: string): void {
  const lines = readLines(data);
  if (!lines || findPostmaster(data)) return;
  const impossiblePid = 2 ** 31 - 2;
  writeFileSync(path.join(data, 'postmaster.pid'), [impossiblePid, ...lines.slice(1)].join('\n'));
}

function readLines(data: string): readonly string[] | null {
  try {
    const lines = readFileSync(path.join(data, 'postmaster.pid'), 'utf8').split('\n');
    return lines.length > 1 ? lines : null;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** Alive, not a zombie, and a PostgreSQL where the system can say so. */
function isPostgres(pid: number): boolean {
  if (process.platform === 'linux') {
    try {
      // pid (name) state …; the name may itself hold parentheses.
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const end = stat.lastIndexOf(')');
      return stat.slice(stat.indexOf('(') + 1, end) === 'postgres' && stat[end + 2] !== 'Z';
    } catch {
      return false;
    }
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
