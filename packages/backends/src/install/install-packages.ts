import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Recipe } from '../recipe.ts';
import { InstallError } from './install-error.ts';
import type { InstallTools } from './install-tools.ts';
import { runNpm } from './run-npm.ts';

type Packages = Pick<Recipe, 'package' | 'packageFolder' | 'lockFolder'>;

const FILES = ['package.json', 'package-lock.json'];

/**
 * Installs a backend's npm packages as its lock file has them, without running their scripts, unless they are there. npm
 * works in a folder of this process's own: one that was left behind by a killed installation may still be writing to its.
 */
export async function installPackages(
  { package: wanted, packageFolder, lockFolder }: Packages,
  staging: string,
  { npm = runNpm, tell, signal }: Pick<InstallTools, 'npm' | 'tell' | 'signal'>,
): Promise<void> {
  if (isPackaged({ packageFolder }, staging)) return;
  tell({ kind: 'step', words: `${wanted.name} ${wanted.version} and what it depends on, by npm` });
  removePackageFolders(staging);
  const work = `${packagesPrefix(staging)}${process.pid}`;
  mkdirSync(work);
  try {
    for (const file of FILES) copyFileSync(path.join(lockFolder, file), path.join(work, file));
    await npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], work, signal);
    if (!isPackaged({ packageFolder }, work)) throw new InstallError(`npm did not install ${wanted.name}`);
    rmSync(path.join(staging, 'node_modules'), { recursive: true, force: true });
    for (const file of [...FILES, 'node_modules']) renameSync(path.join(work, file), path.join(staging, file));
  } finally {
    rmSync(work, { recursive: true, force: true, maxRetries: 5 });
  }
}

const packagesPrefix = (staging: string): string => `${staging}-packages-`;

/** Removes what earlier installations left of npm's work; what an npm still writes to stays for the next time. */
export function removePackageFolders(staging: string): void {
  const parent = path.dirname(staging);
  for (const name of readdirSync(parent).filter((entry) =>
    path.join(parent, entry).startsWith(packagesPrefix(staging)),
  ))
    try {
      rmSync(path.join(parent, name), { recursive: true, force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
    }
}

/** npm writes its own record last. */
export function isPackaged({ packageFolder }: Pick<Recipe, 'packageFolder'>, staging: string): boolean {
  return (
    existsSync(path.join(staging, 'node_modules/.package-lock.json')) &&
    existsSync(path.join(staging, packageFolder, 'package.json'))
  );
}
