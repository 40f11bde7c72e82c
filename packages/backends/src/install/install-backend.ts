import { chmodSync, copyFileSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { DownloadError, IntegrityError } from '../fetch/download-error.ts';
import { sizeOnDisk, stagingFolder } from '../find-backend.ts';
import type { InstalledBackend } from '../installed-backend.ts';
import { filesOfProject } from '../package-index/files-of-project.ts';
import { PACKAGES_ON_DISK, PACKAGES_TO_FETCH, placeOfMember, type Recipe } from '../recipe.ts';
import { bytesToFetch, fetchWheel, sha256Of } from '../wheel/fetch-wheel.ts';
import type { MemberPin } from '../wheel/wheel-pins.ts';
import { checkBinding } from './check-binding.ts';
import { checkDisk } from './check-disk.ts';
import { holdInstallLock } from './install-lock.ts';
import { installPackages, isPackaged } from './install-packages.ts';
import type { InstallTools } from './install-tools.ts';
import { putInPlace } from './put-in-place.ts';

/** What an installation will take; known without the network. */
export interface InstallPlan {
  readonly recipe: Recipe;
  /** To be fetched yet: of wheels by ranges, and of npm packages. */
  readonly fetchBytes: number;
  /** On disk when it is done. */
  readonly diskBytes: number;
  /** What lies here of an earlier try. */
  readonly haveBytes: number;
}

const PARTIAL = 'partial';

/** @param backendHome absolute. */
export function planInstallation(recipe: Recipe, backendHome: string): InstallPlan {
  const staging = stagingFolder(backendHome, recipe.name);
  const members = recipe.wheels.flatMap((wheel) => wheel.members);
  const packages = isPackaged(recipe, staging) ? 0 : PACKAGES_TO_FETCH;
  const place = (member: MemberPin): string => path.join(staging, placeOfMember(member, recipe));
  return {
    recipe,
    fetchBytes:
      packages + recipe.wheels.reduce((sum, wheel) => sum + bytesToFetch(wheel, place, path.join(staging, PARTIAL)), 0),
    diskBytes: PACKAGES_ON_DISK + recipe.binding.size + members.reduce((sum, { size }) => sum + size, 0),
    haveBytes: sizeOnDisk(staging),
  };
}

/**
 * Installs a backend: npm's package with its lock file, the pinned files of the wheels, our binding, a check in a child
 * process; then one rename. Whatever stops it, nothing half made looks installed, and the next call goes on from there.
 * @throws InstallError, DownloadError, IntegrityError with a sentence for a person.
 */
export async function installBackend({ recipe, ...plan }: InstallPlan, tools: InstallTools): Promise<InstalledBackend> {
  const { backendHome, now, tell, check = checkBinding } = tools;
  const staging = stagingFolder(backendHome, recipe.name);
  using _lock = holdInstallLock(backendHome, recipe.name);
  mkdirSync(staging, { recursive: true });
  checkDisk(backendHome, plan.diskBytes - plan.haveBytes);
  await installPackages(recipe, staging, tools);
  await fetchWheels(recipe, staging, tools);
  await placeBinding(recipe, staging);
  tell({ kind: 'step', words: 'checking that it runs here' });
  const { version } = await check(path.join(staging, recipe.binding.to));
  if (version !== recipe.version)
    throw new IntegrityError(`the library says that it is TensorFlow ${version}, and ${recipe.version} was fetched`);
  rmSync(path.join(staging, PARTIAL), { recursive: true, force: true });
  const members = recipe.wheels.flatMap((wheel) => wheel.members);
  return putInPlace(backendHome, {
    name: recipe.name,
    version,
    packageVersion: recipe.package.version,
    from: 'wheel',
    packageFolder: recipe.packageFolder,
    binding: recipe.binding.to,
    files: [recipe.binding.to, ...members.map((member) => placeOfMember(member, recipe))],
    installedAt: now(),
  });
}

async function fetchWheels(recipe: Recipe, staging: string, tools: InstallTools): Promise<void> {
  const { tell, index, env, signal, retryMs } = tools;
  const place = (member: MemberPin): string => path.join(staging, placeOfMember(member, recipe));
  const partial = path.join(staging, PARTIAL);
  const remaining = recipe.wheels.map((wheel) => bytesToFetch(wheel, place, partial));
  let total = recipe.wheels
    .flatMap(({ members }) => members)
    .reduce((sum, { compressedSize }) => sum + compressedSize, 0);
  let done = total - remaining.reduce((sum, bytes) => sum + bytes, 0);
  for (const [i, wheel] of recipe.wheels.entries()) {
    tell({ kind: 'step', words: `${wheel.project} ${wheel.version} from the index that ${index.saidBy} names` });
    tell({ kind: 'bytes', done, total });
    const get = { env, signal };
    const file = (await filesOfProject(wheel.project, index.url, get)).find(({ name }) => name === wheel.file);
    if (!file) throw new DownloadError(`the package index does not have ${wheel.file}; another may, by --index URL`);
    if (file.sha256 !== null && file.sha256 !== wheel.sha256)
      throw new IntegrityError(
        `the package index has another ${wheel.file} than this version of gansweep knows (sha256 differs)`,
      );
    await fetchWheel(wheel, file.url, place, {
      ...get,
      partial,
      ...(retryMs ? { retryMs } : {}),
      onBytes: (bytes) => {
        done += bytes;
        tell({ kind: 'bytes', done, total });
      },
      onWhole: (size) => {
        tell({ kind: 'step', words: `${wheel.file}: the index serves whole files only` });
        total += size - (remaining[i] ?? 0);
      },
    });
  }
}

async function placeBinding({ binding, links }: Recipe, staging: string): Promise<void> {
  if ((await sha256Of(binding.from)) !== binding.sha256)
    throw new IntegrityError(
      `${binding.from} is not the binding that bindings.json tells of (sha256 differs); check the repository out again`,
    );
  const to = path.join(staging, binding.to);
  mkdirSync(path.dirname(to), { recursive: true });
  copyFileSync(binding.from, to);
  chmodSync(to, 0o755);
  for (const [link, target] of links) {
    rmSync(path.join(staging, link), { force: true });
    symlinkSync(target, path.join(staging, link));
  }
}
