import { addPlugins, type Configuration } from '@gansweep/domain';
import { describe, expect, it } from 'vitest';
import { createStepProgram } from '../step-program.ts';
import { addModel, checkModel, type PluginModel } from './models.ts';

const width = { name: 'width', doc: 'd', kind: { type: 'integer', min: 1, max: 8 }, default: 3 } as const;
/** One hidden layer on flat pictures, or points. */
const flat: PluginModel = {
  name: 'flat',
  doc: 'd',
  hash: '0123456789abcdef',
  file: 'flat.mjs',
  fields: [width],
  learns: 'images',
  sides: [16],
  generator: ({ nz, side, channels }, { width: hidden }) => ({
    parameters: {
      'first.weight': { shape: [nz, Number(hidden)], deviation: 0.5 },
      'first.bias': { shape: [Number(hidden)], value: 0.1 },
      'last.weight': { shape: [Number(hidden), channels * side * side], deviation: 0.5 },
    },
    apply: (z, tensors, { add, matMul, reshape, tanh }) => {
      const x = tanh(add(matMul(z, tensors['first.weight'] as never), tensors['first.bias'] as never));
      return reshape(tanh(matMul(x, tensors['last.weight'] as never)), [z.shape[0] as number, channels, side, side]);
    },
  }),
  discriminator: ({ side, channels }) => ({
    parameters: { 'only.weight': { shape: [channels * side * side, 1], deviation: 0.1 } },
    apply: (x, tensors, { matMul, reshape }) =>
      matMul(reshape(x, [x.shape[0] as number, channels * side * side]), tensors['only.weight'] as never),
  }),
};

describe('a model from a plugin', () => {
  it('is sound when its networks fit and their gradients are their finite differences', () => {
    const { error, problem } = checkModel(flat);
    expect(problem).toBeNull();
    expect(error).toBeLessThan(1e-6);
  });

  it('has its networks in the programs of a configuration, by its fields, with spectral norm of its weights', () => {
    const { name, doc, hash, fields, learns, sides } = flat;
    addPlugins([{ kind: 'model', name: `plugin:${name}`, doc, hash, fields, model: { learns, sides } }]);
    addModel('plugin:flat', flat);
    const configuration = {
      model: 'plugin:flat',
      resolution: 16,
      nz: 2,
      batch: 2,
      dSteps: 1,
      gSteps: 1,
      optimizer: 'sgd',
      loss: 'non-saturating',
      spectralNorm: true,
      'flat.width': 5,
    };
    const shape = { kind: 'images', height: 16, width: 16, channels: 3 } as const;
    const { pG, pD, sD } = createStepProgram(configuration as unknown as Configuration, shape).initialState(1);
    expect([pG?.length, pD?.length, sD?.length]).toEqual([2 * 5 + 5 + 5 * 768, 768, 768]);
  });

  const changed = (network: 'generator' | 'discriminator', apply: ReturnType<PluginModel['generator']>['apply']) => ({
    [network]: (...given: Parameters<PluginModel['generator']>) => ({ ...flat[network](...given), apply }),
  });
  it.each<[string, Partial<PluginModel>, RegExp]>([
    [
      'samples of another shape',
      changed('generator', (z) => z),
      /the generator gives \[3,4\], and \[3,1,16,16\] is wanted/,
    ],
    ['nothing', changed('discriminator', () => undefined as never), /the discriminator gives no symbolic tensor/],
    [
      'a gradient that is not its own',
      changed('discriminator', (x, tensors, { mul, matMul, reshape, stopGradient }) => {
        const logits = matMul(reshape(x, [3, x.shape[1] === 3 ? 768 : 256]), tensors['only.weight'] as never);
        return mul(logits, stopGradient(logits));
      }),
      /the gradient of the generator is .* off its finite difference/,
    ],
    [
      'a discriminator that does not look',
      changed('discriminator', (x, tensors, { add, mean, mul, reshape }) =>
        add(mul(reshape(mean(x, [1, 2, 3]), [3, 1]), 0), mean(tensors['only.weight'] as never, [0, 1])),
      ),
      /does not depend on the parameters of the generator/,
    ],
    [
      'a throw at the end of a field',
      {
        generator: (settings, values) => {
          if (values.width === 8) throw new Error('too wide');
          return flat.generator(settings, values);
        },
      },
      /too wide, at width 8/,
    ],
  ])('is refused for %s', (_, change, problem) => {
    expect(checkModel({ ...flat, ...change }).problem).toMatch(problem);
  });
});
