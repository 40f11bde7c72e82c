import type {
  CdcganConfiguration,
  CganConfiguration,
  Configuration,
  DcganConfiguration,
  DcganMaxConfiguration,
  Mlp2dConfiguration,
} from '@gansweep/domain';
import { type Sym, traceProgram } from '@gansweep/program';
import { describe, expect, it } from 'vitest';
import { evaluateExpression } from '../../test/evaluate-expression.ts';
import {
  smallConditional,
  smallConvolutional,
  smallDenseConditional,
  smallImages,
  smallPlane,
} from '../../test/small-runs.ts';
import { initialValues, totalSize, unflatten } from '../parameters.ts';
import type { Network, SampleShape } from './network.ts';
import { networksOf } from './networks-of.ts';

const square = (side: number, channels: number): SampleShape => ({
  kind: 'images',
  height: side,
  width: side,
  channels,
});
const dcgan = (resolution: number, features: number, change: Partial<DcganConfiguration> = {}): DcganConfiguration =>
  smallImages({ resolution, ngf: features, ndf: features, nz: 100, ...change });
const mlp = (layers: number, width: number, change: Partial<Mlp2dConfiguration> = {}): Mlp2dConfiguration =>
  smallPlane({ layersG: layers, layersD: layers, widthG: width, widthD: width, ...change });

const pacgan = (samplesD: number): Mlp2dConfiguration =>
  smallPlane({
    ...{ layersG: 4, widthG: 400, batchNorm: true, bnEps: 1e-4, bnMomentum: 0.05 },
    ...{ layersD: 3, widthD: 200, maxoutD: 5, samplesD },
  });

const lab = (resolution: number): Configuration =>
  smallConvolutional({ model: 'dcgan-lab', resolution, ngf: 32, ndf: 32, nz: 100 });
const max = (change: Partial<DcganMaxConfiguration>): Configuration =>
  smallConvolutional({
    model: 'dcgan-max',
    resolution: 128,
    ngf: 64,
    ndf: 64,
    kernel: 9,
    upsample: 'nearest',
    ...change,
  });

const autoEncoder = { ...max({ nz: 32 }), model: 'aae', lrE: 1e-3 } as Configuration;
const conditional = (change: Partial<CdcganConfiguration> = {}): Configuration =>
  smallConditional({ ngf: 64, ndf: 64, nz: 100, ...change });
const dense = (change: Partial<CganConfiguration> = {}): Configuration =>
  smallDenseConditional({ widthG: 256, widthD: 1024, nz: 100, resolution: 28, ...change });
const told = (side: number, channels: number): SampleShape => ({
  kind: 'images',
  height: side,
  width: side,
  channels,
  classCount: 10,
});

/** Shapes of what a network computes from `[batch, …]`, by the name that a diverged run would give. */
function shapesOf(network: Network, input: readonly number[], classes = 0): Record<string, readonly number[]> {
  const shapes: Record<string, readonly number[]> = {};
  traceProgram((tracer) => {
    const vector = tracer.state('parameters', [totalSize(network.parameters)]);
    const statistics = network.statistics.length > 0 ? tracer.state('s', [totalSize(network.statistics)]) : null;
    const { output } = network.apply({
      input: tracer.input('x', input),
      ...(classes > 0 ? { condition: tracer.input('condition', [input[0] as number, classes]) } : {}),
      parameters: unflatten(vector, network.parameters),
      statistics: statistics ? unflatten(statistics, network.statistics) : new Map<string, Sym>(),
      mode: 'train',
      probe: (name, tensor) => {
        shapes[name] = tensor.shape;
      },
    });
    return { outputs: { output } };
  });
  return shapes;
}

describe('parameters', () => {
  it.each([
    ['mlp2d 2→8→8→2', mlp(2, 8), { kind: 'plane' }, 114, 105],
    ['mlp2d linear', mlp(0, 8), { kind: 'plane' }, 6, 3],
    // G: 400 · (2 + 3 · 400) weights, 4 · 800 numbers of batch norm, 802 at the end. D: 1,000 · (4 + 2 · 200) weights for two
    // points a time, 3 · 1,000 biases, 201 at the end.
    ['mlp2d of PacGAN', pacgan(2), { kind: 'plane' }, 484_802, 407_201],
    ['dcgan 64 px', dcgan(64, 64), square(64, 3), 3_576_704, 2_765_568],
    ['dcgan 128 px', dcgan(128, 64), square(128, 3), 12_786_560, 11_164_416],
    ['dcgan-lab 32 px', lab(32), square(32, 3), 370_624, 167_872],
    ['dcgan-lab 64 px', lab(64), square(64, 3), 1_100_224, 694_720],
    ['cdcgan', conditional(), told(32, 1), 3_076_737, 2_643_329],
    ['cgan', dense(), told(28, 1), 1_624_336, 1_997_313],
    // 1024·1024 weights, biases and two numbers of batch norm a unit more in G; two branches and a logit alone in D.
    ['cgan of a deep G and a flat D', dense({ layersG: 3, layersD: 0 }), told(28, 1), 2_675_984, 817_153],
    ['cgan of a flat G and a deep D', dense({ layersG: 0, layersD: 3 }), told(28, 1), 431_888, 2_063_617],
    ['dcgan-max of 32 numbers', max({ nz: 32 }), square(128, 3), 18_263_043, 13_985_665],
    ['aae', autoEncoder, square(128, 3), 18_263_043, 13_985_665],
    ['dcgan-max of 6 numbers', max({ nz: 6 }), square(128, 3), 14_855_171, 13_985_665],
  ] as const)('of %s are as many as they should be', (_, configuration, shape, ofG, ofD) => {
    const { generator, discriminator } = networksOf(configuration, shape);
    expect(totalSize(generator.parameters)).toBe(ofG);
    expect(totalSize(discriminator.parameters)).toBe(ofD);
  });

  it('of aae’s encoder are as many as published, and it encodes to nz numbers', () => {
    const { encoder } = networksOf(autoEncoder, square(128, 3));
    expect(totalSize(encoder?.parameters ?? [])).toBe(15_001_504);
    expect(Object.values(shapesOf(encoder as Network, [2, 3, 128, 128])).at(-1)).toEqual([2, 32]);
  });

  it('of one network have names of their own', () => {
    for (const network of Object.values(networksOf(dcgan(32, 4), square(32, 1)))) {
      const names = [...network.parameters, ...network.statistics].map(({ name }) => name);
      expect(new Set(names).size).toBe(names.length);
    }
  });

  it('of mlp2d begin at N(0, 1/fan_in), the first layer at N(0, ½), biases at 0', () => {
    const { generator } = networksOf(mlp(2, 16, { nz: 9 }), { kind: 'plane' });
    expect(generator.parameters.map(({ name, initial }) => [name, initial])).toEqual([
      ['dense1.weight', { kind: 'normal', mean: 0, deviation: 1 / Math.sqrt(2) }],
      ['dense1.bias', { kind: 'constant', value: 0 }],
      ['dense2.weight', { kind: 'normal', mean: 0, deviation: 1 / 4 }],
      ['dense2.bias', { kind: 'constant', value: 0 }],
      ['dense3.weight', { kind: 'normal', mean: 0, deviation: 1 / 4 }],
      ['dense3.bias', { kind: 'constant', value: 0 }],
    ]);
  });

  it('of dcgan begin at N(0, .02²), scales at N(1, .02²), biases at 0', () => {
    const { generator, discriminator } = networksOf(dcgan(32, 4), square(32, 1));
    for (const { name, initial } of [...generator.parameters, ...discriminator.parameters])
      expect([name, initial]).toEqual([
        name,
        name.endsWith('.bias')
          ? { kind: 'constant', value: 0 }
          : { kind: 'normal', mean: name.endsWith('.scale') ? 1 : 0, deviation: 0.02 },
      ]);
  });
});

describe('layers', () => {
  it('of dcgan at 128 px have the published shapes', () => {
    const { generator, discriminator } = networksOf(dcgan(128, 64), square(128, 3));
    expect(shapesOf(generator, [2, 100])).toEqual({
      block1: [2, 1024, 4, 4],
      block2: [2, 512, 8, 8],
      block3: [2, 256, 16, 16],
      block4: [2, 128, 32, 32],
      block5: [2, 64, 64, 64],
      block6: [2, 3, 128, 128],
    });
    expect(shapesOf(discriminator, [2, 3, 128, 128])).toEqual({
      block1: [2, 64, 64, 64],
      block2: [2, 128, 32, 32],
      block3: [2, 256, 16, 16],
      block4: [2, 512, 8, 8],
      block5: [2, 1024, 4, 4],
      block6: [2, 1],
    });
  });

  it('of dcgan-lab have batch norm on D’s first layer too', () => {
    const { discriminator } = networksOf(lab(64), square(64, 3));
    const scales = discriminator.parameters.filter(({ name }) => name.endsWith('.scale')).map(({ shape }) => shape);
    expect(scales).toEqual([[32], [64], [128], [256]]);
    expect(() => networksOf(lab(128), square(128, 3))).toThrow('dcgan-lab wants 32 or 64 px, not 128');
  });

  it('of cdcgan have the published shapes, and D none of the class without conditionD', () => {
    const { generator, discriminator } = networksOf(conditional(), told(32, 1));
    expect(shapesOf(generator, [2, 100], 10)).toEqual({
      noise: [2, 256, 4, 4],
      class: [2, 256, 4, 4],
      block1: [2, 256, 8, 8],
      block2: [2, 128, 16, 16],
      block3: [2, 1, 32, 32],
    });
    const shapesOfD = {
      image: [2, 64, 16, 16],
      class: [2, 64, 16, 16],
      block1: [2, 256, 8, 8],
      block2: [2, 512, 4, 4],
      logit: [2, 1],
    };
    expect(shapesOf(discriminator, [2, 1, 32, 32], 10)).toEqual(shapesOfD);
    const { class: _, ...blind } = shapesOfD;
    const unaware = networksOf(conditional({ conditionD: false }), told(32, 1));
    expect(shapesOf(unaware.discriminator, [2, 1, 32, 32])).toEqual(blind);
    expect(totalSize(unaware.generator.parameters)).toBe(totalSize(generator.parameters));
  });

  it('of cgan have the published shapes', () => {
    const { generator, discriminator } = networksOf(dense(), told(28, 1));
    expect(shapesOf(generator, [2, 100], 10)).toEqual({
      noise: [2, 256],
      class: [2, 256],
      dense1: [2, 512],
      dense2: [2, 1024],
      image: [2, 1, 28, 28],
    });
    expect(shapesOf(discriminator, [2, 1, 28, 28], 10)).toEqual({
      image: [2, 1024],
      class: [2, 1024],
      dense1: [2, 512],
      dense2: [2, 256],
      logit: [2, 1],
    });
  });

  it('of cgan behind the first two are as wide as the second', () => {
    const { generator, discriminator } = networksOf(dense({ layersG: 3, layersD: 4 }), told(28, 1));
    const widths = (shapes: Record<string, readonly number[]>): unknown[] =>
      Object.entries(shapes).flatMap(([name, shape]) => (name.startsWith('dense') ? [shape.at(-1)] : []));
    expect(widths(shapesOf(generator, [2, 100], 10))).toEqual([512, 1024, 1024]);
    expect(widths(shapesOf(discriminator, [2, 1, 28, 28], 10))).toEqual([512, 256, 256, 256]);
  });

  it('of dcgan-max at 128 px have the published shapes', () => {
    const { generator, discriminator } = networksOf(max({ nz: 32 }), square(128, 3));
    expect(shapesOf(generator, [2, 32])).toEqual({
      dense: [2, 131_072],
      block1: [2, 256, 32, 32],
      block2: [2, 128, 64, 64],
      block3: [2, 64, 128, 128],
      image: [2, 3, 128, 128],
    });
    expect(shapesOf(discriminator, [2, 3, 128, 128])).toEqual({
      block1: [2, 64, 64, 64],
      block2: [2, 128, 32, 32],
      block3: [2, 256, 16, 16],
      block4: [2, 512, 8, 8],
      dense: [2, 1],
    });
  });

  it('of dcgan-max fit any multiple of 16, and nothing else', () => {
    for (const resolution of [16, 48]) {
      const { generator } = networksOf(max({ resolution, nz: 3, ngf: 4, ndf: 4 }), square(resolution, 1));
      expect(Object.values(shapesOf(generator, [2, 3])).at(-1)).toEqual([2, 1, resolution, resolution]);
    }
    expect(() => networksOf(max({ resolution: 40 }), square(40, 1))).toThrow('wants a multiple of 16 px, not 40');
  });

  it('of dcgan-max begin at N(0, 2 / (fan in + fan out)), fans counting a kernel’s pixels', () => {
    const { generator } = networksOf(max({ nz: 32 }), square(128, 3));
    const deviation = (wanted: string): unknown => generator.parameters.find(({ name }) => name === wanted)?.initial;
    expect(deviation('dense.weight')).toEqual({
      kind: 'normal',
      mean: 0,
      deviation: 1 / Math.sqrt((32 + 131_072) / 2),
    });
    expect(deviation('block1.conv.weight')).toEqual({
      kind: 'normal',
      mean: 0,
      deviation: 1 / Math.sqrt((81 * (512 + 256)) / 2),
    });
    expect(deviation('block1.conv.bias')).toEqual({ kind: 'constant', value: 0 });
  });

  it.each([
    [16, 1],
    [32, 1],
    [64, 3],
  ])('of dcgan at %i px with %i channels end in such an image and in one logit', (side, channels) => {
    const { generator, discriminator } = networksOf(dcgan(side, 4, { nz: 7 }), square(side, channels));
    expect(Object.values(shapesOf(generator, [3, 7])).at(-1)).toEqual([3, channels, side, side]);
    expect(Object.values(shapesOf(discriminator, [3, channels, side, side])).at(-1)).toEqual([3, 1]);
  });

  it('of dcgan have batch norm but in G’s last and D’s first', () => {
    const { generator, discriminator } = networksOf(dcgan(64, 4), square(64, 3));
    const normed = ({ parameters }: Network): string[] =>
      parameters.filter(({ name }) => name.endsWith('.scale')).map(({ name }) => name.split('.')[0] as string);
    expect(normed(generator)).toEqual(['block1', 'block2', 'block3', 'block4']);
    expect(normed(discriminator)).toEqual(['block2', 'block3', 'block4']);
  });

  it.each(
    ([3, 4, 5, 7, 9] as const).flatMap((kernel) =>
      (['convT', 'nearest'] as const).map((upsample) => ({ kernel, upsample })),
    ),
  )('of dcgan double and halve exactly with %j', (change) => {
    const { generator, discriminator } = networksOf(dcgan(32, 4, { nz: 7, ...change }), square(32, 1));
    expect(Object.values(shapesOf(generator, [2, 7])).map((shape) => shape.at(-1))).toEqual([4, 8, 16, 32]);
    expect(Object.values(shapesOf(discriminator, [2, 1, 32, 32])).map((shape) => shape.at(-1))).toEqual([16, 8, 4, 1]);
  });

  it('of dcgan have no batch norm without it', () => {
    const networks = networksOf(dcgan(32, 4, { batchNorm: false }), square(32, 1));
    for (const network of [networks.generator, networks.discriminator]) {
      expect(network.statistics).toEqual([]);
      expect(network.parameters.every(({ name }) => name.endsWith('.conv.weight'))).toBe(true);
    }
  });

  it('of mlp2d give one logit for all points that D judges together, and normalise in G alone', () => {
    const { generator, discriminator } = networksOf(pacgan(3), { kind: 'plane' });
    expect(shapesOf(discriminator, [6, 2])).toEqual({
      dense1: [2, 200],
      dense2: [2, 200],
      dense3: [2, 200],
      dense4: [2, 1],
    });
    expect(generator.statistics.map(({ name, shape }) => [name, shape])).toEqual(
      [1, 2, 3, 4].flatMap((i) => [
        [`dense${i}.norm.mean`, [400]],
        [`dense${i}.norm.variance`, [400]],
      ]),
    );
    expect(generator.parameters.flatMap(({ name }) => (/^dense\d\.bias$/.test(name) ? [name] : []))).toEqual([
      'dense5.bias',
    ]);
    expect(discriminator.statistics).toEqual([]);
  });

  it('of mlp2d with maxout give the largest of each unit’s linear maps', () => {
    const { discriminator } = networksOf(smallPlane({ layersD: 1, widthD: 2, maxoutD: 3 }), { kind: 'plane' });
    const weights = [1, 0, -1, 2, 3, -4, 0, 1, 2, 0, -3, 1];
    const biases = [0, 0.5, 0, 0, 0, 1];
    const point = [0.5, -2];
    // Maps of all units one after another: unit u has maps u, u + 2 and u + 4.
    const maps = biases.map((bias, k) => point.reduce((y, x, row) => y + x * (weights[6 * row + k] as number), bias));
    const units = [0, 1].map((u) => Math.max(...[0, 2, 4].map((k) => maps[u + k] as number)));
    const { logit } = evaluateExpression(
      {
        input: { shape: [1, 2], data: point },
        parameters: { shape: [21], data: [...weights, ...biases, 1, 10, 100] },
      },
      (given) => ({
        logit: discriminator.apply({
          input: given.input,
          parameters: unflatten(given.parameters, discriminator.parameters),
          statistics: new Map(),
          mode: 'train',
          probe: () => {},
        }).output,
      }),
    );
    expect(logit[0]).toBeCloseTo((units[0] as number) + 10 * (units[1] as number) + 100, 10);
  });

  it('of mlp2d end in a point and in one logit', () => {
    const { generator, discriminator } = networksOf(mlp(3, 5, { nz: 4 }), { kind: 'plane' });
    expect(shapesOf(generator, [6, 4])).toEqual({
      dense1: [6, 5],
      dense2: [6, 5],
      dense3: [6, 5],
      dense4: [6, 2],
    });
    expect(Object.values(shapesOf(discriminator, [6, 2])).at(-1)).toEqual([6, 1]);
  });
});

describe('the last layer', () => {
  /** What a network makes of one input, with its first weights a thousand times as large. */
  function outputOf(network: Network, input: { shape: number[]; data: number[] }, seed = 1): number[] {
    const parameters = Array.from(initialValues(network.parameters, seed, 1), (x) => 1_000 * x);
    const statistics = Array.from(initialValues(network.statistics, 1, 1));
    return evaluateExpression(
      {
        input,
        parameters: { shape: [parameters.length], data: parameters },
        statistics: { shape: [Math.max(statistics.length, 1)], data: statistics.length > 0 ? statistics : [0] },
      },
      (given) => ({
        output: network.apply({
          input: given.input,
          parameters: unflatten(given.parameters, network.parameters),
          statistics: statistics.length > 0 ? unflatten(given.statistics, network.statistics) : new Map(),
          mode: 'sample',
          probe: () => {},
        }).output,
      }),
    ).output;
  }
  const noise = { shape: [8, 2], data: Array.from({ length: 16 }, (_, i) => Math.sin(i + 1)) };
  const extremes = (values: readonly number[]): [number, number] => [Math.min(...values), Math.max(...values)];

  it('of G is tanh on the laws of the unit square and on images', () => {
    for (const dataset of ['gaussians', 'line', 'ring', 'disjoint', 'drawing'] as const)
      expect(extremes(outputOf(networksOf(mlp(2, 8, { dataset }), { kind: 'plane' }).generator, noise))).toEqual([
        -1, 1,
      ]);
    const { generator } = networksOf(dcgan(16, 4, { nz: 2 }), square(16, 1));
    expect(extremes(outputOf(generator, noise))).toEqual([-1, 1]);
  });

  it('of G is linear on the ring of 8 and the grid of 25, and D’s a logit of either sign', () => {
    for (const dataset of ['ring8', 'grid25'] as const)
      for (const network of Object.values(networksOf(mlp(2, 8, { dataset }), { kind: 'plane' }))) {
        const [least, most] = extremes([1, 2, 3, 4].flatMap((seed) => outputOf(network, noise, seed)));
        expect(least).toBeLessThan(-1);
        expect(most).toBeGreaterThan(1);
      }
  });
});

it('dcgan’s D lets negative values through by the configured slope', () => {
  const at = (leak: number): Network => networksOf(dcgan(16, 4, { leak }), square(16, 1)).discriminator;
  const input = { shape: [1, 1, 16, 16], data: Array.from({ length: 256 }, (_, i) => Math.sin(i)) };
  const firstLayer = (leak: number): number[] => {
    const network = at(leak);
    const parameters = Array.from(initialValues(network.parameters, 1, 1));
    const statistics = Array.from(initialValues(network.statistics, 1, 1));
    return evaluateExpression(
      {
        input,
        parameters: { shape: [parameters.length], data: parameters },
        statistics: { shape: [statistics.length], data: statistics },
      },
      (given) => {
        const probed: Record<string, Sym> = {};
        network.apply({
          input: given.input,
          parameters: unflatten(given.parameters, network.parameters),
          statistics: unflatten(given.statistics, network.statistics),
          mode: 'sample',
          probe: (name, tensor) => {
            probed[name] = tensor;
          },
        });
        return { first: probed.block1 as Sym };
      },
    ).first;
  };
  const linear = firstLayer(1);
  const leaky = firstLayer(0.25);
  linear.forEach((x, i) => {
    expect(leaky[i]).toBeCloseTo(x > 0 ? x : x / 4, 12);
  });
  expect(Math.min(...linear)).toBeLessThan(-0.01);
});

it.each([8, 24, 48])('dcgan refuses %i px, which is no power of two from 16', (side) => {
  expect(() => networksOf(dcgan(side, 4), square(side, 1))).toThrow(/power of two from 16 px, not/);
});

it('a model that is told classes refuses images without', () => {
  expect(() => networksOf(conditional(), square(32, 1))).toThrow('cdcgan needs images with classes');
});

it('a model refuses samples of another kind or size', () => {
  expect(() => networksOf(mlp(1, 4), square(32, 1))).toThrow(/mlp2d trains on laws of the plane/);
  expect(() => networksOf(dcgan(32, 4), { kind: 'plane' })).toThrow(/dcgan trains on images/);
  expect(() => networksOf(dcgan(32, 4), square(64, 1))).toThrow(/32 px got images of 64×64/);
});
