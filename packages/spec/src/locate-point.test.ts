import { describe, expect, it } from 'vitest';
import { locatePoint } from './locate-point.ts';
import { parseSweepSpec } from './parse-sweep-spec.ts';
import { planOf } from './sweep-plan.ts';

const text = `
name: located
method: random
run_cap: 60
parameters:
  model: { values: [mlp2d] }
  dataset: { value: ring8 }
  lr: { distribution: log_uniform_values, min: 1e-5, max: 1e-2 }
  momentum: { min: 0.0, max: 0.9 }
  stepRatio: { values: ["1:1", "2:1", "5:1"] }
  nz: { min: 2, max: 32 }
  batch: { values: [32, 64] }
  noise: { values: [gaussian, uniform] }
  optimizer: { values: [adam, sgd] }
zip: [[batch, noise]]
when: [{ if: { optimizer: adam }, parameters: { beta2: { values: [0.9, 0.999] } } }]
`;

describe('the place of a configuration in its space', () => {
  const spec = parseSweepSpec({ text, format: 'yaml' });
  if (!spec.ok) throw new Error(JSON.stringify(spec.error));
  const { space, trials } = spec.value;
  const plan = planOf(spec.value);

  it('is the point that it was made of, over branches, zips, shorthands and ranges', () => {
    for (let position = 0; position < plan.trialCount; position++) {
      const point = trials.at(position);
      const located = locatePoint(space, plan.trialAt(position).configuration);
      expect(located?.context.index).toBe(point.context.index);
      expect(located?.coordinates).toEqual(point.coordinates);
    }
  });

  it('is nowhere where the space does not have it', () => {
    const { configuration } = plan.trialAt(0);
    expect(locatePoint(space, { ...configuration, batch: 128 } as typeof configuration)).toBeNull();
    expect(locatePoint(space, { ...configuration, nz: 33 } as typeof configuration)).toBeNull();
    expect(locatePoint(space, { ...configuration, dataset: 'grid25' } as typeof configuration)).toBeNull();
  });

  it('has ranges that give back the number they were drawn with', () => {
    for (const axis of space.contexts[0]?.axes ?? [])
      if (axis.kind === 'real')
        for (const uniform of [0, 0.25, 0.8]) expect(axis.uniformOf(axis.at(uniform))).toBeCloseTo(uniform, 12);
  });
});
