import { expect, it } from 'vitest';
import { parseSweepDocument } from './parse-sweep-spec.ts';
import { planOf } from './sweep-plan.ts';

function factorsOf(document: Readonly<Record<string, unknown>>) {
  const spec = parseSweepDocument({ version: 1, name: 'small', ...document });
  if (!spec.ok) throw new Error(JSON.stringify(spec.error));
  return planOf(spec.value).factors;
}
const plane = { model: { value: 'mlp2d' }, dataset: { value: 'ring8' } };

it('has one factor for what varies together, and none for a constant', () => {
  const factors = factorsOf({
    method: 'grid',
    parameters: {
      ...plane,
      lrG: { values: [0.0002, 0.001, 0.001] },
      lrD: { values: [0.0002, 0.0002, 0.001] },
      stepRatio: { values: ['1:1', '2:1'] },
      nz: { values: [8, 2] },
    },
    zip: [['lrG', 'lrD']],
  });
  expect(factors.map(({ name, isOrdered }) => [name, isOrdered])).toEqual([
    ['stepRatio', false],
    ['lrG+lrD', false],
    ['nz', true],
  ]);
  expect(factors[0]?.levels[1]).toEqual({ value: '2:1', fields: { dSteps: 2, gSteps: 1 } });
  expect(factors[1]?.levels[1]).toEqual({ value: '0.001, 0.0002', fields: { lrG: 0.001, lrD: 0.0002 } });
  expect(factors[2]?.levels.map(({ value }) => value)).toEqual([2, 8]);
});

it('cuts a range into stretches that are equally likely, by its distribution', () => {
  const [lr, nz] = factorsOf({
    method: 'random',
    run_cap: 10,
    parameters: {
      ...plane,
      lr: { distribution: 'log_uniform_values', min: 1e-4, max: 1e-2 },
      nz: { min: 1, max: 128 },
    },
  });
  expect(lr?.name).toBe('lr');
  expect(lr?.levels).toHaveLength(16);
  const ends = lr?.levels[8]?.fields.lrD as readonly [number, number];
  expect(ends[0]).toBeCloseTo(1e-3, 12);
  expect(ends[1]).toBeCloseTo(1e-3 * 10 ** (1 / 8), 12);
  expect(lr?.levels[8]?.fields.lrG).toEqual(ends);
  // Eight whole numbers in each.
  expect(nz?.levels[1]?.fields.nz).toEqual([9, 17]);
  expect(nz?.levels.at(-1)?.fields.nz).toEqual([121, Number.POSITIVE_INFINITY]);
});

it('has a factor for what only some configurations have', () => {
  const factors = factorsOf({
    method: 'random',
    run_cap: 10,
    parameters: { ...plane, optimizer: { values: ['adam', 'sgd'] }, lr: { min: 0.001, max: 0.01 } },
    when: [{ if: { optimizer: 'adam' }, parameters: { beta2: { values: [0.9, 0.999] } } }],
  });
  expect(factors.map(({ name }) => name)).toEqual(['optimizer', 'lr', 'beta2']);
});
