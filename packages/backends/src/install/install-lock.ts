import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { InstallError } from './install-error.ts';

/** Keeps a second installation of the same backend away until disposed of; a holder that is gone holds nobody up. */
export function holdInstallLock(backendHome: string, name: string): Disposable {
  mkdirSync(backendHome, { recursive: true });
  const file = path.join(backendHome, `.installing-${name}.lock`);
  for (let tries = 0; ; tries++) {
    try {
      writeFileSync(file, JSON.stringify({ pid: process.pid, host: hostname() }), { flag: 'wx' });
      return { [Symbol.dispose]: () => rmSync(file, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = holderOf(file);
    if (tries > 0 || (holder && isAlive(holder)))
      throw new InstallError(
        `${name} is being installed or removed by process ${holder?.pid ?? 'unknown'} on ${holder?.host ?? 'another machine'}; wait for it (or remove ${file} when it is gone)`,
      );
    rmSync(file, { force: true });
  }
}

interface Holder {
  readonly pid: number;
  readonly host: string;
}

function holderOf(file: string): Holder | null {
  try {
    const { pid, host } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Holder>;
    return typeof pid === 'number' && typeof host === 'string' ? { pid, host } : null;
  } catch {
    return null;
  }
}

/** A process of another machine cannot be asked; it counts as alive. */
function isAlive({ pid, host }: Holder): boolean {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
