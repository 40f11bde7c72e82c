import { readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { installedFolder, sizeOnDisk, stagingFolder } from '../find-backend.ts';
import type { InstallableName } from '../installed-backend.ts';
import { holdInstallLock } from './install-lock.ts';
import { removePackageFolders } from './install-packages.ts';

/**
 * Takes a backend and what an interrupted installation left of it off the disk. Trainers that have it loaded keep it until
 * they end.
 * @returns bytes that became free; 0 where there was nothing.
 */
export function removeBackend(name: InstallableName, backendHome: string): number {
  if (!isThere(backendHome)) return 0;
  using _lock = holdInstallLock(backendHome, name);
  removePackageFolders(stagingFolder(backendHome, name));
  const removing = path.join(backendHome, `.removing-${name}`);
  const folders = [installedFolder(backendHome, name), stagingFolder(backendHome, name), removing];
  const freed = folders.reduce((sum, folder) => sum + sizeOnDisk(folder), 0);
  rmSync(removing, { recursive: true, force: true });
  try {
    // One step first: what is being removed must not look installed.
    renameSync(installedFolder(backendHome, name), removing);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  return freed;
}

function isThere(folder: string): boolean {
  try {
    readdirSync(folder);
    return true;
  } catch {
    return false;
  }
}
