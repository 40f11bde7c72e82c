import { describe, expect, it } from 'vitest';
import { metricProblem, type PluginMetric } from './metrics.ts';

const spread: PluginMetric = {
  name: 'spread',
  doc: 'd',
  hash: '0123456789abcdef',
  file: 'spread.mjs',
  on: 'images',
  fields: [{ name: 'scale', doc: 'd', kind: { type: 'real', min: 0, max: 2 }, default: 1 }],
  measure: ({ real, fake }, { scale }) => Number(scale) * ((fake.data[0] as number) - (real.data[0] as number)),
};

describe('a metric from a plugin', () => {
  it('is sound when it gives one finite number', () => {
    expect(metricProblem(spread)).toBeNull();
    expect(metricProblem({ ...spread, on: 'points' })).toBeNull();
    const kinds = new Set<string>();
    const measure: PluginMetric['measure'] = ({ real, fake }) => {
      if (real.kind !== 'features' || fake.kind !== 'features') throw new Error('not features');
      kinds.add(`${real.count}×${real.size} of ${real.data.length}`);
      return (fake.data[0] as number) - (real.data[0] as number);
    };
    expect(metricProblem({ ...spread, features: 'lenet', measure })).toBeNull();
    expect(metricProblem({ ...spread, features: 'mine', measure }, { mine: 4, lenet: 5 })).toBeNull();
    expect(metricProblem({ ...spread, features: 'unknown', measure }, { mine: 4 })).toBeNull();
    expect([...kinds]).toEqual(['64×64 of 4096', '64×4 of 256', '64×8 of 512']);
  });

  let calls = 0;
  it.each<[string, Partial<PluginMetric>, RegExp]>([
    ['no number', { measure: () => '1' as never }, /gives string, and a score is a number, at scale 1/],
    [
      'what a field does',
      { measure: (_, { scale }) => 1 / Number(scale) },
      /gives Infinity for ordinary images, at scale 0/,
    ],
    ['a memory', { measure: () => calls++ }, /another number for the same images, at scale 1: make it a function/],
    ['a change of its samples', { measure: ({ fake }) => fake.data.sort()[0] as number }, /changes the samples/],
    [
      'a throw on colours',
      {
        measure: ({ real }) => {
          if (real.kind === 'images' && real.channels === 3) throw new Error('no colours');
          return 1;
        },
      },
      /no colours/,
    ],
  ])('is refused for %s', (_, change, problem) => {
    expect(metricProblem({ ...spread, ...change })).toMatch(problem);
  });
});
