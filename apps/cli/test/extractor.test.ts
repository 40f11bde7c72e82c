import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { EXIT, registeredExtractors } from '@gansweep/runtime';
import { openRegistered } from '@gansweep/worker';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { evaluate } from '../src/commands/evaluate.ts';
import { extractor } from '../src/commands/extractor.ts';

/*
 * The networks were exported by PyTorch 2.15: a convolution and a dense layer of random weights, [n, 3, 16, 16] → [n, 4].
 * `noted.onnx` carries what scripts/inception-to-onnx.py notes, `noted-changed.onnx` the same note on other weights.
 */
const networks = path.join(import.meta.dirname, 'extractors');
const home = mkdtempSync(path.join(tmpdir(), 'gansweep-extractor-'));
const own = path.join(home, 'mine.onnx');
afterAll(() => rmSync(home, { recursive: true, force: true }));

const said: string[] = [];
beforeAll(() => {
  vi.stubEnv('GANSWEEP_HOME', home);
  vi.spyOn(console, 'log').mockImplementation((line: string) => void said.push(line));
  copyFileSync(path.join(networks, 'small.onnx'), own);
  const header = "{'descr': '|u1', 'fortran_order': False, 'shape': (12, 8, 8, 3), }".padEnd(117);
  for (const [name, factor] of [
    ['a.npy', 7],
    ['b.npy', 11],
  ] as const)
    writeFileSync(
      path.join(home, name),
      Buffer.concat([
        Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0]),
        Buffer.from(`${header}\n`),
        Uint8Array.from({ length: 12 * 192 }, (_, i) => (i * i * factor) % 256),
      ]),
    );
});
afterEach(() => {
  said.length = 0;
});
afterAll(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});
const compare = (protocol: string) =>
  evaluate.run([
    '--real',
    path.join(home, 'a.npy'),
    '--fake',
    path.join(home, 'b.npy'),
    '--protocol',
    protocol,
    '--json',
  ]);
const network = (name: string): string => path.join(networks, name);

describe('gansweep extractor', () => {
  it('registers a network by its weights, and evaluate scores by its features', async () => {
    expect(await extractor.run(['add', own, '--name', 'mine', '--range', 'signed'])).toBe(EXIT.ok);
    const [registered] = registeredExtractors(home);
    expect(registered).toMatchObject({
      name: 'mine',
      dimension: 4,
      input: { name: 'pictures', height: 16, width: 16, channels: 3 },
      // What the script prints for these tensors: both sides hash alike.
      weights: 'd2022e8d067ed31f6f3cc7cb8672f628e42fd0119a910e2fc195a09145b80f01',
      isInception: false,
    });
    said.length = 0;
    expect(await compare('kid-mine/v1')).toBe(EXIT.ok);
    const found = JSON.parse(said.join('\n'));
    expect(Object.keys(found.scores)).toEqual(['kid-mine']);
    expect(found.passport).toMatchObject({
      extractor: { id: 'mine', weights: registered?.weights, layer: 'features', dimension: 4 },
      preprocessing: { size: '16×16×3', range: '[-1, 1]' },
    });
  });

  it('gives the features that PyTorch gives', async () => {
    const [registered] = registeredExtractors(home);
    if (!registered) throw new Error('nothing is registered');
    await using opened = await openRegistered(registered);
    const data = Uint8Array.from({ length: 768 }, (_, i) => (i * 7) % 256);
    const { data: features } = await opened.features({
      kind: 'images',
      count: 1,
      height: 16,
      width: 16,
      channels: 3,
      data,
    });
    [0.3258972764, 0.3148389757, -0.1318836957, -0.0371532775].forEach((expected, k) => {
      expect(features[k]).toBeCloseTo(expected, 5);
    });
  });

  it('refuses FID until the original Inception is registered, and other weights under its note', async () => {
    await expect(compare('fid/v1')).rejects.toThrow(/inception-to-onnx\.py.*gansweep extractor add/);
    await extractor.run(['add', network('noted-changed.onnx'), '--name', 'other']);
    await expect(compare('fid/v1')).rejects.toThrow('cannot be shipped');
    await expect(extractor.run(['add', own, '--name', 'inception'])).rejects.toThrow("'inception' is taken");
    await extractor.run(['add', network('noted.onnx')]);
    said.length = 0;
    expect(await compare('fid/v1')).toBe(EXIT.ok);
    expect(JSON.parse(said.join('\n'))).toMatchObject({
      scores: { fid: expect.any(Number) },
      passport: { extractor: { id: 'inception' } },
    });
  });

  it('does not use a file that has changed', async () => {
    copyFileSync(network('noted.onnx'), own);
    await expect(compare('kid-mine/v1')).rejects.toThrow(/mine\.onnx has changed since it was registered as 'mine'/);
  });

  it('lists and forgets', async () => {
    await extractor.run(['list']);
    expect(said.join('\n')).toMatch(/mine +4 +d2022e8d067e/);
    await extractor.run(['remove', 'mine']);
    expect(registeredExtractors(home).map(({ name }) => name)).not.toContain('mine');
    await expect(extractor.run(['remove', 'mine'])).rejects.toThrow("no extractor 'mine'");
  });

  it.each([
    ['a name of the product', [network('small.onnx'), '--name', 'lenet'], /'lenet' is taken/],
    ['a name with other letters', [network('small.onnx'), '--name', 'VGG-16'], /small letters and digits/],
    ['no name', [network('small.onnx')], /--name NAME/],
    ['a range of its own', [network('small.onnx'), '--name', 'x1', '--range', 'double'], /--range is one of/],
    [
      'an output that it has not',
      [network('small.onnx'), '--name', 'x1', '--output', 'pool'],
      /has no output 'pool', but features/,
    ],
    ['no ONNX file', [path.join(import.meta.dirname, 'extractor.test.ts'), '--name', 'x1'], /ONNX model/],
  ])('refuses %s', async (_, words, message) => {
    await expect(extractor.run(['add', ...words])).rejects.toThrow(message);
  });
});
