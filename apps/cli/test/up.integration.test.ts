import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runHere } from './run-here.ts';

const run = promisify(execFile);
const entry = path.resolve(import.meta.dirname, '../bin/gansweep.mjs');
const home = mkdtempSync(path.join(tmpdir(), 'gansweep-up-'));
let up: ChildProcess;
let env: NodeJS.ProcessEnv;
let printed = '';

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  return port;
}

const gansweep = async (...words: string[]): Promise<string> =>
  (await run(process.execPath, [entry, ...words], { env, cwd: home, maxBuffer: 64 * 2 ** 20 })).stdout;

/** The same command in this process. */
async function here(...words: string[]): Promise<string> {
  const { status, stdout, stderr } = await runHere(words, { env, cwd: home });
  if (status !== 0) throw new Error(`exit code ${status}: ${stderr}`);
  return stdout;
}

/** Living processes that carry this home in their environment. */
function leftovers(): readonly { readonly words: string; readonly databaseUrl: string | undefined }[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return [];
    try {
      const own = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
      if (!own.includes(`GANSWEEP_HOME=${home}`)) return [];
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return [{ words, databaseUrl: own.find((line) => /^DATABASE_URL=./.test(line))?.replace(/^\w+=/, '') }];
    } catch {
      return [];
    }
  });
}

interface ExportedRun {
  readonly runId: string;
  readonly state: string;
  readonly evaluations: readonly { readonly protocol: string; readonly scores: { readonly js?: number } }[];
}

beforeAll(async () => {
  env = {
    ...process.env,
    GANSWEEP_HOME: home,
    GANSWEEP_PORT: String(await freePort()),
    GANSWEEP_SLOTS: '2',
    LOG_LEVEL: 'warn',
    DATABASE_URL: '',
    REDIS_URL: '',
    NO_COLOR: '1',
  };
  up = spawn(process.execPath, [entry, 'up'], { env, cwd: home, stdio: ['ignore', 'pipe', 'inherit'] });
  up.stdout?.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  await vi.waitUntil(() => printed.includes('gansweep is up'), { timeout: 60_000, interval: 100 });
}, 90_000);
afterAll(async () => {
  if (up.exitCode === null && up.signalCode === null) {
    up.kill('SIGTERM');
    await once(up, 'exit');
  }
  rmSync(home, { recursive: true, force: true });
});

describe('gansweep up', () => {
  it('takes a sweep from the file to the comparison, by the commands alone', async () => {
    const spec = path.join(home, 'sweep.yaml');
    writeFileSync(
      spec,
      'version: 1\nname: tiny\ndescription: Is a small rate enough?\nmethod: grid\nseeds: 2\nparameters:\n  model: { value: mlp2d }\n  dataset: { value: ring8 }\n  images: { value: 12800 }\n  lr: { values: [0.001, 0.01] }\n',
    );
    const watched = await gansweep('submit', spec, '--watch');
    expect(watched).toMatch(/2 trials, 4 runs[\s\S]*4 succeeded[\s\S]*js \(less is better\)/);
    expect(await here('list')).toMatch(/tiny +(done|active) +2 +4\/4/);
    expect(await here('compare', 'tiny', '--by', 'lrG')).toMatch(/lrG +mean \[95 % interval\]/);
    const rows = (await gansweep('export', 'tiny'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as ExportedRun);
    expect(rows.map(({ state }) => state)).toEqual(Array(4).fill('succeeded'));
    const [first] = rows;
    const id = first?.runId ?? '';
    expect(await here('show', id)).toMatch(/succeeded {2}12800 of 12800 images.*at most \d{2,4} MiB/);
    // A process of Node with TypeScript alone is more than 50 MiB.
    expect(await here('show', 'tiny', '--runs')).toMatch(
      /run +lrG +lrD +seed +state +images +backend +seconds +MiB\n(.* succeeded +12800 +\w+ +\d\S* +\d{2,4}\n){4}/,
    );
    expect(await here('curves', id.slice(-6))).toMatch(/• lossD {3}\+ lossG/);
    const npy = path.join(home, 'points.npy');
    await here('generate', id, '--n', '1200', '--out', npy);
    expect(statSync(npy).size).toBe(128 + 1200 * 2 * 4);
    expect(readFileSync(npy).subarray(1, 6).toString()).toBe('NUMPY');
    const onnx = path.join(home, 'ring.onnx');
    await here('export', id, '--format', 'onnx', '--out', onnx);
    await here('export', id, '--format', 'tfjs', '--out', path.join(home, 'ring'));
    expect(readdirSync(path.join(home, 'ring')).sort()).toEqual(['group1-shard1of1.bin', 'model.json']);
    expect(await here('generator', 'add', onnx, '--name', 'mine')).toMatch(/'mine': points, weights [0-9a-f]{64}/);
    const scored = JSON.parse(await here('generator', 'score', 'mine', '--dataset', 'ring8', '--json'));
    const { js } = scored[0].scores;
    const own = rows[0]?.evaluations.findLast(({ scores }) => scores.js !== undefined)?.scores.js ?? Number.NaN;
    expect(Math.abs(js - own)).toBeLessThan(1e-3);
    expect(await here('compare', 'tiny')).toMatch(new RegExp(`mine +generator +${js.toPrecision(2)}`));
    const again = await here('submit', spec);
    expect(again).toContain('4 of them recorded before');
  }, 120_000);

  it('holds a night: a baseline, a regression of one configuration by two looks, its reports and exit codes', async () => {
    const folder = path.join(home, 'regression');
    mkdirSync(folder);
    writeFileSync(
      path.join(folder, 'ring.yaml'),
      'version: 1\nname: ring\nmethod: grid\nseeds: 6\nmetric: { name: js }\nparameters:\n  model: { value: mlp2d }\n  dataset: { value: ring8 }\n  images: { value: 1280 }\n  lr: { values: [0.001, 0.01] }\n',
    );
    writeFileSync(path.join(folder, 'nightly.json'), '{ "firstSeeds": 3 }');
    const code = (error: { code: number; stderr: string }): { code: number; stderr: string } => error;
    const night = (...words: string[]) =>
      run(process.execPath, [entry, 'nightly', folder, ...words], { env, cwd: home });
    const none = await night().catch(code);
    expect(none).toMatchObject({ code: 3, stderr: expect.stringContaining("there is no baseline 'main'") });
    const xml = path.join(home, 'night.xml');
    const first = await night('--save-baseline', 'main', '--junit', xml).catch((error) => error);
    expect(first).toMatchObject({
      code: 2,
      stdout: expect.stringMatching(/NOT COMPARED.*\n[\s\S]*the baseline 'main' is in .*main\.json/),
    });
    expect(readFileSync(xml, 'utf8')).toMatch(/tests="1" failures="0" errors="0" skipped="1">[\s\S]*<skipped message/);

    // Its second configuration was better by a quarter once.
    const file = path.join(folder, 'baselines/main.json');
    const saved = JSON.parse(readFileSync(file, 'utf8'));
    const [, second] = saved.sweeps[0].trials;
    for (const { scores } of second.seeds) scores.js /= 1.25;
    writeFileSync(file, JSON.stringify(saved));
    const [md, html] = [path.join(home, 'night.md'), path.join(home, 'night.html')];
    const worse = (await night('--report', md, '--report', html, '--junit', xml).catch((error) => error)) as {
      readonly code: number;
      readonly stdout: string;
    };
    expect(worse.code).toBe(1);
    expect(worse.stdout).toMatch(/unchanged +ring +lrG=\S+ lrD=\S+ +js +6 .*the same numbers/);
    expect(worse.stdout).toMatch(/regressed +ring +lrG=\S+ lrD=\S+ +js +6 .*\+25 %/);
    expect(worse.stdout).toContain('a look at 3 seeds and one at 3 more');
    expect(readFileSync(md, 'utf8')).toMatch(
      /^# Night of \S+: regressed[\s\S]*\| \*\*regressed\*\* \| ring[\s\S]*(Nothing that is recorded|- commit: [\s\S]*the same commit, but)/,
    );
    expect(readFileSync(html, 'utf8')).toMatch(/^<!doctype html>[\s\S]*<td class="verdict regressed">[\s\S]*<svg/);
    expect(readFileSync(xml, 'utf8')).toMatch(
      /<testsuite name="ring" tests="3" failures="\d" errors="0" skipped="\d">[\s\S]*<failure type="regressed"/,
    );
  }, 120_000);

  it('tells a second one that the port is taken, with exit code 3', async () => {
    const other = mkdtempSync(path.join(tmpdir(), 'gansweep-up-'));
    // On the first one's database, which is there already.
    const { databaseUrl } = leftovers().find((process) => process.databaseUrl) ?? {};
    const second = await run(process.execPath, [entry, 'up'], {
      env: { ...env, GANSWEEP_HOME: other, DATABASE_URL: databaseUrl },
      cwd: other,
    }).catch((error: { code: number; stderr: string }) => error);
    expect(second).toMatchObject({ code: 3 });
    expect(second.stderr.trim().split('\n').at(-1)).toMatch(/^gansweep: port \d+ on 127\.0\.0\.1 is in use/);
    rmSync(other, { recursive: true, force: true });
  }, 60_000);

  it('refuses a second one of the same home and leaves the first one whole', async () => {
    const second = await run(process.execPath, [entry, 'up'], {
      env: { ...env, GANSWEEP_PORT: String(await freePort()) },
      cwd: home,
    }).catch((error: { code: number; stderr: string }) => error);
    expect(second).toMatchObject({ code: 3 });
    expect(second.stderr.trim().split('\n').at(-1)).toMatch(
      /^gansweep: gansweep is up in .* already \(process \d+, http:\/\/127\.0\.0\.1:\d+\): end it, or set/,
    );
    expect(await gansweep('list')).toMatch(/tiny +done/);
  }, 60_000);

  it('ends everything it started when it is told to end', async () => {
    up.kill('SIGTERM');
    expect(await once(up, 'exit')).toEqual([0, null]);
    await expect.poll(leftovers, { timeout: 5_000 }).toEqual([]);
  }, 60_000);
});
