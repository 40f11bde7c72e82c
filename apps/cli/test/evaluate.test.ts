import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { registeredExtractors } from '@gansweep/runtime';
import { usePlugins } from '@gansweep/worker';
import { encode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runHere } from './run-here.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const folder = mkdtempSync(path.join(tmpdir(), 'gansweep-evaluate-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const settings = { GANSWEEP_HOME: folder, NO_COLOR: '1' };

/** The command in this process. */
const evaluate = (...words: readonly string[]) => runHere(['evaluate', ...words], { cwd: folder, env: settings });

/** The command as a person runs it. */
function evaluateAlone(environment: Readonly<Record<string, string>>, ...words: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [path.join(root, 'apps/cli/bin/gansweep.mjs'), 'evaluate', ...words],
    { encoding: 'utf8', cwd: folder, env: { ...process.env, ...settings, ...environment } },
  );
  return { status, stdout, stderr };
}

function npy(name: string, type: '<f8' | '|u1', shape: readonly number[], content: Uint8Array): void {
  const header = `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape.join(', ')}), }`.padEnd(117);
  const bytes = Buffer.concat([
    Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0]),
    Buffer.from(`${header}\n`),
    content,
  ]);
  writeFileSync(path.join(folder, name), bytes);
}

beforeAll(() => {
  const features = (name: string, values: readonly number[]) =>
    npy(name, '<f8', [3, 2], new Uint8Array(Float64Array.from(values).buffer));
  features('x.npy', [1, 0, 0, 1, 1, 1]);
  features('y.npy', [2, 0, 0, 2, 1, -1]);
  const pixels = Uint8Array.from({ length: 40 * 32 * 32 }, (_, i) => (i * 37 + Math.floor(i / 1024) * 11) % 256);
  npy('images.npy', '|u1', [40, 32, 32], pixels);
  mkdirSync(path.join(folder, 'pictures'));
  for (let i = 0; i < 40; i++)
    writeFileSync(
      path.join(folder, 'pictures', `${String(i).padStart(2, '0')}.png`),
      encode({ width: 32, height: 32, channels: 1, depth: 8, data: pixels.subarray(i * 1024, (i + 1) * 1024) }),
    );
  mkdirSync(path.join(folder, 'wide', 'class'), { recursive: true });
  for (let i = 0; i < 40; i++) {
    const [width, rgba] = [40 + i, Buffer.alloc(32 * (40 + i) * 4, 255)];
    const left = Math.floor((width - 32) / 2);
    for (let y = 0; y < 32; y++)
      for (let x = 0; x < 32; x++)
        rgba.fill(pixels[i * 1024 + y * 32 + x] as number, 4 * (y * width + left + x), 4 * (y * width + left + x) + 3);
    writeFileSync(
      path.join(folder, 'wide', 'class', `${String(i).padStart(2, '0')}.jpg`),
      encode({ width, height: 32, channels: 4, depth: 8, data: rgba }),
    );
  }
});

describe('gansweep evaluate', () => {
  it('scores files of features by the definition, with a passport that names and hashes both', async () => {
    const { status, stdout } = await evaluate(
      '--real',
      'x.npy',
      '--fake',
      'y.npy',
      '--protocol',
      'kid-features/v1',
      '--json',
    );
    expect(status).toBe(0);
    const found = JSON.parse(stdout);
    // Worked out by hand: 15.5/6 + 18/6 − 2·38.5/9.
    expect(found.scores['kid-features']).toBeCloseTo(-2.9722222222, 10);
    expect(found).toMatchObject({
      protocol: 'kid-features/v1',
      passport: {
        extractor: null,
        real: { path: 'x.npy', n: 3, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
        fake: { path: 'y.npy', n: 3 },
        estimator: { kernel: '(x·y/d + 1)³', subsetSize: 3 },
      },
    });
  });

  it('finds no difference between a folder of pictures and the same pictures in a file', async () => {
    const { status, stdout } = await evaluate(
      '--real',
      'images.npy',
      '--fake',
      'pictures',
      '--protocol',
      'fd-pixels/v1',
      '--json',
    );
    expect(status).toBe(0);
    const found = JSON.parse(stdout);
    expect(found.scores['fd-pixels']).toBeLessThan(1e-9);
    expect(found.passport).toMatchObject({ extractor: { id: 'pixels' }, real: { n: 40 }, fake: { n: 40 } });
  });

  it('takes pictures of any size and from sub-folders as a data set does', async () => {
    const sides = ['--real', 'images.npy', '--fake', 'wide', '--protocol', 'fd-pixels/v1'];
    expect((await evaluate(...sides)).stderr).toMatch(/class\/01\.jpg has 41×32 pixels.*--resolution/);
    const { status, stdout } = await evaluate(...sides, '--resolution', '32', '--json');
    expect(status).toBe(0);
    const found = JSON.parse(stdout);
    expect(found.scores['fd-pixels']).toBeLessThan(1e-9);
    expect(found.passport).toMatchObject({ fake: { n: 40 }, preprocessing: { size: '32×32×1' } });
  });

  it('takes metrics of plugins, of points and of images, each where it is at home', async () => {
    const plugins = path.join(folder, 'plugins');
    mkdirSync(plugins);
    const metric = (name: string, on: string, measure: string) =>
      `{ name: '${name}', doc: 'd', on: '${on}', measure: ${measure} }`;
    const furthest = `({ real, fake }) => Math.max(...real.data.map((x, i) => Math.abs(x - fake.data[i])))`;
    const size = '({ real, fake }) => real.count * fake.width';
    const apart = '({ real, fake }) => real.count * real.size + Math.max(...fake.data.map((x, i) => x - real.data[i]))';
    const metrics = [
      metric('far', 'points', furthest),
      metric('size', 'images', size),
      metric('apart', `images', features: 'pixels`, apart),
      metric('beside', `images', features: 'vgg16`, apart),
    ];
    writeFileSync(path.join(plugins, 'a.mjs'), `export const metrics = [${metrics}];`);
    const wordsOf = (protocol: string, real: string, fake: string) =>
      ['--real', real, '--fake', fake, '--protocol', protocol, '--json'] as const;
    const alone = evaluateAlone({ GANSWEEP_PLUGINS: plugins }, ...wordsOf('plugin:far', 'x.npy', 'y.npy'));
    const points = JSON.parse(alone.stdout);
    expect(points.scores).toEqual({ 'plugin:far': 2 });
    expect(points.passport.estimator.plugin).toMatch(/^far@[0-9a-f]{16}$/);
    // A process takes plugins once.
    await usePlugins(plugins, registeredExtractors(folder));
    const by = (protocol: string, real: string, fake: string) => evaluate(...wordsOf(protocol, real, fake));
    expect(JSON.parse((await by('plugin:size', 'images.npy', 'pictures')).stdout).scores).toEqual({
      'plugin:size': 40 * 32,
    });
    // Both sides are the same 40 pictures, each seen as 16 × 16 squares.
    const features = JSON.parse((await by('plugin:apart', 'images.npy', 'pictures')).stdout);
    expect(features.scores).toEqual({ 'plugin:apart': 40 * 256 });
    expect(features.passport).toMatchObject({ extractor: { id: 'pixels' }, estimator: { plugin: expect.any(String) } });
    expect((await by('plugin:beside', 'images.npy', 'pictures')).stderr).toMatch(
      /extractor vgg16 is not registered.*gansweep extractor add FILE.onnx --name vgg16/,
    );
    const { status, stderr } = await by('plugin:far', 'images.npy', 'images.npy');
    expect([status, stderr]).toEqual([
      1,
      expect.stringContaining('plugin:far looks at points, and both sides hold images'),
    ]);
  });

  it.each([
    ['a protocol that does not exist', ['x.npy', 'y.npy', 'kid-feature/v1'], 2, /did you mean 'kid-features\/v1'/],
    ['features against pictures', ['x.npy', 'pictures', 'kid-pixels/v1'], 1, /both sides need the same kind/],
    ['too few samples', ['x.npy', 'y.npy', 'prdc-features/v1'], 1, /5 neighbours need more than 5 samples, not 3/],
  ] as const)('says what is wrong with %s', async (_, [real, fake, protocol], code, said) => {
    const { status, stderr } = await evaluate('--real', real, '--fake', fake, '--protocol', protocol);
    expect(stderr).toMatch(said);
    expect(stderr).not.toMatch(/\n {4}at /);
    expect(status).toBe(code);
  });
});
