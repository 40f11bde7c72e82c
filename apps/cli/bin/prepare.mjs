// Makes a checkout ready to run, and says nothing when it is: installs what is missing, generates the database client,
// builds the dashboard. Plain Node, since nothing may be installed yet.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const at = (...parts) => path.join(root, ...parts);
const LOCK_STALE_MS = 15 * 60_000;

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19))
  fail(`gansweep needs Node 20.19 or newer; this is ${process.versions.node}`, 2);

const needsInstall = () => !isInstalled();
if (needsInstall()) withLock('install', needsInstall, install);
run(process.execPath, [at('packages/store/bin/generate-client.mjs')], 'generating the database client');
const needsPage = () =>
  existsSync(at('apps/dashboard/index.html')) && readIfThere(at('apps/dashboard/dist/.stamp')) !== pageHash();
if (needsPage()) withLock('page', needsPage, buildPage);

/** True when every package of the lock file lies in node_modules in its version; what is optional may be absent. */
function isInstalled() {
  const hidden = readIfThere(at('node_modules/.package-lock.json'));
  if (hidden === null) return false;
  const present = JSON.parse(hidden).packages;
  const wanted = JSON.parse(readFileSync(at('package-lock.json'), 'utf8')).packages;
  return Object.entries(wanted).every(
    ([place, entry]) =>
      !place.startsWith('node_modules/') || entry.optional || entry.link || present[place]?.version === entry.version,
  );
}

function install() {
  console.error('gansweep: installing what is missing (npm ci, about a minute) …');
  // A script of onnxruntime-node would fetch CUDA libraries; the CPU library comes with the package.
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip', npm_config_fund: 'false', npm_config_audit: 'false' };
  const npm = process.env.npm_execpath;
  const [file, first] = npm?.endsWith('.js')
    ? [process.execPath, [npm]]
    : [process.platform === 'win32' ? 'npm.cmd' : 'npm', []];
  const result = spawnSync(file, [...first, 'ci', '--loglevel=error'], {
    cwd: root,
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (result.status !== 0)
    fail(`npm ci failed${result.error ? `: ${result.error.message}` : ''}; what it said stands above`, 3);
}

function buildPage() {
  run(
    process.execPath,
    [at('node_modules/vite/bin/vite.js'), 'build', at('apps/dashboard'), '--logLevel', 'warn'],
    'building the dashboard',
  );
  writeFileSync(at('apps/dashboard/dist/.stamp'), pageHash());
}

/** Hash of everything that the page is made of. */
function pageHash() {
  const hash = createHash('sha256');
  const packages = ['contract', 'domain', 'verdict', 'spec', 'program', 'gan', 'datasets', 'evaluation'];
  const folders = ['apps/dashboard/src', ...packages.map((name) => `packages/${name}/src`)];
  const files = ['apps/dashboard/index.html', 'apps/dashboard/vite.config.ts', 'apps/dashboard/package.json'];
  for (const folder of folders)
    for (const name of readdirSync(at(folder), { recursive: true, encoding: 'utf8' }))
      if (!name.includes('.test.') && statSync(at(folder, name)).isFile()) files.push(path.join(folder, name));
  for (const file of files.sort()) hash.update(file).update(readFileSync(at(file)));
  return hash.digest('hex');
}

/** Two at once: the second waits, and finds nothing to do. */
function withLock(name, isNeeded, work) {
  const lock = at(`.gansweep/prepare-${name}.pid`);
  for (let told = false; ; ) {
    try {
      mkdirSync(at('.gansweep'), { recursive: true });
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') fail(`${lock} cannot be made (${error.code})`, 3);
      if (!isHeld(lock)) rmSync(lock, { force: true });
      else {
        if (!told) console.error('gansweep: another one is preparing this folder; waiting for it …');
        told = true;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
      }
    }
  }
  const release = () => rmSync(lock, { force: true });
  process.once('exit', release);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(3));
  if (isNeeded()) work();
  release();
}

/** A lock of a process that is gone, killed in the middle, holds nobody up. */
function isHeld(lock) {
  const pid = Number(readIfThere(lock));
  // Made, and its number not yet written: a moment old, or left so by a full disk.
  if (!pid) return Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? 0) < 2_000;
  try {
    process.kill(pid, 0);
    return Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? 0) < LOCK_STALE_MS;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function run(file, args, what) {
  const result = spawnSync(file, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  if (result.status !== 0)
    fail(`${what} failed${result.error ? `: ${result.error.message}` : ''}; what it said stands above`, 3);
}

function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

function fail(message, code) {
  console.error(`gansweep: ${message}`);
  process.exit(code);
}
