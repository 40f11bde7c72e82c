import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { InstallError } from './install-error.ts';

/**
 * Runs the user's npm with their registry, proxy and credentials, in a folder, to its end.
 * @throws InstallError with npm's own words.
 */
export function runNpm(args: readonly string[], folder: string, signal?: AbortSignal): Promise<void> {
  const { file, first, shell } = npmCommand();
  return new Promise((resolve, reject) => {
    const child = spawn(file, [...first, ...args], {
      cwd: folder,
      env: environment(),
      stdio: ['ignore', 'ignore', 'pipe'],
      shell,
      windowsHide: true,
      ...(signal ? { signal } : {}),
    });
    let complaint = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(-20_000);
    });
    child.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'ENOENT' ? new InstallError('npm is not found; it comes with Node') : error),
    );
    child.once('close', (code, ended) => {
      if (code === 0) return resolve();
      reject(
        new InstallError(
          `npm ${args[0]} failed in ${folder}: ${reason(complaint) || `it ended with ${ended ?? code}`}`,
        ),
      );
    });
  });
}

/** npm runs scripts with its settings in the environment; those of the outer project are not those of this folder. */
function environment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) =>
      !/^npm_(package|lifecycle|config_(prefix|local_prefix|global_prefix|workspace|omit|include|dry_run|package_lock|ignore_scripts))/i.test(
        name,
      ) && name !== 'INIT_CWD',
  );
  return Object.fromEntries(inherited);
}

/** The npm beside this Node, which a PATH may lack, else the one on the PATH. */
function npmCommand(): { readonly file: string; readonly first: readonly string[]; readonly shell: boolean } {
  const given = process.env.npm_execpath;
  const bin = path.dirname(process.execPath);
  const script = [
    ...(given?.endsWith('npm-cli.js') ? [given] : []),
    path.join(bin, '../lib/node_modules/npm/bin/npm-cli.js'),
    path.join(bin, 'node_modules/npm/bin/npm-cli.js'),
  ].find((file) => existsSync(file));
  if (script) return { file: process.execPath, first: [script], shell: false };
  return process.platform === 'win32'
    ? { file: 'npm.cmd', first: [], shell: true }
    : { file: 'npm', first: [], shell: false };
}

function reason(complaint: string): string {
  const lines = complaint
    .split('\n')
    .flatMap((line) => /^npm (?:error|ERR!) (?!code|A complete log)(.*\S)/.exec(line)?.[1] ?? []);
  return lines.slice(0, 2).join('; ');
}
