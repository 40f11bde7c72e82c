import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openDataset } from '@gansweep/datasets';
import {
  type Configuration,
  dataHashOf,
  type FolderVersion,
  type ForeignGenerator,
  type ProtocolId,
  passportKey,
} from '@gansweep/domain';
import { createStepProgram, encodeCheckpoint, generatorFunction, openGenerator, type SampleShape } from '@gansweep/gan';
import { bytesField, functionModel, integerField, join } from '@gansweep/program';
import { buildConfiguration, buildDigits, defaultsOf } from '@gansweep/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { inspectForeign } from '../src/foreign/inspect-foreign.ts';
import { openForeign } from '../src/foreign/open-foreign.ts';
import { scoreForeign } from '../src/foreign/score-foreign.ts';
import { inspectForeignFile, scoreForeignFile } from '../src/index.ts';
import { openBackend } from '../src/trainer/choose-executor.ts';
import { scoreGenerator } from '../src/trainer/evaluation/score-generator.ts';

const home = mkdtempSync(path.join(tmpdir(), 'gansweep-foreign-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));
const SETTINGS = { backend: 'auto', backendHome: '', datasets: home, home, plugins: null } as const;
const LIMITS = { seconds: 60, bytes: 4 * 2 ** 30 };
const NO_FOLDERS: readonly FolderVersion[] = [];

const digits: Extract<SampleShape, { kind: 'images' }> = {
  kind: 'images',
  height: 32,
  width: 32,
  channels: 1,
  classCount: 10,
};
const named = (name: string): Configuration => {
  switch (name) {
    case 'mlp2d':
      return buildConfiguration({ noise: 'uniform' });
    case 'dcgan':
      return buildDigits({ noise: 'truncated-gaussian' });
    case 'cdcgan':
      return { ...defaultsOf('cdcgan'), nz: 5, ngf: 4, ndf: 4, batch: 4 };
    default:
      return { ...defaultsOf('stylegan2'), resolution: 8, nz: 5, truncation: 0.7 };
  }
};

/** A generator that was never trained, as its run keeps it and as it is exported. */
function untrained(name: string): {
  readonly configuration: Configuration;
  readonly kept: Uint8Array;
  readonly file: string;
} {
  const configuration = named(name);
  const shape: SampleShape =
    name === 'mlp2d' ? { kind: 'plane' } : name === 'stylegan2' ? { ...digits, height: 8, width: 8 } : digits;
  const { pG, sG } = createStepProgram(configuration, shape).initialState(3);
  // So large that samples differ.
  const tensors = { ...(pG && { pG: pG.map((weight) => (name === 'stylegan2' ? 1 : 4) * weight) }), ...(sG && { sG }) };
  const kept = encodeCheckpoint({
    kind: 'generator',
    format: 1,
    configuration,
    seed: 3,
    shape,
    imagesSeen: 64,
    tensors,
  });
  const { program, tensors: weights, notes } = generatorFunction(kept, 64);
  const file = path.join(home, `${name}.onnx`);
  writeFileSync(file, functionModel(program, weights, notes));
  return { configuration, kept, file };
}

describe('a generator that gansweep exported comes back', () => {
  it.each([
    ['mlp2d', ['density2d/v1', 'points2d/v1']],
    ['dcgan', ['kid-lenet/v1', 'prdc-lenet/v1']],
  ] as const)('%s scores as in its run, under the same passport', async (name, protocols) => {
    const { configuration, kept, file } = untrained(name);
    const generator = await inspectForeign(file, { name: 'mine' });
    const { dataset } = configuration;
    const shared = { protocols: protocols as readonly ProtocolId[], samples: 300, date: '2026-01-01T00:00:00.000Z' };
    const work = { generator, dataset, resolution: name === 'mlp2d' ? null : 32, folder: null, ...shared };
    const executor = (await openBackend('auto', SETTINGS)).executorFor(configuration);
    const openRegistered = () => Promise.reject(new Error('none is asked for'));
    // One of them in the process of its own that the command uses; the digits are decoded here already.
    const records =
      name === 'mlp2d'
        ? await scoreForeignFile({ work, ...SETTINGS }, LIMITS)
        : await scoreForeign(work, { executor, datasets: home, openRegistered, seconds: () => 0 });
    await using opened = await openGenerator(kept, executor);
    const own = await scoreGenerator(
      {
        configuration,
        dataHash: dataHashOf(dataset, NO_FOLDERS),
        folder: null,
        extractors: {},
        imagesSeen: 64,
        ...shared,
      },
      {
        generator: opened,
        dataset: await openDataset(configuration, { folder: home }),
        executor,
        openRegistered,
        seconds: () => 0,
      },
    );
    expect(records.map(({ protocol }) => protocol)).toEqual(protocols);
    records.forEach(({ passport, scores }, i) => {
      expect(passportKey(passport)).toBe(passportKey(own[i]?.passport ?? {}));
      expect(passport.fake).toMatchObject({ generator: 'mine', weights: generator.weights, imagesSeen: null });
      const found: Readonly<Record<string, number | undefined>> = { ...scores };
      const expected = Object.entries({ ...own[i]?.scores });
      expect(expected.length).toBeGreaterThan(0);
      for (const [score, value = 0] of expected)
        expect(Math.abs((found[score] ?? Number.NaN) - value)).toBeLessThan(1e-3 * Math.max(1, Math.abs(value)));
    });
  });

  it.each(['cdcgan', 'stylegan2'])('%s draws the same images, classes and noise of its layers told', async (name) => {
    const { configuration, kept, file } = untrained(name);
    const generator = await inspectForeign(file, { name: 'mine' });
    if (name === 'cdcgan')
      expect(generator.classes).toEqual({ input: 'classes', form: 'number', type: 'float32', count: 10 });
    else expect(generator).toMatchObject({ truncation: { value: 0.7 }, layerNoise: { size: expect.any(Number) } });
    await using foreign = await openForeign(generator);
    await using own = await openGenerator(kept, (await openBackend('auto', SETTINGS)).executorFor(configuration));
    const [there, here] = [await foreign.draw({ count: 130, seed: 9 }), await own.draw({ count: 130, seed: 9 })];
    expect(there.data).toHaveLength(here.data.length);
    let furthest = 0;
    here.data.forEach((value, i) => {
      furthest = Math.max(furthest, Math.abs(value - (there.data[i] as number)));
    });
    expect(furthest).toBeLessThanOrEqual(1);
    expect(new Set(here.data).size).toBeGreaterThan(20);
  });
});

const attribute = (name: string, content: Uint8Array, kind: number): Uint8Array =>
  bytesField(5, join([bytesField(1, name), content, integerField(20, kind)]));
const node = (operator: string, inputs: readonly string[], output: string, ...attributes: Uint8Array[]): Uint8Array =>
  bytesField(
    1,
    join([...inputs.map((name) => bytesField(1, name)), bytesField(2, output), bytesField(4, operator), ...attributes]),
  );
const value = (field: number, name: string, type: number, dims: readonly (number | 'n')[]): Uint8Array => {
  const shape = join(dims.map((dim) => bytesField(1, dim === 'n' ? bytesField(2, 'n') : integerField(1, dim))));
  return bytesField(
    field,
    join([bytesField(1, name), bytesField(2, bytesField(1, join([integerField(1, type), bytesField(2, shape)])))]),
  );
};
const tensor = (name: string, type: number, dims: readonly number[], raw: ArrayBufferView): Uint8Array =>
  bytesField(
    5,
    join([
      ...dims.map((dim) => integerField(1, dim)),
      integerField(2, type),
      bytesField(8, name),
      bytesField(9, new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength)),
    ]),
  );
const model = (...graph: Uint8Array[]): Uint8Array =>
  join([
    integerField(1, 9),
    bytesField(7, join([...graph, bytesField(2, 'g'), value(11, 'z', 1, ['n', 2])])),
    bytesField(8, join([bytesField(1, ''), integerField(2, 20)])),
  ]);

/** Takes latent vectors and makes 4 GB of zeros of them. */
const bomb = (): Uint8Array =>
  model(
    node('ConstantOfShape', ['sides'], 'zeros'),
    node('ReduceSum', ['zeros', 'axis'], 'sum'),
    node('Add', ['sum', 'z'], 'samples'),
    tensor('sides', 7, [2], BigInt64Array.of(1_000_000_000n, 1n)),
    tensor('axis', 7, [1], BigInt64Array.of(0n)),
    value(12, 'samples', 1, ['n', 2]),
  );

/** Counts to 2⁶² before it gives anything. */
const endless = (): Uint8Array => {
  const body = join([
    node('Identity', ['go'], 'goOn'),
    node('Add', ['x', 'one'], 'more'),
    bytesField(2, 'body'),
    value(11, 'i', 7, []),
    value(11, 'go', 9, []),
    value(11, 'x', 1, ['n', 2]),
    value(12, 'goOn', 9, []),
    value(12, 'more', 1, ['n', 2]),
  ]);
  return model(
    node('Loop', ['trips', 'true', 'z'], 'samples', attribute('body', bytesField(6, body), 5)),
    tensor('trips', 7, [], BigInt64Array.of(2n ** 62n)),
    tensor('true', 9, [], Uint8Array.of(1)),
    tensor('one', 1, [1], Float32Array.of(1)),
    value(12, 'samples', 1, ['n', 2]),
  );
};

describe('a hostile file', () => {
  const inspect = (name: string, bytes: Uint8Array, limits: Partial<typeof LIMITS> = {}): Promise<ForeignGenerator> => {
    const file = path.join(home, `${name}.onnx`);
    writeFileSync(file, bytes);
    return inspectForeignFile(file, { name }, { ...LIMITS, ...limits });
  };

  it.each([
    ['of no ONNX', Uint8Array.from([1, 2, 3]), /is no ONNX model|cut off/],
    [
      'that gives what is no sample',
      model(node('ReduceSum', ['z'], 'samples'), value(12, 'samples', 1, [1, 1])),
      /gives 1×1 for 2 latent vectors/,
    ],
    [
      'that takes pictures',
      model(node('Identity', ['z'], 'samples'), value(12, 'samples', 1, ['n', 2]), value(11, 'x', 1, ['n', 3, 8, 8])),
      /takes x float32 \[n, 3, 8, 8\], z/,
    ],
  ])('%s is refused', async (_, bytes, message) => {
    const file = path.join(home, 'wrong.onnx');
    writeFileSync(file, bytes);
    await expect(inspectForeign(file, { name: 'wrong' })).rejects.toThrow(message);
  });

  it('that is not there is said to be not there', async () => {
    await expect(inspectForeign(path.join(home, 'nowhere.onnx'), { name: 'x' })).rejects.toThrow(
      'cannot be read on this machine (ENOENT)',
    );
  });

  it('that never ends is ended', async () => {
    await expect(inspect('endless', endless(), { seconds: 2 })).rejects.toThrow(/endless\.onnx did not end within 2 s/);
  });

  it('that fills the memory is ended, and only its own process', async () => {
    await expect(inspect('bomb', bomb(), { bytes: 600 * 2 ** 20 })).rejects.toThrow(
      /bomb\.onnx took more than 600 MiB of memory/,
    );
  });
});

describe('a data set of a plugin', () => {
  const plugins = path.join(home, 'plugins');
  mkdirSync(plugins);
  writeFileSync(
    path.join(plugins, 'slope.mjs'),
    `export const datasets = [{ name: 'slope', doc: 'A line.', kind: 'points', box: { low: -4, high: 4 },
      point: ({ normals: [a] }) => [a, a / 2] }];`,
  );
  const scoredWith = async (folder: string | null) => {
    const file = path.join(home, 'identity.onnx');
    writeFileSync(file, model(node('Identity', ['z'], 'samples'), value(12, 'samples', 1, ['n', 2])));
    const generator = await inspectForeign(file, { name: 'identity' });
    const asked = { generator, dataset: 'plugin:slope', resolution: null, folder: null, samples: 500 } as const;
    return scoreForeignFile(
      {
        ...SETTINGS,
        work: { ...asked, protocols: ['density2d/v1'], date: '2026-01-01T00:00:00.000Z' },
        plugins: folder,
      },
      LIMITS,
    );
  };

  it('is what a generator can be scored on', async () => {
    const [record] = await scoredWith(plugins);
    expect(record?.scores.js).toBeGreaterThan(0.01);
    expect(JSON.stringify(record?.passport)).toContain('plugin:slope');
  });

  it('that cannot be loaded is said, as is why a process ended', async () => {
    await expect(scoredWith(path.join(home, 'absent'))).rejects.toThrow(
      /absent cannot be read \(ENOENT\): GANSWEEP_PLUGINS/,
    );
    await expect(scoredWith(null)).rejects.toThrow(/exit code 1\): \w*Error: /);
  });
});
