import { evaluateProgram, type Sym, traceProgram } from '@gansweep/program';
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

  it.each([
    ['stylegan', stylegan],
    ['stylegan2', stylegan2],
    ['stylegan3', stylegan3],
  ] as const)(
    '%s gives no convolution of G or D more than its clamp, and is the same where none reaches it',
    (_, networks) => {
      const made = (activationClamp: number): number[][] => {
        const sizes = { ...SMOOTH, activation: gainedLeakyRelu, activationClamp };
        const { generator, discriminator } = networks(sizes);
        const program = traceProgram((tracer) => {
          const { output } = drawn(generator, tracer, sizes);
          const judged: Record<string, Sym> = { output };
          discriminator.apply({
            input: tracer.input('images', [4, 2, 8, 8]),
            parameters: unflatten(tracer.input('pD', [totalSize(discriminator.parameters)]), discriminator.parameters),
            statistics: new Map(),
            mode: 'train',
            probe: (name, tensor) => {
              judged[name] = tensor;
            },
          });
          return { outputs: judged };
        });
        const values = evaluateProgram(program, { state: new Map(), inputs: pointsOf(program) });
        return program.outputs.map(({ symbol }) => Array.from(values.get(symbol)?.data ?? []));
      };
      const most = (tensors: readonly number[][]): number => Math.max(...tensors.flat().map(Math.abs));
      const [free, wide] = [made(0), made(1000)];
      expect(wide).toEqual(free);
      const [image, ...layers] = made(0.1) as [number[], ...number[][]];
      expect(image).not.toEqual(free[0]);
      // The dense end of D is free.
      const convolutions = layers.slice(0, -2);
      expect(most(convolutions)).toBeLessThan(0.1001);
      expect(most(free.slice(1, -2))).toBeGreaterThan(0.5);
    },
  );

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
