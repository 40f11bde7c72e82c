import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { httpGet } from '../fetch/http-get.ts';
import type { Environment } from '../fetch/proxy.ts';
import { stagingFolder } from '../find-backend.ts';
import type { InstallableName, InstalledBackend } from '../installed-backend.ts';
import { PACKAGES_ON_DISK, packageOf } from '../recipe.ts';
import { checkBinding } from './check-binding.ts';
import { checkDisk } from './check-disk.ts';
import { InstallError } from './install-error.ts';
import { holdInstallLock } from './install-lock.ts';
import { installPackages } from './install-packages.ts';
import type { InstallTools } from './install-tools.ts';
import { putInPlace } from './put-in-place.ts';

/** A firewall that drops packets costs no more than this. */
const HOST_ANSWER_MS = 5_000;
const SCRIPT_MS = 30 * 60_000;
const LIBRARIES_ON_DISK = 2e9;

/**
 * Installs a backend as its npm package's own script does: TensorFlow and a binding from the host that the package names.
 * That host publishes no hashes, so nothing but https vouches for what comes, and it cannot be gone on with; where there is
 * a recipe from wheels, that is the better road.
 * @throws InstallError, DownloadError with a sentence for a person.
 */
export async function installUpstream(
  name: InstallableName,
  tools: Omit<InstallTools, 'index' | 'retryMs'> & { readonly runScript?: typeof runInstallScript },
): Promise<InstalledBackend> {
  const { backendHome, env, tell, now, signal, check = checkBinding, runScript = runInstallScript } = tools;
  const known = packageOf(name);
  const staging = stagingFolder(backendHome, name);
  using _lock = holdInstallLock(backendHome, name);
  mkdirSync(staging, { recursive: true });
  checkDisk(backendHome, PACKAGES_ON_DISK + LIBRARIES_ON_DISK);
  await installPackages(known, staging, tools);
  const folder = path.join(staging, known.packageFolder);
  const host = hostOf(folder, env);
  tell({ kind: 'step', words: `asking ${host.host}, where ${known.package.name} keeps its library` });
  const { body } = await httpGet(host, { env, signal, method: 'HEAD', answerMs: HOST_ANSWER_MS });
  body.destroy();
  tell({ kind: 'step', words: `the library and the binding from ${host.host}, by the package's own script` });
  await runScript(name === 'tensorflow-gpu' ? 'gpu' : 'cpu', folder, signal);
  const binding = `${known.packageFolder}/lib/napi-v8/tfjs_binding.node`;
  tell({ kind: 'step', words: 'checking that it runs here' });
  const { version } = await check(path.join(staging, binding));
  const lib = path.join(folder, 'deps/lib');
  return putInPlace(backendHome, {
    name,
    version,
    packageVersion: known.package.version,
    from: 'upstream',
    packageFolder: known.packageFolder,
    binding,
    files: [binding, ...readdirSync(lib).map((file) => `${known.packageFolder}/deps/lib/${file}`)],
    installedAt: now(),
  });
}

/** The package's own host, or the mirror that its documentation lets a user name. */
function hostOf(folder: string, env: Environment): URL {
  const manifest: unknown = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const named = (manifest as { readonly binary?: { readonly host?: string } }).binary?.host;
  const text = env.TFJS_NODE_BASE_URI || env.TFJS_NODE_CDN_STORAGE || env.CDN_STORAGE || named || '';
  if (!URL.canParse(text)) throw new InstallError(`'${text}' is no address: mend TFJS_NODE_CDN_STORAGE`);
  return new URL(new URL(text).origin);
}

/** Runs `scripts/install.js` of the package, which leaves `deps/lib` and `lib/napi-v8`. */
function runInstallScript(library: 'cpu' | 'gpu', folder: string, signal?: AbortSignal): Promise<void> {
  // It calls node-pre-gyp by its name.
  const bin = path.join(folder, '../../.bin');
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['scripts/install.js', library, 'download'], {
      cwd: folder,
      env: { ...process.env, PATH: `${bin}${path.delimiter}${process.env.PATH ?? ''}` },
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: SCRIPT_MS,
      killSignal: 'SIGKILL',
      windowsHide: true,
      ...(signal ? { signal } : {}),
    });
    let complaint = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(-5_000);
    });
    child.once('error', reject);
    child.once('close', (code, ended) => {
      if (code === 0) return resolve();
      const line = complaint
        .split('\n')
        .findLast((text) => /error/i.test(text))
        ?.trim();
      reject(new InstallError(`the package's own script failed: ${line ?? `it ended with ${ended ?? code}`}`));
    });
  });
}
