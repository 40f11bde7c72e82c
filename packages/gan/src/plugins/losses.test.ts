import { describe, expect, it } from 'vitest';
import { lossNamed } from '../losses.ts';
import { addPluginLoss, checkLoss, type PluginLoss } from './losses.ts';

/** Focal loss of Lin et al. (2017), eq. 4, with γ = 2 as an objective: (1 − p)² · −log p for either label. */
const focal: PluginLoss = {
  name: 'focal',
  doc: 'Focal loss',
  hash: '0123456789abcdef',
  file: 'focal.mjs',
  fields: [],
  discriminator: ({ real, fake }, { add, mean, mul, neg, sigmoid, softplus, square }) =>
    add(
      mean(mul(square(sigmoid(neg(real))), softplus(neg(real))), [0, 1]),
      mean(mul(square(sigmoid(fake)), softplus(fake)), [0, 1]),
    ),
  generator: (fake, { mean, neg, softplus }) => mean(softplus(neg(fake)), [0, 1]),
};

describe('a loss from a plugin', () => {
  it('is sound when its gradients are its finite differences', () => {
    const { error, problem } = checkLoss(focal);
    expect(problem).toBeNull();
    expect(error).toBeLessThan(1e-6);
  });

  it.each<[string, Partial<PluginLoss>, RegExp]>([
    [
      'a gradient that is not its own',
      { generator: (fake, { add, mean, mul, stopGradient }) => mean(add(fake, mul(fake, stopGradient(fake))), [0, 1]) },
      /off its finite differences/,
    ],
    ['no scalar', { generator: (fake) => fake }, /G's half gives \[4,1\]/],
    ['nothing', { generator: () => undefined as never }, /gives no symbolic tensor/],
    ['a logarithm below 0', { generator: (fake, { log, mean }) => mean(log(fake), [0, 1]) }, /is not finite/],
    ['no eye for fakes', { discriminator: ({ real }, { mean }) => mean(real, [0, 1]) }, /does not depend on the fakes/],
    [
      'a throw',
      {
        generator: () => {
          throw new Error('no such thing');
        },
      },
      /no such thing/,
    ],
    [
      'what it becomes at the end of a field',
      {
        fields: [{ name: 'scale', doc: 'd', kind: { type: 'real', min: 0, max: 2 }, default: 1 }],
        generator: (fake, { div, mean }, { scale }) => mean(div(fake, scale as never), [0, 1]),
      },
      /is not finite.*, at scale 0$/,
    ],
  ])('is refused for %s', (_, change, problem) => {
    expect(checkLoss({ ...focal, ...change }).problem).toMatch(problem);
  });

  it('is found by its name once it is added', () => {
    addPluginLoss('plugin:focal', focal);
    expect(lossNamed('plugin:focal', 'mlp2d').generator).toBeTypeOf('function');
    expect(() => lossNamed('plugin:other', 'mlp2d')).toThrow(/no loss is called plugin:other/);
  });
});
