import { randomStream } from '@gansweep/domain';
import { describe, expect, it } from 'vitest';
import { fillNoise, noiseAtShares } from '../noise.ts';
import { addNoiseLaw, noiseProblem, type PluginNoiseLaw } from './noise-laws.ts';

const laplace: PluginNoiseLaw = {
  name: 'laplace',
  doc: 'Laplace',
  hash: '0123456789abcdef',
  file: 'laplace.mjs',
  fields: [{ name: 'scale', doc: 'd', kind: { type: 'real', min: 0.1, max: 10 }, default: 1 }],
  place: (shares, { scale }) => shares.map((p) => Number(scale) * (p < 0.5 ? Math.log(2 * p) : -Math.log(2 * (1 - p)))),
};

describe('a noise law from a plugin', () => {
  it('places the uniforms of its draw row by row, by its own fields', () => {
    expect(noiseProblem(laplace)).toBeNull();
    addNoiseLaw('plugin:laplace', laplace);
    const configuration = { noise: 'plugin:laplace', nz: 3, model: 'mlp2d', 'laplace.scale': 2 } as const;
    const noise = new Float32Array(12);
    fillNoise(noise, randomStream(4, 1), 5, configuration, 6);
    const uniforms = new Float64Array(6);
    randomStream(4, 1).uniforms(6, uniforms);
    expect(noise.subarray(6)).toEqual(Float32Array.from(laplace.place(uniforms, { scale: 2 })));
    expect(noiseAtShares(Float32Array.of(0.125, 0.25, 0.75), configuration)).toEqual(
      Float32Array.of(4 * Math.log(0.5), 2 * Math.log(0.5), -2 * Math.log(0.5)),
    );
  });

  let calls = 0;
  it.each<[string, Partial<PluginNoiseLaw>, RegExp]>([
    ['another length', { place: () => [1, 2] }, /gives 2 numbers for 1 shares, at scale 1: give one for each/],
    ['an infinite number', { place: (shares) => shares.map((p) => 1 / (p - 0.5)) }, /not finite, at scale 1/],
    ['a memory', { place: (shares) => shares.map((p) => p + calls++) }, /other numbers for the same shares/],
    ['no eye for shares', { place: (shares) => shares.map(() => 1) }, /the same noise for all shares/],
    [
      'what a field does',
      { place: (shares, { scale }) => shares.map((p) => p / (Number(scale) - 10)) },
      /not finite, at scale 10;/,
    ],
    [
      'a throw',
      {
        place: () => {
          throw new Error('no such thing');
        },
      },
      /no such thing/,
    ],
  ])('is refused for %s', (_, change, problem) => {
    expect(noiseProblem({ ...laplace, ...change })).toMatch(problem);
  });
});
