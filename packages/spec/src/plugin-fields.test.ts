import { addPlugins, type PluginField } from '@gansweep/domain';
import { beforeAll, describe, expect, it } from 'vitest';
import { parameters } from './parameters.ts';
import { parseSweepSpec } from './parse-sweep-spec.ts';
import { resolveConfiguration } from './resolve-configuration.ts';
import { sweepFileSchema } from './spec-schema.ts';
import { planOf } from './sweep-plan.ts';

const gamma: PluginField = {
  name: 'gamma',
  doc: 'Exponent.',
  kind: { type: 'real', min: 0, max: 5 },
  default: 2,
};

describe('a field of a plugin', () => {
  beforeAll(() => {
    addPlugins([{ kind: 'loss', name: 'plugin:focal', doc: 'd', hash: '0123456789abcdef', fields: [gamma] }]);
  });

  it('is a field of the configurations with its plugin, behind ours, and the file of the plugin with it', () => {
    expect(parameters().at(-1)).toEqual({ name: 'focal.gamma', doc: 'Exponent.', kind: gamma.kind });
    const resolved = resolveConfiguration({ model: 'mlp2d', loss: 'plugin:focal' });
    expect(resolved).toMatchObject({ ok: true, value: { 'focal.gamma': 2, plugins: 'focal@0123456789abcdef' } });
    expect(resolveConfiguration({ model: 'mlp2d', loss: 'hinge', 'focal.gamma': 1 })).toMatchObject({
      ok: false,
      error: [{ path: 'focal.gamma', message: expect.stringMatching(/with loss hinge.*loss: plugin:focal/) }],
    });
    expect(resolveConfiguration({ model: 'mlp2d', loss: 'plugin:focal', 'focal.gamma': 6 })).toMatchObject({
      ok: false,
      error: [{ message: expect.stringMatching(/a number from 0 to 5, not 6/) }],
    });
  });

  it('of a model belongs to that model alone, which has the fields of all models of its kind beside it', () => {
    const sides = [16, 32];
    const width: PluginField = { ...gamma, name: 'width' };
    const facts = { doc: 'd', hash: 'fedcba9876543210', fields: [width] } as const;
    addPlugins([
      { ...facts, kind: 'model', name: 'plugin:flat', model: { learns: 'images', sides } },
      {
        ...facts,
        kind: 'data set',
        name: 'plugin:tiles',
        data: { kind: 'images', side: 32, channels: 3, count: 200, classes: ['a', 'b'] },
      },
      {
        ...facts,
        kind: 'data set',
        name: 'plugin:moons',
        fields: [],
        data: { kind: 'points', box: { low: 0, high: 1 }, modes: null },
      },
    ]);
    const resolved = resolveConfiguration({ model: 'plugin:flat', dataset: 'plugin:tiles', classes: 'a' });
    if (!resolved.ok) throw new Error(JSON.stringify(resolved.error));
    expect(resolved.value).toMatchObject({
      'flat.width': 2,
      'tiles.width': 2,
      resolution: 32,
      ema: 0,
      loss: 'non-saturating',
    });
    expect(resolved.value.plugins).toBe('tiles@fedcba9876543210 flat@fedcba9876543210');
    expect(Object.keys(resolved.value)).not.toContain('ngf');
    const problemOf = (fields: Readonly<Record<string, unknown>>) => {
      const found = resolveConfiguration(fields);
      return found.ok ? null : found.error[0]?.message;
    };
    expect(problemOf({ model: 'mlp2d', 'flat.width': 1 })).toMatch(
      /cannot be used with model mlp2d.*model: plugin:flat/,
    );
    expect(problemOf({ model: 'plugin:flat', ngf: 8 })).toMatch(/cannot be used with model plugin:flat/);
    expect(problemOf({ model: 'plugin:flat', dataset: 'plugin:moons' })).toMatch(/learns images, not plugin:moons/);
    expect(problemOf({ model: 'mlp2d', dataset: 'plugin:tiles' })).toMatch(
      /learns laws of the plane, not plugin:tiles/,
    );
    expect(problemOf({ model: 'dcgan', dataset: 'plugin:tiles', resolution: 16 })).toMatch(/has images of 32 pixels/);
    expect(problemOf({ model: 'plugin:flat', dataset: 'fractal', resolution: 64 })).toMatch(
      /plugin:flat has 16 or 32 pixels/,
    );
  });

  it('varies in sweeps as ours do, and editors know it', () => {
    const document = {
      name: 'focal',
      method: 'grid',
      parameters: { model: { value: 'mlp2d' }, loss: { values: ['hinge', 'plugin:focal'] } },
      when: [{ if: { loss: 'plugin:focal' }, parameters: { 'focal.gamma': { values: [1, 3] } } }],
    };
    const parsed = parseSweepSpec({ text: JSON.stringify(document), format: 'json' });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
    const plan = planOf(parsed.value);
    expect([plan.trialCount, plan.axes]).toEqual([3, ['loss', 'focal.gamma']]);
    expect(sweepFileSchema().safeParse(document).error?.issues ?? []).toEqual([]);
    const wrong = { ...document, parameters: { ...document.parameters, 'focal.delta': { value: 1 } } };
    expect(sweepFileSchema().safeParse(wrong).success).toBe(false);
  });
});
