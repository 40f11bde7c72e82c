import { clamp, evaluateProgram, type Sym, traceProgram } from '@gansweep/program';
import { describe, expect, it } from 'vitest';
import { pointsAlong, slopeErrors } from '../../test/finite-differences.ts';
import { differenceOnOnnx, drawn, objectivesOf, pointsOf, SMOOTH } from '../../test/style-networks.ts';
import { totalSize, unflatten } from '../parameters.ts';
import { gainedLeakyRelu } from './equalised-layers.ts';
import { groupSize } from './minibatch-deviation.ts';
import type { StyleSizes } from './style-sizes.ts';
import { stylegan } from './stylegan.ts';
import { stylegan2 } from './stylegan2.ts';
import { stylegan3 } from './stylegan3.ts';

const LITE: StyleSizes = {
  resolution: 32,
  channels: 1,
  nz: 128,
  mappingLayers: 2,
  ngf: 32,
  ndf: 32,
  spectralNorm: false,
};

describe('stylegan2', () => {
  it.each([
    // G: mapping 33,024, constant 2,048, five layers 128 → 128 of 164,097 (style, kernels, bias, noise), 90,305 and 45,185 at
    // 32 px, images 3 · 16,641 + 8,321. D: image 128, blocks 118,976 and 2 · 311,552, end 148,736 + 262,272 + 129.
    [32, 1, 1_049_291, 1_153_345],
    [64, 3, 1_094_520, 1_183_137],
  ])('at %i px with %i channels has as many parameters as its layers add up to', (resolution, channels, ofG, ofD) => {
    const { generator, discriminator } = stylegan2({ ...LITE, resolution, channels });
    expect([totalSize(generator.parameters), totalSize(discriminator.parameters)]).toEqual([ofG, ofD]);
  });

  it('that is told classes has their embedding, a wider mapping network, and a D of as many features as the embedding', () => {
    const told = stylegan2({ ...LITE, classes: 10 });
    // Ten classes of 128 numbers and their biases; 128 more inputs of the mapping; 128 scores for one.
    expect(totalSize(told.generator.parameters)).toBe(1_049_291 + 11 * 128 + 128 ** 2);
    expect(totalSize(told.discriminator.parameters)).toBe(1_153_345 + 11 * 128 + 127 * 129);
    const unaware = stylegan2({ ...LITE, classes: 10, conditionD: false });
    expect(totalSize(unaware.generator.parameters)).toBe(totalSize(told.generator.parameters));
    expect(totalSize(unaware.discriminator.parameters)).toBe(1_153_345);
  });

  it('has the maps of the small network', () => {
    const { generator, discriminator } = stylegan2(LITE);
    traceProgram((tracer) => {
      const { output, styles, shapes } = drawn(generator, tracer, LITE);
      expect(shapes).toEqual({
        mapping: [4, 128],
        'side4.conv': [4, 128, 4, 4],
        'side4.image': [4, 1, 4, 4],
        'side8.up': [4, 128, 8, 8],
        'side8.conv': [4, 128, 8, 8],
        'side8.image': [4, 1, 8, 8],
        'side16.up': [4, 128, 16, 16],
        'side16.conv': [4, 128, 16, 16],
        'side16.image': [4, 1, 16, 16],
        'side32.up': [4, 64, 32, 32],
        'side32.conv': [4, 64, 32, 32],
        'side32.image': [4, 1, 32, 32],
      });
      // One image layer takes the style of the next side's first convolution; only the last has one of its own.
      expect(styles?.shape).toEqual([4, 8, 128]);
      const judged: Record<string, readonly number[]> = {};
      discriminator.apply({
        input: output,
        parameters: unflatten(tracer.state('pD', [totalSize(discriminator.parameters)]), discriminator.parameters),
        statistics: new Map(),
        mode: 'train',
        probe: (name, tensor) => {
          judged[name] = tensor.shape;
        },
      });
      expect(judged).toEqual({
        image: [4, 64, 32, 32],
        'side32.conv': [4, 64, 32, 32],
        'side32.down': [4, 128, 16, 16],
        'side16.conv': [4, 128, 16, 16],
        'side16.down': [4, 128, 8, 8],
        'side8.conv': [4, 128, 8, 8],
        'side8.down': [4, 128, 4, 4],
        'side4.conv': [4, 128, 4, 4],
        dense: [4, 128],
        score: [4, 1],
      });
      return { outputs: {} };
    });
  });

  describe.each([
    ['stylegan', stylegan],
    ['stylegan2', stylegan2],
    ['stylegan3', stylegan3],
  ] as const)('the clamp of %s', (model, networks) => {
    const most = (tensor: readonly number[]): number => Math.max(...tensor.map(Math.abs));
    const within = (tensor: readonly number[], bound: number): readonly number[] =>
      tensor.map((x) => Math.max(Math.min(x, bound), -bound));
    /** What every layer of G, and of D for images of its own, gives; D's have `D.` before their names. */
    const made = (change: Partial<StyleSizes>): Readonly<Record<string, readonly number[]>> => {
      const sizes = { ...SMOOTH, activation: gainedLeakyRelu, ...change };
      const { generator, discriminator } = networks(sizes);
      const program = traceProgram((tracer) => {
        const { output, layers } = drawn(generator, tracer, sizes);
        const outputs: Record<string, Sym> = { ...layers, output };
        discriminator.apply({
          input: tracer.input('images', [4, 2, 8, 8]),
          parameters: unflatten(tracer.input('pD', [totalSize(discriminator.parameters)]), discriminator.parameters),
          statistics: new Map(),
          mode: 'train',
          probe: (name, tensor) => {
            outputs[`D.${name}`] = tensor;
          },
        });
        return { outputs };
      });
      const values = evaluateProgram(program, { state: new Map(), inputs: pointsOf(program) });
      return Object.fromEntries(
        program.outputs.map(({ name, symbol }) => [name, Array.from(values.get(symbol)?.data ?? [])]),
      );
    };
    const free = made({});

    it('changes nothing where no layer reaches it', () => {
      expect(made({ activationClamp: 1000 })).toEqual(free);
    });

    it('limits what convolutions of G and D give behind their activation, and neither styles nor the dense end of D', () => {
      const CLAMP = 0.1;
      const clamped = made({ activationClamp: CLAMP });
      // Maps have four axes; rows of styles and of D's dense end have two.
      const limited = made({
        activation: (x) => {
          const y = gainedLeakyRelu(x);
          return x.shape.length === 4 ? clamp(y, -CLAMP, CLAMP) : y;
        },
      });
      const images = ['output', 'image', 'image8', 'side4.image', 'side8.image'];
      const ofLayers = (all: typeof free) => Object.entries(all).filter(([name]) => !images.includes(name));
      expect(ofLayers(clamped)).toEqual(ofLayers(limited));
      expect(ofLayers(clamped)).not.toEqual(ofLayers(free));
      const { output = [], ...others } = clamped;
      if (model === 'stylegan') expect(output).toEqual(limited.output);
      else {
        // What each side of StyleGAN2 adds to the image is limited; their sum is not.
        const image = model === 'stylegan2' ? 'side4.image' : 'image';
        expect(others[image]).toEqual(within(limited[image] ?? [], CLAMP));
        expect(others[image]).not.toEqual(limited[image]);
      }
      if (model === 'stylegan2') {
        expect(most(output)).toBeGreaterThan(1.001 * CLAMP);
        expect(most(output)).toBeLessThan(2.001 * CLAMP);
      }
    });
  });

  it.each([4, 12, 48])('refuses %i px', (resolution) => {
    expect(() => stylegan2({ ...LITE, resolution })).toThrow(/power of two from 8 px/);
  });

  it.each([
    [32, 4, 4],
    [6, 4, 3],
    [10, 4, 2],
    [7, 4, 1],
    [64, 32, 32],
    [48, 32, 24],
    [8, 32, 8],
    [8, 1, 1],
  ])('compares images of a batch of %i in groups of at most %i: of %i', (batch, largest, size) => {
    expect(groupSize(batch, largest)).toBe(size);
  });

  it('has a D without skips where it is asked for, and one that compares as many images as it is told', () => {
    const { discriminator } = stylegan2({ ...LITE, residualD: false });
    // The skips of three blocks have no biases.
    expect(totalSize(discriminator.parameters)).toBe(1_153_345 - (64 * 128 + 2 * 128 ** 2));
    const logits = ([2, 4, undefined] as const).map((deviationGroup) => {
      const { discriminator } = stylegan2({ ...SMOOTH, ...(deviationGroup ? { deviationGroup } : {}) });
      const program = traceProgram((tracer) => {
        const { output } = discriminator.apply({
          input: tracer.input('images', [4, 2, 8, 8]),
          parameters: unflatten(tracer.input('pD', [totalSize(discriminator.parameters)]), discriminator.parameters),
          statistics: new Map(),
          mode: 'train',
          probe: () => {},
        });
        return { outputs: { output } };
      });
      const values = evaluateProgram(program, { state: new Map(), inputs: pointsAlong(program) });
      return values.get(program.outputs[0]?.symbol as Sym)?.data[0];
    });
    expect(logits[1]).not.toBe(logits[0]);
    expect(logits[2]).toBe(logits[1]);
  });
});

const TOLD: StyleSizes = { ...SMOOTH, classes: 3 };
describe.each([
  ...Object.entries(objectivesOf(stylegan2(SMOOTH))),
  ...Object.entries(objectivesOf(stylegan2(TOLD), 'train', TOLD)).map(([name, one]) => [`${name}, told`, one] as const),
])('the gradient of %s', (_, program) => {
  it('is that of finite differences', () => {
    const errors = slopeErrors(program, { inputs: pointsOf(program), by: 'parameters', count: 17 });
    expect(errors.largestSlope).toBeGreaterThan(1e-5);
    expect(errors.largestError).toBeLessThan(1e-6);
  });

  it('is the same on ONNX Runtime as on the float64 reference', async () => {
    expect(await differenceOnOnnx(program)).toBeLessThan(1e-4);
  });
});
