import { addPlugins } from '@gansweep/domain';
import { beforeAll, expect, it } from 'vitest';
import { dataProblemOf } from './known-folders.ts';

beforeAll(() => {
  const facts = { doc: 'd', hash: '0123456789abcdef', fields: [] } as const;
  const images = { kind: 'images', side: 32, channels: 1, count: 200 } as const;
  addPlugins([
    { ...facts, kind: 'data set', name: 'plugin:named', data: { ...images, classes: ['a', 'b'] } },
    { ...facts, kind: 'data set', name: 'plugin:plain', data: { ...images, classes: null } },
    { ...facts, kind: 'model', name: 'plugin:told', model: { learns: 'images', sides: null, condition: 'classes' } },
  ]);
});

it.each(['cdcgan', 'plugin:told'] as const)('%s, which is told classes, needs a set that has them', (model) => {
  expect(dataProblemOf({ model, dataset: 'plugin:named' }, [])).toBeNull();
  expect(dataProblemOf({ model, dataset: 'fractal' }, [])).toBeNull();
  expect(dataProblemOf({ model, dataset: 'plugin:plain' }, [])).toEqual({
    field: 'dataset',
    message: `${model} is told classes, and plugin:plain has none: give its file classes and label, or take another model`,
  });
  expect(dataProblemOf({ model: 'dcgan', dataset: 'plugin:plain' }, [])).toBeNull();
  expect(dataProblemOf({ model: 'stylegan2', dataset: 'plugin:plain', conditionG: false }, [])).toBeNull();
  expect(dataProblemOf({ model: 'stylegan2', dataset: 'plugin:plain', conditionG: true }, [])?.message).toBe(
    'stylegan2 with conditionG is told classes, and plugin:plain has none: give its file classes and label, or leave conditionG out',
  );
});
