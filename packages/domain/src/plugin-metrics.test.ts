import { expect, it } from 'vitest';
import { extractorOf, isDefinedOn, isProtocolId, isScoreName, registeredExtractorOf, scoresOf } from './names.ts';
import { metricFileOf, PLUGIN_METRIC_PATTERN, pluginMetricOf } from './plugin-metrics.ts';
import { addPlugins, pluginFieldNames } from './plugins.ts';

it('a metric of a plugin is protocol and score, with values of its fields behind its name', () => {
  addPlugins([
    {
      kind: 'metric',
      name: 'plugin:far',
      doc: 'd',
      hash: '0123456789abcdef',
      on: 'points',
      fields: [
        { name: 'beyond', doc: 'd', kind: { type: 'real', min: 0, max: 9 }, default: 2 },
        { name: 'count', doc: 'd', kind: { type: 'integer', min: 1, max: 9 }, default: 3 },
        { name: 'form', doc: 'd', kind: { type: 'choice', choices: ['a', 'b'] }, default: 'a' },
      ],
    },
  ]);
  expect(pluginFieldNames()).toEqual([]);
  expect(pluginMetricOf('plugin:far')).toMatchObject({ values: { beyond: 2, count: 3, form: 'a' } });
  const id = 'plugin:far?form=b&beyond=0.5';
  expect(pluginMetricOf(id)).toMatchObject({ values: { beyond: 0.5, count: 3, form: 'b' } });
  expect(id).toMatch(new RegExp(PLUGIN_METRIC_PATTERN));
  expect([isProtocolId(id), isScoreName(id), scoresOf(id)]).toEqual([true, true, [id]]);
  expect([isDefinedOn(id, 'ring8'), isDefinedOn(id, 'mnist')]).toEqual([true, false]);
  expect(metricFileOf(id)).toEqual({ name: 'far', hash: '0123456789abcdef' });
  expect(pluginMetricOf('kid-lenet/v1')).toBeNull();
});

it('a metric of a plugin that compares features is of the sets that its extractor can look at', () => {
  const facts = { kind: 'metric', doc: 'd', hash: '0123456789abcdef', on: 'images', fields: [] } as const;
  addPlugins([
    { ...facts, name: 'plugin:by-lenet', features: 'lenet' },
    { ...facts, name: 'plugin:by-random', features: 'random' },
    { ...facts, name: 'plugin:by-vgg', features: 'vgg16' },
    { ...facts, name: 'plugin:by-images' },
  ]);
  const sets = ['ring8', 'mnist', 'stacked-mnist', 'folder:x'] as const;
  const found = (['plugin:by-lenet', 'plugin:by-random', 'plugin:by-vgg', 'plugin:by-images'] as const).map((id) => [
    extractorOf(id),
    registeredExtractorOf(id),
    ...sets.filter((set) => isDefinedOn(id, set)),
  ]);
  expect(found).toEqual([
    ['lenet', null, 'mnist'],
    ['random', null, 'mnist', 'stacked-mnist', 'folder:x'],
    ['vgg16', 'vgg16', 'mnist', 'stacked-mnist', 'folder:x'],
    [null, null, 'mnist', 'stacked-mnist', 'folder:x'],
  ]);
});

it.each([
  ['plugin:near', /plugin:near is no metric of a plugin here: there is plugin:far, plugin:by-lenet/],
  ['plugin:far?beyond', /is no metric of a plugin here/],
  ['plugin:far?within=1', /plugin:far has no field within, but beyond, count, form/],
  ['plugin:far?beyond=10', /beyond of plugin:far is a number from 0 to 9, not 10/],
  ['plugin:far?count=1.5', /count of plugin:far is a whole number from 1 to 9, not 1.5/],
  ['plugin:far?form=c', /form of plugin:far is one of a, b, not c/],
])('%s is refused with the reason', (id, problem) => {
  expect(pluginMetricOf(id)).toMatch(problem);
  expect([isProtocolId(id), isDefinedOn(id as 'plugin:far', 'ring8'), metricFileOf(id)]).toEqual([false, false, null]);
});
