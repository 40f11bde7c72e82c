import { existsSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { findBackend, installedFolder, sizeOnDisk, stagingFolder } from '../find-backend.ts';
import type { InstalledBackend } from '../installed-backend.ts';
import { type Manifest, manifestFile } from '../manifest.ts';
import { InstallError } from './install-error.ts';

/** What is told of a finished backend; its native files are relative to its folder. */
type Finished = Omit<Manifest, 'format' | 'platform' | 'bytes' | 'installedAt' | 'files'> & {
  readonly files: readonly string[];
  readonly installedAt: Date;
};

/** Writes the manifest and moves the finished folder to its place in one step; an older one goes away after. */
export function putInPlace(backendHome: string, finished: Finished): InstalledBackend {
  const { name, files, installedAt } = finished;
  const staging = stagingFolder(backendHome, name);
  const manifest: Manifest = {
    format: 1,
    ...finished,
    platform: `${process.platform}-${process.arch}`,
    bytes: sizeOnDisk(staging),
    installedAt: installedAt.toISOString(),
    files: files.map((file) => ({ path: file, size: statSync(path.join(staging, file)).size })),
  };
  writeFileSync(path.join(staging, manifestFile), `${JSON.stringify(manifest, null, 2)}\n`);
  const folder = installedFolder(backendHome, name);
  const old = path.join(backendHome, `.removing-${name}`);
  rmSync(old, { recursive: true, force: true });
  if (existsSync(folder)) renameSync(folder, old);
  renameSync(staging, folder);
  rmSync(old, { recursive: true, force: true });
  const state = findBackend(name, backendHome);
  if (state.kind !== 'installed')
    throw new InstallError(
      `${folder} is ${state.kind}${state.kind === 'damaged' ? ` (${state.why})` : ''} after it was made`,
    );
  return state.backend;
}
