import { statfsSync } from 'node:fs';
import { InstallError } from './install-error.ts';

/** Beyond what is installed: parts in transfer, and what else writes here meanwhile. */
const DISK_MARGIN = 200e6;

/** @throws InstallError when a folder's disk has less free than `bytes` and a margin. */
export function checkDisk(folder: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(folder);
  const wanted = Math.max(bytes, 0) + DISK_MARGIN;
  if (bavail * bsize < wanted)
    throw new InstallError(
      `${folder} has ${megabytes(bavail * bsize)} free, and ${megabytes(wanted)} are needed; free some space, or name another folder by GANSWEEP_BACKEND_HOME`,
    );
}

const megabytes = (size: number): string => `${Math.ceil(size / 1e6)} MB`;
