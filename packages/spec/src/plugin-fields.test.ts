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
