import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import {
  BackendNotInstalled,
  type BackendState,
  type InstallableName,
  type InstalledBackend,
} from './installed-backend.ts';
import { type Manifest, manifestFile, parseManifest } from './manifest.ts';

/** The folder of an installed backend, and the one where it is made before it is moved there in one step. */
export const installedFolder = (backendHome: string, name: InstallableName): string => path.join(backendHome, name);
export const stagingFolder = (backendHome: string, name: InstallableName): string =>
  path.join(backendHome, `.installing-${name}`);

/**
 * What there is of a backend on the disk; loads nothing.
 * @param backendHome absolute, as `Config.backendHome`.
 */
export function findBackend(name: InstallableName, backendHome: string): BackendState {
  const folder = installedFolder(backendHome, name);
  let text: string;
  try {
    text = readFileSync(path.join(folder, manifestFile), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      return { kind: 'damaged', folder, why: error instanceof Error ? error.message : String(error) };
    if (statSync(folder, { throwIfNoEntry: false }))
      return { kind: 'damaged', folder, why: `${manifestFile} is missing` };
    const bytes = sizeOnDisk(stagingFolder(backendHome, name));
    return bytes > 0 ? { kind: 'begun', bytes } : { kind: 'absent' };
  }
  const manifest = parseManifest(text);
  const why = manifest === null ? `${manifestFile} cannot be read` : fault(manifest, name, folder);
  if (manifest === null || why !== null) return { kind: 'damaged', folder, why: why ?? '' };
  return { kind: 'installed', backend: backendOf(manifest, folder) };
}

/**
 * The installed backend, for an executor to load.
 * @throws BackendNotInstalled with the reason and the command that mends it.
 */
export function installedBackend(name: InstallableName, backendHome: string): InstalledBackend {
  const state = findBackend(name, backendHome);
  if (state.kind === 'installed') return state.backend;
  const words = {
    absent: `is not installed in ${backendHome}`,
    begun: `is not installed in ${backendHome}: an installation stopped in the middle`,
    damaged: `in ${backendHome} is damaged (${state.kind === 'damaged' ? state.why : ''})`,
  }[state.kind];
  throw new BackendNotInstalled(`${name} ${words}; run gansweep backend install ${name}`);
}

function fault(manifest: Manifest, name: InstallableName, folder: string): string | null {
  if (manifest.name !== name) return `it says that it is ${manifest.name}`;
  const here = `${process.platform}-${process.arch}`;
  if (manifest.platform !== here) return `it was installed for ${manifest.platform}, and this is ${here}`;
  for (const { path: file, size } of manifest.files) {
    const found = statSync(path.join(folder, file), { throwIfNoEntry: false })?.size;
    if (found !== size) return `${file} ${found === undefined ? 'is missing' : `has ${found} bytes of ${size}`}`;
  }
  return null;
}

function backendOf(manifest: Manifest, folder: string): InstalledBackend {
  const { name, version, packageVersion, from, bytes, installedAt } = manifest;
  return {
    name,
    folder,
    packageFolder: path.join(folder, manifest.packageFolder),
    binding: path.join(folder, manifest.binding),
    version,
    packageVersion,
    from,
    bytes,
    installedAt,
  };
}

/** Bytes of the files below a folder; 0 where there is none. Links are not followed. */
export function sizeOnDisk(folder: string): number {
  let entries: ReturnType<typeof list>;
  try {
    entries = list(folder);
  } catch {
    return 0;
  }
  return entries.reduce((total, entry) => {
    const place = path.join(folder, entry.name);
    if (entry.isDirectory()) return total + sizeOnDisk(place);
    return total + (entry.isFile() ? (statSync(place, { throwIfNoEntry: false })?.size ?? 0) : 0);
  }, 0);
}

const list = (folder: string) => readdirSync(folder, { withFileTypes: true });
