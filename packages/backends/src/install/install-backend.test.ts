import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type IndexServer, indexServer } from '../../test/index-server.ts';
import { smallWheel } from '../../test/small-wheel.ts';
import { IntegrityError } from '../fetch/download-error.ts';
import { findBackend } from '../find-backend.ts';
import { type Recipe, recipeOf } from '../recipe.ts';
import { sha256Of } from '../wheel/fetch-wheel.ts';
import { installBackend, planInstallation } from './install-backend.ts';
import { InstallError } from './install-error.ts';
import type { InstallNews, InstallTools } from './install-tools.ts';
import { installUpstream } from './install-upstream.ts';
import { removeBackend } from './remove-backend.ts';

let home: string;
let server: IndexServer;
let recipe: Recipe;
let news: InstallNews[];
const { bytes, pin } = smallWheel({
  'tensorflow/libtensorflow_cc.so.2': randomBytes(50_000),
  'nvidia/cudnn/lib/libcudnn.so.9': randomBytes(20_000),
  'tensorflow/zzz.raw': randomBytes(100_000),
});
const wheel = { ...pin, members: pin.members.filter((member) => !member.path.endsWith('zzz.raw')) };

beforeEach(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'gansweep-install-'));
  server = await indexServer(pin.file, { bytes, sha256: pin.sha256 });
  const binding = path.join(home, 'built.node');
  writeFileSync(binding, 'a binding');
  const packageFolder = 'node_modules/@tensorflow/tfjs-node';
  recipe = {
    name: 'tensorflow',
    version: '2.15.1',
    package: { name: '@tensorflow/tfjs-node', version: '4.22.0' },
    packageFolder,
    lockFolder: recipeOf('tensorflow', 'linux-x64')?.lockFolder ?? '',
    wheels: [wheel],
    binding: {
      from: binding,
      to: `${packageFolder}/lib/napi-v8/tfjs_binding.node`,
      sha256: await sha256Of(binding),
      size: 9,
    },
    links: [[`${packageFolder}/deps/lib/libtensorflow.so`, 'libtensorflow_cc.so.2']],
  };
  news = [];
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(home, { recursive: true, force: true });
});

/** What npm leaves. */
const npm = async (_: readonly string[], folder: string): Promise<void> => {
  mkdirSync(path.join(folder, recipe.packageFolder), { recursive: true });
  writeFileSync(path.join(folder, recipe.packageFolder, 'package.json'), '{"binary":{"host":"http://127.0.0.1:1/x"}}');
  writeFileSync(path.join(folder, 'node_modules/.package-lock.json'), '{}');
};
const install = (changes: Partial<InstallTools> = {}) =>
  installBackend(planInstallation(recipe, home), {
    backendHome: home,
    index: { url: server.indexUrl, saidBy: 'a test' },
    env: {},
    now: () => new Date(0),
    tell: (told) => news.push(told),
    npm,
    check: async () => ({ version: '2.15.1', gpu: false }),
    retryMs: [],
    ...changes,
  });
const state = () => findBackend('tensorflow', home).kind;
const DIRECTORY = bytes.length - 70_000;

describe('an installation', () => {
  it('puts libraries, links and binding where the binding looks for them, and leaves nothing else', async () => {
    const made = await install();
    const lib = path.join(made.packageFolder, 'deps/lib');
    expect(findBackend('tensorflow', home)).toEqual({ kind: 'installed', backend: made });
    expect(readdirSync(home).sort()).toEqual(['built.node', 'tensorflow']);
    expect(readdirSync(made.folder).sort()).toEqual([
      'backend.json',
      'node_modules',
      'package-lock.json',
      'package.json',
    ]);
    expect(readlinkSync(path.join(lib, 'libtensorflow.so'))).toBe('libtensorflow_cc.so.2');
    expect(existsSync(path.join(made.packageFolder, 'deps/nvidia/cudnn/lib/libcudnn.so.9'))).toBe(true);
    expect(readFileSync(made.binding, 'utf8')).toBe('a binding');
    expect(made).toMatchObject({
      version: '2.15.1',
      packageVersion: '4.22.0',
      from: 'wheel',
      installedAt: '1970-01-01T00:00:00.000Z',
    });
  });

  it('tells the size before, and counts up to it', async () => {
    const wheels = wheel.members.reduce((sum, { compressedSize }) => sum + compressedSize, 0);
    expect(planInstallation(recipe, home).fetchBytes).toBeGreaterThan(wheels);
    await install();
    expect(news.findLast(({ kind }) => kind === 'bytes')).toEqual({ kind: 'bytes', done: wheels, total: wheels });
  });

  it('that was interrupted looks installed to nobody, and goes on from there', async () => {
    server.behave({ stopsAfter: 60_000, breaksBefore: DIRECTORY });
    await expect(install()).rejects.toThrow(/broke off/);
    expect(state()).toBe('begun');
    const { fetchBytes } = planInstallation(recipe, home);
    expect(fetchBytes).toBeLessThan(12_000);
    server.behave({ stopsAfter: Number.POSITIVE_INFINITY });
    const before = server.sent();
    await install({ npm: () => Promise.reject(new Error('npm again')) });
    expect(state()).toBe('installed');
    expect(server.sent() - before).toBeLessThan(12_000 + 100_000);
  });

  it.each([
    [
      'the index has another wheel',
      () => server.behave({ sha256: 'cd'.repeat(32) }),
      /has another thing-1\.0.*sha256 differs/,
    ],
    [
      'the wheel holds other bytes',
      () => server.behave({ bytes: Buffer.concat([Buffer.alloc(25_000), bytes.subarray(25_000)]) }),
      /does not hold|sha256 differs|does not unpack/,
    ],
    ['the binding was changed', () => writeFileSync(recipe.binding.from, 'another'), /check the repository out again/],
  ])('puts nothing in place when %s', async (_, spoil, words) => {
    spoil();
    const failure = await install().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(IntegrityError);
    expect(String(failure)).toMatch(words);
    expect(state()).toBe('begun');
  });

  it('puts nothing in place that does not run here, or says another version', async () => {
    const crash = () => Promise.reject(new InstallError('TensorFlow does not run on this machine: it crashed'));
    await expect(install({ check: crash })).rejects.toThrow(/it crashed/);
    expect(state()).toBe('begun');
    await expect(install({ check: async () => ({ version: '1.0', gpu: false }) })).rejects.toThrow(
      /says that it is TensorFlow 1\.0/,
    );
    expect(state()).toBe('begun');
  });

  it('does not meet what a killed one left of npm, which may still be writing', async () => {
    const left = path.join(home, '.installing-tensorflow-packages-1');
    mkdirSync(path.join(left, 'node_modules'), { recursive: true });
    mkdirSync(path.join(home, '.installing-tensorflow/node_modules/half'), { recursive: true });
    let folder = '';
    await install({
      npm: async (words, given) => {
        folder = given;
        expect(readdirSync(given).sort()).toEqual(['package-lock.json', 'package.json']);
        await npm(words, given);
      },
    });
    expect(folder).not.toBe(left);
    expect(readdirSync(home).sort()).toEqual(['built.node', 'tensorflow']);
  });

  it('leaves nothing of npm behind when npm fails', async () => {
    await expect(install({ npm: () => Promise.reject(new InstallError('npm ci failed')) })).rejects.toThrow(
      /npm ci failed/,
    );
    expect(readdirSync(home).sort()).toEqual(['.installing-tensorflow', 'built.node']);
  });

  it('mends a damaged one', async () => {
    const { binding } = await install();
    rmSync(binding);
    expect(state()).toBe('damaged');
    await install();
    expect(state()).toBe('installed');
    expect(readdirSync(home).sort()).toEqual(['built.node', 'tensorflow']);
  });

  it('does not begin on a disk without the space', async () => {
    const huge = {
      ...recipe,
      wheels: [{ ...wheel, members: wheel.members.map((member) => ({ ...member, size: 1e15 })) }],
    };
    const plan = planInstallation(huge, home);
    await expect(
      installBackend(plan, {
        backendHome: home,
        index: { url: server.indexUrl, saidBy: '' },
        env: {},
        now: () => new Date(0),
        tell: () => {},
        npm,
      }),
    ).rejects.toThrow(/are needed; free some space, or name another folder by GANSWEEP_BACKEND_HOME/);
    expect(server.asked).toEqual([]);
  });

  it('is alone: a second one is told who holds it, and a holder that is gone holds nobody', async () => {
    const lock = path.join(home, '.installing-tensorflow.lock');
    writeFileSync(lock, JSON.stringify({ pid: process.pid, host: hostname() }));
    await expect(install()).rejects.toThrow(new RegExp(`by process ${process.pid} on`));
    expect(() => removeBackend('tensorflow', home)).toThrow(/installed or removed by process/);
    writeFileSync(lock, JSON.stringify({ pid: 2 ** 22 + 1, host: hostname() }));
    await install();
    expect(existsSync(lock)).toBe(false);
  });
});

describe('the upstream road', () => {
  const upstream = (changes = {}) =>
    installUpstream('tensorflow', {
      backendHome: home,
      env: { TFJS_NODE_CDN_STORAGE: `${server.indexUrl}/` },
      now: () => new Date(0),
      tell: (told) => news.push(told),
      npm,
      check: async () => ({ version: '2.9.1', gpu: false }),
      runScript: async (_: string, folder: string) => {
        for (const file of ['deps/lib/libtensorflow.so.2', 'lib/napi-v8/tfjs_binding.node']) {
          mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
          writeFileSync(path.join(folder, file), file);
        }
      },
      ...changes,
    });

  it("takes what the package's own script brings, when its host answers", async () => {
    expect(await upstream()).toMatchObject({ version: '2.9.1', from: 'upstream' });
    expect(state()).toBe('installed');
    expect(server.asked).toEqual(['HEAD /']);
  });

  it('says that the host is away, and runs no script', async () => {
    const runScript = () => Promise.reject(new Error('it ran'));
    await expect(upstream({ env: {}, runScript })).rejects.toThrow(/127\.0\.0\.1:1 cannot be reached/);
    expect(state()).toBe('begun');
  });
});

describe('removing', () => {
  it('frees an installed backend and what an interrupted installation left, and tells how much', async () => {
    const { bytes: size, folder } = await install();
    expect(removeBackend('tensorflow', home)).toBeGreaterThanOrEqual(size);
    expect([existsSync(folder), state()]).toEqual([false, 'absent']);
    server.behave({ stopsAfter: 60_000, breaksBefore: DIRECTORY });
    await expect(install()).rejects.toThrow(/broke off/);
    expect(removeBackend('tensorflow', home)).toBeGreaterThan(50_000);
    expect(state()).toBe('absent');
  });

  it('of what is not there frees nothing', () => {
    expect(removeBackend('tensorflow-gpu', path.join(home, 'never made'))).toBe(0);
    expect(existsSync(path.join(home, 'never made'))).toBe(false);
  });
});
