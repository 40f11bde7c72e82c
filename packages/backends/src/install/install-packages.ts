import { copyFileSync, existsSync } from 'node:fs';
import path from 'node:path';
import type { Recipe } from '../recipe.ts';
import { InstallError } from './install-error.ts';
import type { InstallTools } from './install-tools.ts';
import { runNpm } from './run-npm.ts';

type Packages = Pick<Recipe, 'package' | 'packageFolder' | 'lockFolder'>;

/** Installs a backend's npm packages as its lock file has them, without running their scripts, unless they are there. */
export async function installPackages(
  { package: wanted, packageFolder, lockFolder }: Packages,
  staging: string,
  { npm = runNpm, tell, signal }: Pick<InstallTools, 'npm' | 'tell' | 'signal'>,
): Promise<void> {
  if (isPackaged({ packageFolder }, staging)) return;
  tell({ kind: 'step', words: `${wanted.name} ${wanted.version} and what it depends on, by npm` });
  for (const file of ['package.json', 'package-lock.json'])
    copyFileSync(path.join(lockFolder, file), path.join(staging, file));
  // npm empties node_modules first, and with it what a wheel brought.
  await npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], staging, signal);
  if (!isPackaged({ packageFolder }, staging)) throw new InstallError(`npm did not install ${wanted.name}`);
}

/** npm writes its own record last. */
export function isPackaged({ packageFolder }: Pick<Recipe, 'packageFolder'>, staging: string): boolean {
  return (
    existsSync(path.join(staging, 'node_modules/.package-lock.json')) &&
    existsSync(path.join(staging, packageFolder, 'package.json'))
  );
}
