import { traceProgram } from '@gansweep/program';
import { describe, expect, it } from 'vitest';
import { slopeErrors } from '../../test/finite-differences.ts';
import { differenceOnOnnx, drawn, objectivesOf, pointsOf, SMOOTH } from '../../test/style-networks.ts';
import { totalSize } from '../parameters.ts';
import type { StyleSizes } from './style-sizes.ts';
import { stylegan } from './stylegan.ts';

const LITE: StyleSizes = {
  resolution: 32,
  channels: 1,
  nz: 128,
  mappingLayers: 8,
  ngf: 32,
  ndf: 32,
  spectralNorm: false,
};

describe('stylegan', () => {
  it.each([
    // G: mapping 132,096, constant 35,328, five layers 128 → 128 of 180,736 (kernels, bias, noise, two affine maps), 90,368 and
    // 53,504 at 32 px, image 65. D: that of stylegan2 without its skips, 40,960.
    [32, 1, 1_215_041, 1_112_385],
    // 26,752 and 17,536 more at 64 px, and an image of 99. D: without 43,008.
    [64, 3, 1_215_041 - 65 + 26_752 + 17_536 + 99, 1_183_137 - 43_008],
  ])('at %i px with %i channels has as many parameters as its layers add up to', (resolution, channels, ofG, ofD) => {
    const { generator, discriminator } = stylegan({ ...LITE, resolution, channels });
    expect([totalSize(generator.parameters), totalSize(discriminator.parameters)]).toEqual([ofG, ofD]);
  });

  it('has the maps of the small network, and a style and a noise map for every layer', () => {
    const { generator } = stylegan(LITE);
    traceProgram((tracer) => {
      const { output, styles, shapes } = drawn(generator, tracer, LITE);
      expect(shapes).toEqual({
        mapping: [4, 128],
        constant: [4, 128, 4, 4],
        'side4.conv': [4, 128, 4, 4],
        'side8.up': [4, 128, 8, 8],
        'side8.conv': [4, 128, 8, 8],
        'side16.up': [4, 128, 16, 16],
        'side16.conv': [4, 128, 16, 16],
        'side32.up': [4, 64, 32, 32],
        'side32.conv': [4, 64, 32, 32],
        image: [4, 1, 32, 32],
      });
      expect(output.shape).toEqual([4, 1, 32, 32]);
      expect(styles?.shape).toEqual([4, 8, 128]);
      return { outputs: {} };
    });
    expect(generator.draws).toEqual({ layers: 8, layerNoise: 2 * (16 + 64 + 256 + 1024) });
  });

  it.each([4, 12, 48])('refuses %i px', (resolution) => {
    expect(() => stylegan({ ...LITE, resolution })).toThrow(/power of two from 8 px/);
  });
});

const { 'path lengths of G': _, ...first } = objectivesOf(stylegan(SMOOTH));
describe.each(Object.entries(first))('the gradient of %s', (__, program) => {
  it('is that of finite differences', () => {
    const errors = slopeErrors(program, { inputs: pointsOf(program), by: 'parameters', count: 17 });
    expect(errors.largestSlope).toBeGreaterThan(1e-5);
    expect(errors.largestError).toBeLessThan(1e-6);
  });

  it('is the same on ONNX Runtime as on the float64 reference', async () => {
    expect(await differenceOnOnnx(program)).toBeLessThan(1e-4);
  });
});
