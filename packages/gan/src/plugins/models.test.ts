import { addPlugins, type Configuration } from '@gansweep/domain';
import { onnxExecutor, type Sym } from '@gansweep/program';
import { describe, expect, it } from 'vitest';
import { smallImages, stripes, tell, withClasses } from '../../test/small-runs.ts';
import { decodeCheckpoint } from '../checkpoint.ts';
import { openGenerator } from '../generator.ts';
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

  /** The same with a normalised hidden layer, and told the class in front of it. */
  const conditional: PluginModel = {
    ...flat,
    name: 'told',
    condition: 'classes',
    generator: ({ nz, side, channels, classes }) => ({
      parameters: {
        'first.weight': { shape: [nz + classes, 6], deviation: 0.5 },
        'last.weight': { shape: [6, channels * side * side], deviation: 0.5 },
      },
      norms: { first: 6 },
      apply: (z, tensors, { concat, matMul, reshape, tanh }, { normalise, condition }) => {
        const x = concat([z, condition as Sym], 1);
        const hidden = tanh(normalise('first', matMul(x, tensors['first.weight'] as never)));
        return reshape(tanh(matMul(hidden, tensors['last.weight'] as never)), [
          z.shape[0] as number,
          channels,
          side,
          side,
        ]);
      },
    }),
    discriminator: ({ side, channels, classes }) => ({
      parameters: {
        'image.weight': { shape: [channels * side * side, 4], deviation: 0.1 },
        'class.weight': { shape: [classes, 4], deviation: 0.5 },
        'last.weight': { shape: [4, 1], deviation: 0.5 },
      },
      apply: (x, tensors, { add, matMul, reshape, tanh }, { condition }) => {
        const image = matMul(
          reshape(x, [x.shape[0] as number, channels * side * side]),
          tensors['image.weight'] as never,
        );
        return matMul(
          tanh(add(image, matMul(condition as Sym, tensors['class.weight'] as never))),
          tensors['last.weight'] as never,
        );
      },
    }),
  };

  it('may normalise its batches and be told classes: gradients hold, running statistics move and make its samples', async () => {
    expect(checkModel(conditional)).toMatchObject({ problem: null });
    const { name, doc, hash, learns, sides } = conditional;
    addPlugins([
      { kind: 'model', name: `plugin:${name}`, doc, hash, fields: [], model: { learns, sides, condition: 'classes' } },
    ]);
    addModel('plugin:told', conditional);
    const configuration = { ...smallImages({ images: 80 }), model: 'plugin:told' } as unknown as Configuration;
    const executor = await onnxExecutor();
    const { end } = await tell({ configuration, reals: withClasses(stripes(), 3), executor });
    if (end.kind === 'diverged') throw new Error('diverged');
    const { tensors } = decodeCheckpoint(end.generator);
    // Mean 0 and variance 1 of six maps at first.
    expect(tensors.sG).toHaveLength(12);
    expect(Array.from(tensors.sG ?? [])).not.toEqual([...new Array(6).fill(0), ...new Array(6).fill(1)]);
    await using opened = await openGenerator(end.generator, executor);
    const of = async (number: number) => (await opened.draw({ count: 2, seed: 1, classOf: () => number })).data;
    expect(await of(0)).not.toEqual(await of(1));
    expect(await of(0)).toEqual(await of(0));
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
      'a normalisation that it did not declare',
      changed('generator', (z, _, __, { normalise }) => normalise('first', z)),
      /the generator normalises 'first', which is not among its norms/,
    ],
    [
      'a normalisation of other channels',
      {
        generator: (...given) => ({
          ...flat.generator(...given),
          norms: { extra: 5 },
          apply: (z, _, __, { normalise }) => normalise('extra', z),
        }),
      },
      /normalises 4 channels by 'extra', which has 5/,
    ],
    [
      'a normalisation that is called as a parameter is',
      { generator: (...given) => ({ ...flat.generator(...given), norms: { first: 3 } }) },
      /the generator has a normalisation and a parameter called first/,
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
