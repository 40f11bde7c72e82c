import { addPlugins } from '@gansweep/domain';
import { beforeAll, expect, it } from 'vitest';
import { dataProblemOf } from './known-folders.ts';
import { parseSweepDocument } from './parse-sweep-spec.ts';
import { resolveConfiguration } from './resolve-configuration.ts';

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

it('a StyleGAN that is told classes in some configurations alone needs a set that has them, too', () => {
  const problem = {
    message:
      'stylegan2 with conditionG is told classes, and plugin:plain has none: take mnist, or leave conditionG out',
  };
  const plain = { model: 'stylegan2', dataset: 'plugin:plain' } as const;
  expect(resolveConfiguration({ ...plain, conditionG: true })).toMatchObject({ error: [problem] });
  expect(resolveConfiguration({ ...plain, conditionG: false })).toMatchObject({ ok: true });
  const swept = (values: readonly boolean[]) =>
    parseSweepDocument({
      name: 'x',
      method: 'grid',
      parameters: { model: { value: 'stylegan2' }, dataset: { value: 'plugin:plain' }, conditionG: { values } },
    });
  expect(swept([false, true])).toMatchObject({ error: [{ path: 'parameters.dataset', ...problem }] });
  expect(swept([false])).toMatchObject({ ok: true });
});
