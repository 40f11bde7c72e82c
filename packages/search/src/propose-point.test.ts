import { keyOf, parseSweepSpec, type SweepSpec } from '@gansweep/spec';
import { describe, expect, it } from 'vitest';
import { type PlacedTrial, proposePoint } from './propose-point.ts';

function specOf(text: string): SweepSpec {
  const spec = parseSweepSpec({
    text: `name: s\nmethod: sobol\nrun_cap: 200\nparameters:\n  model: { value: mlp2d }\n  dataset: { value: ring8 }\n${text}`,
    format: 'yaml',
  });
  if (!spec.ok) throw new Error(JSON.stringify(spec.error));
  return spec.value;
}

/** Trials of a search, each with the value that `cost` gives it; null is a trial that failed or diverged. */
function search(
  spec: SweepSpec,
  { trials, cost }: { readonly trials: number; readonly cost: (trial: PlacedTrial['point']) => number | null },
): readonly PlacedTrial[] {
  const made: PlacedTrial[] = [];
  for (let position = 0; position < trials; position++) {
    const point = position < 10 ? spec.trials.at(position) : proposePoint(spec.space, made, { seed: 7, position });
    if (point === null) break;
    made.push({ point, objectives: [cost(point)] });
  }
  return made;
}

const valuesOf = ({ point }: PlacedTrial): Record<string, unknown> => ({
  ...point.context.assignment,
  ...Object.fromEntries(
    point.context.axes.flatMap((axis, i) =>
      axis.kind === 'list'
        ? Object.entries(axis.rows[point.coordinates[i] ?? 0] ?? {})
        : [[axis.names[0], axis.kind === 'steps' ? axis.at(point.coordinates[i] ?? 0) : point.coordinates[i]]],
    ),
  ),
});

describe('proposals', () => {
  it('never repeat a trial and never make an excluded one, down to the last that is left', () => {
    const spec = specOf(
      '  nz: { values: [2, 4, 8, 16] }\n  noise: { values: [gaussian, uniform, spherical] }\n  batch: { values: [32, 64] }\nexclude: [{ nz: 2, noise: uniform }]\n',
    );
    const made = search(spec, { trials: 18, cost: (point) => point.coordinates[0] ?? 0 });
    expect(made.length).toBeGreaterThan(15);
    expect(new Set(made.map(({ point }) => keyOf(point))).size).toBe(made.length);
    expect(made.map(valuesOf).some(({ nz, noise }) => nz === 2 && noise === 'uniform')).toBe(false);
  });

  it("learn a branch's parameter from the trials that have it, and give it to no other", () => {
    const spec = specOf(
      '  optimizer: { values: [adam, sgd] }\nwhen:\n  - { if: { optimizer: adam }, parameters: { beta1: { min: 0, max: 0.9 } } }\n  - { if: { optimizer: sgd }, parameters: { sgdMomentum: { min: 0, max: 0.9 } } }\n',
    );
    const cost = (point: PlacedTrial['point']): number => {
      const { optimizer, beta1 } = valuesOf({ point, objectives: null });
      return optimizer === 'adam' ? Math.abs(Number(beta1) - 0.6) : 1 + Math.abs((point.coordinates[0] ?? 0) - 0.1);
    };
    const late = search(spec, { trials: 40, cost }).slice(25).map(valuesOf);
    for (const values of late) expect('beta1' in values).toBe(values.optimizer === 'adam');
    const betas = late.flatMap(({ beta1 }) => (beta1 === undefined ? [] : [Number(beta1)]));
    expect(betas.length).toBeGreaterThan(late.length / 2);
    const near = betas.filter((beta1) => Math.abs(beta1 - 0.6) < 0.15);
    expect(near.length).toBeGreaterThan(betas.length * 0.7);
  });

  it('keep away from where trials fail: a trial without a value is the worst', () => {
    const spec = specOf(
      '  lrG: { distribution: log_uniform_values, min: 1e-5, max: 1e-1 }\n  nz: { min: 2, max: 64 }\n',
    );
    const cost = ({ coordinates: [lrG = 0] }: PlacedTrial['point']): number | null =>
      lrG > 1e-3 ? null : -Math.log10(lrG);
    const late = search(spec, { trials: 45, cost }).slice(20);
    const failed = late.filter(({ objectives }) => objectives?.[0] === null);
    expect(failed.length).toBeLessThan(late.length / 3);
  });

  it('go elsewhere while a trial is pending there', () => {
    const spec = specOf('  lrG: { min: 0.001, max: 1 }\n');
    const made = search(spec, { trials: 30, cost: ({ coordinates: [x = 0] }) => Math.abs(x - 0.5) });
    const next = proposePoint(spec.space, made, { seed: 7, position: 30 });
    const pending = Array.from({ length: 12 }, (_, i) => ({
      point: { context: made[0]?.point.context as PlacedTrial['point']['context'], coordinates: [0.495 + 0.001 * i] },
      objectives: null,
    }));
    const other = proposePoint(spec.space, [...made, ...pending], { seed: 7, position: 30 });
    expect(Math.abs((next?.coordinates[0] ?? 0) - 0.5)).toBeLessThan(Math.abs((other?.coordinates[0] ?? 0) - 0.5));
  });

  it('spread over the trade-off where there are two objectives', () => {
    const spec = specOf('  beta1: { min: 0, max: 0.9 }\n  lrG: { min: 0.001, max: 1 }\n');
    const ends = (point: PlacedTrial['point']): readonly [number, number] => {
      const { beta1, lrG } = valuesOf({ point, objectives: null });
      return [Number(beta1), Number(lrG)];
    };
    const made: PlacedTrial[] = [];
    for (let position = 0; position < 60; position++) {
      const point = position < 10 ? spec.trials.at(position) : proposePoint(spec.space, made, { seed: 7, position });
      if (point === null) throw new Error('no point is left');
      const [a, b] = ends(point);
      // Best along lrG = 0 between beta1 = 0.2 and 0.7: one objective wants the one end, one the other.
      made.push({ point, objectives: [(a - 0.2) ** 2 + b, (a - 0.7) ** 2 + b] });
    }
    const late = made.slice(30).map(({ point }) => ends(point));
    expect(late.filter(([a, b]) => b < 0.2 && a > 0.1 && a < 0.8).length).toBeGreaterThan(late.length / 2);
    expect(late.filter(([a]) => a < 0.45).length).toBeGreaterThan(late.length / 4);
    expect(late.filter(([a]) => a > 0.45).length).toBeGreaterThan(late.length / 4);
  });
});
