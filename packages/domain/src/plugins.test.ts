import { expect, it } from 'vitest';
import { type Configuration, shapeKey } from './configuration.ts';
import { addPlugins, pluginFiles, pluginsOf, pluginsOfKind, pluginValues } from './plugins.ts';

const focal = { kind: 'loss', name: 'plugin:focal', doc: 'd', hash: '0123456789abcdef', fields: [] } as const;
const laplace = { kind: 'noise law', name: 'plugin:laplace', doc: 'd', hash: 'fedcba9876543210', fields: [] } as const;

it('plugins are known by kind and name, and their files are part of what a configuration says', () => {
  addPlugins([focal, laplace]);
  expect(pluginsOfKind('loss')).toEqual(['plugin:focal']);
  expect(pluginFiles()).toEqual(['focal@0123456789abcdef', 'laplace@fedcba9876543210']);
  expect(pluginsOf({ loss: 'plugin:focal', noise: 'gaussian', dataset: 'ring8', model: 'mlp2d' })).toBe(
    'focal@0123456789abcdef',
  );
  expect(pluginsOf({ loss: 'plugin:focal', noise: 'plugin:laplace', dataset: 'ring8', model: 'mlp2d' })).toBe(
    'focal@0123456789abcdef laplace@fedcba9876543210',
  );
  expect(pluginsOf({ loss: 'hinge', noise: 'gaussian', dataset: 'ring8', model: 'mlp2d' })).toBeUndefined();
  expect(() => addPlugins([{ ...laplace, name: 'plugin:focal' }])).toThrow(
    /a loss and a noise law are called focal: give each a name of its own/,
  );
});

it('numbers of losses and noise laws from plugins may differ in a pack, and nothing else of plugins', () => {
  const configuration = {
    loss: 'plugin:focal',
    noise: 'plugin:laplace',
    'focal.gamma': 2,
    'focal.form': 'a',
    'laplace.scale': 1,
    'other.depth': 1,
  };
  expect(pluginValues('plugin:focal', configuration)).toEqual({ gamma: 2, form: 'a' });
  const key = (change: object) => shapeKey({ ...configuration, ...change } as unknown as Configuration);
  expect(key({ 'focal.gamma': 3, 'laplace.scale': 2 })).toBe(key({}));
  expect(key({ 'focal.form': 'b' })).not.toBe(key({}));
  expect(key({ 'other.depth': 2 })).not.toBe(key({}));
});
