import { describe, expect, it } from 'vitest';
import { parseSweepDocument } from './parse-sweep-spec.ts';
import { sweepFileSchema, sweepJsonSchema } from './spec-schema.ts';

const base = { name: 'x', method: 'random', run_cap: 4 };

describe('the schema for editors', () => {
  it.each([
    { ...base, parameters: { lr: { min: 0.1, max: 0.2 } } },
    { ...base, parameters: { lr: { min: 0.1, max: 0.2, distribution: 'q_uniform', q: 0.01 } }, seeds: [1, 2] },
    { ...base, parameters: { nz: { min: 1, max: 9 }, stepRatio: { values: ['2:1'] } }, metric: [{ name: 'fd-lenet' }] },
    {
      ...base,
      parameters: { optimizer: { values: ['adam', 'sgd'] }, nz: { values: [1, 2] } },
      when: [{ if: { optimizer: ['adam'] }, parameters: { beta2: { value: 0.9 } } }],
      exclude: [{ nz: 2, optimizer: 'sgd' }],
    },
    { ...base, method: 'tpe', search: { startup: 3 }, parameters: { lr: { min: 0.1, max: 0.2 } } },
  ])('takes what the parser takes: %j', (document) => {
    expect(parseSweepDocument(document)).toMatchObject({ ok: true });
    expect(sweepFileSchema().safeParse(document).error?.issues ?? []).toEqual([]);
  });

  it.each([
    { ...base, parameters: { lrr: { value: 1 } } },
    { ...base, parameters: { nz: { value: 1.5 } } },
    { ...base, parameters: { nz: { value: 3 }, extra: 1 } },
    { ...base, parameters: { noise: { min: 1, max: 2 } } },
    { ...base, method: 'bayes', parameters: {} },
    { ...base, parameters: {}, seeds: 0 },
  ])('refuses what the parser refuses by form: %j', (document) => {
    expect(parseSweepDocument(document)).toMatchObject({ ok: false });
    expect(sweepFileSchema().safeParse(document).success).toBe(false);
  });

  it('documents every parameter', () => {
    const schema = sweepJsonSchema() as {
      $defs: { SweepParameters: { properties: Record<string, { description?: string }> } };
    };
    const parameters = Object.entries(schema.$defs.SweepParameters.properties);
    expect(parameters.length).toBeGreaterThan(28);
    for (const [name, property] of parameters)
      expect([name, (property.description ?? '').length > 10]).toEqual([name, true]);
  });
});
