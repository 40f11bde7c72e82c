import { readdirSync, readFileSync } from 'node:fs';
import { modelNames } from '@gansweep/domain';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseSweepSpec, planOf, sweepFileSchema, sweepJsonSchema } from '../src/index.ts';

const root = new URL('../../../sweeps/', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, root), 'utf8');
const files = [
  'demo.yaml',
  ...['examples', 'seeds', 'study'].flatMap((folder) =>
    readdirSync(new URL(`${folder}/`, root))
      .filter((name) => name.endsWith('.yaml'))
      .map((name) => `${folder}/${name}`),
  ),
];
const planned = (name: string) => {
  const result = parseSweepSpec({ text: read(name), format: 'yaml' });
  if (!result.ok) throw new Error(JSON.stringify(result.error, null, 1));
  return planOf(result.value);
};

describe.each(files)('sweeps/%s', (name) => {
  it('is a valid sweep', () => {
    expect(planned(name).runCount).toBeGreaterThan(0);
  });

  it('passes the schema that editors check by', () => {
    expect(sweepFileSchema().safeParse(parse(read(name))).error?.issues ?? []).toEqual([]);
  });

  it('says in its first lines what it asks and points editors to the schema', () => {
    expect(read(name)).toMatch(/^# yaml-language-server: \$schema=\S+\n#\n# \S/);
  });
});

it('the JSON Schema in sweeps/ is what the table of fields says; if not: npm run schema -w @gansweep/spec', () => {
  expect(JSON.parse(read('sweep.schema.json'))).toEqual(JSON.parse(JSON.stringify(sweepJsonSchema())));
});

it('the demo has 12 to 14 runs over learning rates, momentum, steps, nz and noise, with more than one seed', () => {
  const plan = planned('demo.yaml');
  expect(plan.runCount).toBeGreaterThanOrEqual(12);
  expect(plan.runCount).toBeLessThanOrEqual(14);
  expect(plan.axes).toEqual(expect.arrayContaining(['lrG', 'lrD', 'beta1', 'dSteps', 'nz', 'noise']));
  expect(plan.runCount / plan.trialCount).toBeGreaterThan(1);
  const protocols = ['fd-lenet/v1', 'kid-lenet/v1', 'prdc-lenet/v1'];
  expect(plan.evaluation.protocols).toEqual(expect.arrayContaining(protocols));
});

it('there is an example of every method', () => {
  const methods = files.map((name) => (parse(read(name)) as { method: string }).method);
  expect(new Set(methods)).toEqual(new Set(['grid', 'random', 'sobol', 'tpe']));
});

it('every-model trains every model, and as what they can also be: PacGAN, flat, told and clamped', () => {
  const plan = planned('examples/every-model.yaml');
  const all = Array.from({ length: plan.trialCount }, (_, i) => plan.trialAt(i).configuration);
  expect(new Set(all.map(({ model }) => model))).toEqual(new Set(modelNames()));
  expect(all).toEqual(
    expect.arrayContaining(
      [
        { model: 'mlp2d', samplesD: 4, maxoutD: 5, batchNorm: true },
        { model: 'cgan', layersG: 1, layersD: 1 },
        { model: 'stylegan2', conditionG: true, conditionD: true, activationClamp: 256 },
      ].map((some) => expect.objectContaining(some)),
    ),
  );
});
