import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { ServiceCircumstances } from '@gansweep/orchestrator';

const run = promisify(execFile);
const ROOT = path.join(import.meta.dirname, '../../../..');
const GIT_MS = 10_000;

/**
 * Commit and packages of the code that this process runs, as they are now: to be asked when the process starts, since
 * files may be newer than the code later on. Null where there is no repository, or no lockfile.
 */
export async function serviceCircumstances(root: string = ROOT): Promise<ServiceCircumstances> {
  return { commit: await commitOf(root), lockfile: await lockfileOf(root) };
}

async function commitOf(cwd: string): Promise<string | null> {
  const git = async (...words: readonly string[]): Promise<string> =>
    (await run('git', [...words], { cwd, timeout: GIT_MS, maxBuffer: 2 ** 24 })).stdout.trim();
  try {
    const commit = await git('rev-parse', 'HEAD');
    const changed = await git('status', '--porcelain', '--untracked-files=no');
    return changed === '' ? commit : `${commit}+changes`;
  } catch {
    return null;
  }
}

async function lockfileOf(root: string): Promise<ServiceCircumstances['lockfile']> {
  let text: string;
  try {
    text = await readFile(path.join(root, 'package-lock.json'), 'utf8');
  } catch {
    return null;
  }
  const { packages = {} } = JSON.parse(text) as {
    readonly packages?: Readonly<Record<string, { readonly version?: string; readonly dev?: boolean }>>;
  };
  const versions = Object.entries(packages).flatMap(([place, { version, dev }]): [string, string][] =>
    place.startsWith('node_modules/') && version !== undefined && dev !== true
      ? [[place.slice('node_modules/'.length), version]]
      : [],
  );
  return { hash: createHash('sha256').update(text).digest('hex'), packages: Object.fromEntries(versions) };
}
