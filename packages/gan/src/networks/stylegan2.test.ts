import {
  gradients,
  mean,
  mul,
  onnxExecutor,
  type Program,
  referenceExecutor,
  type Sym,
  softplus,
  sub,
  sum,
  traceProgram,
} from '@gansweep/program';
import { describe, expect, it } from 'vitest';
import { pointsAlong, slopeErrors } from '../../test/finite-differences.ts';
import { totalSize, unflatten } from '../parameters.ts';
import { gradientEnergy, pathLengths } from '../regularisation/penalties.ts';
import { groupSize } from './minibatch-deviation.ts';
import type { Network } from './network.ts';
import { type Stylegan2Sizes, stylegan2 } from './stylegan2.ts';

const LITE: Stylegan2Sizes = {
  resolution: 32,
  channels: 1,
  nz: 128,
  mappingLayers: 2,
  ngf: 32,
  ndf: 32,
  spectralNorm: false,
};
/** Smooth, so that finite differences cross no kink. */
const SMOOTH: Stylegan2Sizes = {
  resolution: 8,
  channels: 2,
  nz: 3,
  mappingLayers: 2,
  ngf: 1,
  ndf: 1,
  spectralNorm: false,
  activation: (x) => sub(mul(softplus(x), 2), 1),
};
const BATCH = 4;

/** What G makes of a batch, with every kind of draw. */
function drawn(
  network: Network,
  tracer: Parameters<Parameters<typeof traceProgram>[0]>[0],
  sizes: Stylegan2Sizes,
  mode: 'train' | 'sample' = 'train',
) {
  const shapes: Record<string, readonly number[]> = {};
  const { layerNoise = 0 } = network.draws ?? {};
  const passed = network.apply({
    input: tracer.input('z', [BATCH, sizes.nz]),
    parameters: unflatten(tracer.input('parameters', [totalSize(network.parameters)]), network.parameters),
    statistics: unflatten(tracer.input('statistics', [totalSize(network.statistics)]), network.statistics),
    mode,
    draws: {
      mixing: { second: tracer.input('z2', [BATCH, sizes.nz]), from: tracer.input('from', [BATCH]) },
      layerNoise: tracer.input('layerNoise', [BATCH, layerNoise]),
      ...(mode === 'sample' ? { truncation: tracer.input('truncation', []) } : {}),
    },
    probe: (name, tensor) => {
      shapes[name] = tensor.shape;
    },
  });
  return { ...passed, shapes };
}

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

  it.each([4, 12, 48])('refuses %i px', (resolution) => {
    expect(() => stylegan2({ ...LITE, resolution })).toThrow(/power of two from 8 px/);
  });

  it.each([
    [32, 4],
    [6, 3],
    [10, 2],
    [7, 1],
  ])('compares images of a batch of %i in groups of %i', (batch, size) => {
    expect(groupSize(batch)).toBe(size);
  });
});

const everything = (x: Sym): readonly number[] => x.shape.map((_, axis) => axis);
/** A scalar that weighs every element differently. */
const weighed = (x: Sym, by: Sym): Sym => sum(mul(x, by), everything(x));

/** Objectives whose gradients by `parameters` are compared; the last two hold gradients themselves. */
function objectives(): Record<string, Program> {
  const { generator, discriminator } = stylegan2(SMOOTH);
  const judge = (x: Sym, parameters: Sym): Sym =>
    discriminator.apply({
      input: x,
      parameters: unflatten(parameters, discriminator.parameters),
      statistics: new Map(),
      mode: 'train',
      probe: () => {},
    }).output;
  const ofScores = (score: (x: Sym, parameters: Sym) => Sym): Program =>
    traceProgram((tracer) => {
      const parameters = tracer.input('parameters', [totalSize(discriminator.parameters)]);
      const value = score(tracer.input('x', [BATCH, SMOOTH.channels, 8, 8]), parameters);
      return { outputs: { value, slope: gradients(value, [parameters])[0] as Sym } };
    });
  const ofImages = (score: (made: ReturnType<typeof drawn>, weights: Sym) => Sym): Program =>
    traceProgram((tracer) => {
      const made = drawn(generator, tracer, SMOOTH);
      const value = score(made, tracer.input('weights', [...made.output.shape]));
      const parameters = made.output.graph.nodes.find(({ name }) => name === 'parameters') as Sym;
      return { outputs: { value, slope: gradients(value, [parameters])[0] as Sym } };
    });
  return {
    'scores of D': ofScores((x, parameters) => mean(softplus(judge(x, parameters)), [0, 1])),
    'R1 of D': ofScores((x, parameters) => gradientEnergy(judge(x, parameters), x)),
    'images of G': ofImages(({ output }, weights) => weighed(output, weights)),
    'path lengths of G': ofImages(({ output, styles }, weights) => {
      const made = { images: output, styles: styles as Sym };
      return pathLengths(made, { directions: weights, average: mean(weights, [0, 1, 2, 3]) }).penalty;
    }),
  };
}

describe.each(Object.entries(objectives()))('the gradient of %s', (_, program) => {
  it('is that of finite differences', () => {
    const errors = slopeErrors(program, { inputs: pointsAlong(program), by: 'parameters', count: 17 });
    expect(errors.largestSlope).toBeGreaterThan(1e-5);
    expect(errors.largestError).toBeLessThan(1e-6);
  });

  it('is the same on ONNX Runtime as on the float64 reference', async () => {
    const inputs = Object.fromEntries(
      [...pointsAlong(program)].map(([name, values]) => [name, Float32Array.from(values)]),
    );
    const results = [];
    for (const executor of [await onnxExecutor(), referenceExecutor()]) {
      await using loaded = await executor.load(program);
      results.push((await loaded.run(inputs, 1)).slope as Float32Array);
    }
    const [found, expected] = results as [Float32Array, Float32Array];
    const scale = Math.max(...expected.map(Math.abs));
    expect(Math.max(...found.map((x, i) => Math.abs(x - (expected[i] as number)))) / scale).toBeLessThan(1e-4);
  });
});
