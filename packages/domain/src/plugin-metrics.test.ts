import { expect, it } from 'vitest';
import { isDefinedOn, isProtocolId, isScoreName, scoresOf } from './names.ts';
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

it.each([
  ['plugin:near', /plugin:near is no metric of a plugin here: there is plugin:far/],
  ['plugin:far?beyond', /is no metric of a plugin here/],
  ['plugin:far?within=1', /plugin:far has no field within, but beyond, count, form/],
  ['plugin:far?beyond=10', /beyond of plugin:far is a number from 0 to 9, not 10/],
  ['plugin:far?count=1.5', /count of plugin:far is a whole number from 1 to 9, not 1.5/],
  ['plugin:far?form=c', /form of plugin:far is one of a, b, not c/],
])('%s is refused with the reason', (id, problem) => {
  expect(pluginMetricOf(id)).toMatch(problem);
  expect([isProtocolId(id), isDefinedOn(id as 'plugin:far', 'ring8'), metricFileOf(id)]).toEqual([false, false, null]);
});
