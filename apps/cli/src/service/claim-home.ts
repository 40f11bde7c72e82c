import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Broken } from '../failures.ts';

/**
 * Makes this process the only `up` of a home: it will stop the home's database, which must not be another's.
 * The claim of a process that is gone is taken over. @returns what gives it back. @throws Broken naming the holder.
 */
export function claimHome(home: string, address: string): () => void {
  mkdirSync(home, { recursive: true });
  const file = path.join(home, 'up.json');
  const own = { pid: process.pid, startTime: startTime(process.pid), address };
  for (let tries = 0; ; tries++) {
    try {
      writeFileSync(file, JSON.stringify(own), { flag: 'wx' });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = readClaim(file);
    if (holder && isAlive(holder))
      throw new Broken(
        `gansweep is up in ${home} already (process ${holder.pid}, ${holder.address}): end it, or set GANSWEEP_HOME and GANSWEEP_PORT`,
      );
    if (tries > 3) throw new Broken(`${file} cannot be claimed: remove it`);
    rmSync(file, { force: true });
  }
  return () => {
    if (readClaim(file)?.pid === process.pid) rmSync(file, { force: true });
  };
}

interface Claim {
  readonly pid: number;
  readonly startTime: string | null;
  readonly address: string;
}

function readClaim(file: string): Claim | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Claim;
  } catch {
    return null;
  }
}

/** A process id is used again after a while; with its start time it is one process only. */
function isAlive({ pid, startTime: began }: Claim): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return began === null || startTime(pid) === began;
}

/** Of /proc, in ticks since boot; null where there is no /proc. */
function startTime(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
