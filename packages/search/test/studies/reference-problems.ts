import { parseSweepSpec, planOf } from '@gansweep/spec';
import { type PlacedTrial, proposePoint } from '../../src/index.ts';

/** A function of a configuration to minimise, in the words of a sweep. */
export interface ReferenceProblem<Value extends number | readonly number[] = number> {
  readonly name: string;
  readonly parameters: string;
  /** One number, or several at once. */
  readonly valueOf: (configuration: Record<string, number | string>) => Value;
}

const LOG_RATE = '{ distribution: log_uniform_values, min: 1e-5, max: 1e-2 }';
/** Where a rate lies between 1e-5 and 1e-2, from 0 to 1. */
const partOf = (rate: unknown): number => (Math.log10(Number(rate)) + 5) / 3;

/** x in [−5, 10] and y in [0, 15]; the least value is 0.397887. */
export const branin: ReferenceProblem = {
  name: 'branin',
  parameters: `model: { value: mlp2d }\n  dataset: { value: ring8 }\n  lrG: ${LOG_RATE}\n  lrD: ${LOG_RATE}`,
  valueOf: ({ lrG, lrD }) => {
    const [x, y] = [-5 + 15 * partOf(lrG), 15 * partOf(lrD)];
    const bowl = y - (5.1 / (4 * Math.PI ** 2)) * x * x + (5 * x) / Math.PI - 6;
    return bowl ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x) + 10;
  },
};

const LOSS_COST: Readonly<Record<string, number>> = {
  'non-saturating': 3,
  hinge: 0,
  'wgan-gp': 1,
  'least-squares': 1.5,
};
const BATCH_COST: Readonly<Record<number, number>> = { 32: 1, 64: 0, 128: 0.6, 256: 2 };

/** Seven parameters that matter as those of a GAN do: rates that go together, choices, counts, one without effect; least value 0. */
export const ganlike: ReferenceProblem = {
  name: 'ganlike',
  parameters: [
    'model: { value: mlp2d }',
    'dataset: { value: ring8 }',
    `lrG: ${LOG_RATE}`,
    `lrD: ${LOG_RATE}`,
    'beta1: { min: 0, max: 0.9 }',
    'dSteps: { min: 1, max: 5 }',
    `loss: { values: [${Object.keys(LOSS_COST).join(', ')}] }`,
    'batch: { values: [32, 64, 128, 256] }',
    'nz: { min: 16, max: 256 }',
  ].join('\n  '),
  valueOf: ({ lrG, lrD, beta1, dSteps, loss, batch }) => {
    const [g, d] = [Math.log10(Number(lrG)), Math.log10(Number(lrD))];
    return (
      4 * (g + 3.7) ** 2 +
      6 * (d - g - 0.3) ** 2 +
      5 * Number(beta1) ** 2 * (loss === 'non-saturating' ? 0.2 : 1) +
      0.5 * Math.abs(Number(dSteps) - (loss === 'wgan-gp' ? 3 : 1)) +
      (LOSS_COST[String(loss)] ?? Number.NaN) +
      (BATCH_COST[Number(batch)] ?? Number.NaN) +
      0.5 * (1 - Math.cos(6 * (g + 3.7)))
    );
  },
};

/**
 * ZDT1 of eight variables: two objectives that trade off, of which the second has to come down by seven variables at once.
 * @see Zitzler, Deb & Thiele (2000), "Comparison of multiobjective evolutionary algorithms", Evolutionary Computation 8.
 */
export const zdt1: ReferenceProblem<readonly [number, number]> = {
  name: 'zdt1',
  parameters: [
    'model: { value: dcgan }',
    'dataset: { value: mnist }',
    `lrG: ${LOG_RATE}`,
    `lrD: ${LOG_RATE}`,
    'beta1: { min: 0, max: 0.9 }',
    'beta2: { min: 0.9, max: 0.999 }',
    'leak: { min: 0, max: 1 }',
    'ema: { min: 0, max: 0.9 }',
    'weightDecay: { min: 0, max: 0.01 }',
    'adamEps: { distribution: log_uniform_values, min: 1e-8, max: 1e-3 }',
  ].join('\n  '),
  valueOf: ({ lrG, lrD, beta1, beta2, leak, ema, weightDecay, adamEps }) => {
    const first = partOf(lrG);
    const others = [
      partOf(lrD),
      Number(beta1) / 0.9,
      (Number(beta2) - 0.9) / 0.099,
      Number(leak),
      Number(ema) / 0.9,
      100 * Number(weightDecay),
      (Math.log10(Number(adamEps)) + 8) / 5,
    ];
    const g = 1 + (9 * others.reduce((sum, value) => sum + value, 0)) / others.length;
    return [first, g * (1 - Math.sqrt(Math.max(0, first) / g))];
  },
};

/**
 * Values in the order of a search: `startup` trials of a shifted Sobol sequence, then proposals, each from the results of
 * all trials but the last `parallel − 1`. The seed decides the shift too, by a constant of the space.
 */
export function study<Value extends number | readonly number[]>(
  problem: ReferenceProblem<Value>,
  options: { readonly seed: number; readonly trials: number; readonly startup: number; readonly parallel: number },
): readonly Value[] {
  const { seed, trials, startup, parallel } = options;
  const text = `name: study\nmethod: sobol\nrun_cap: ${trials}\nparameters:\n  ${problem.parameters}\n  images: { value: ${10_000 + seed} }\n`;
  const read = parseSweepSpec({ text, format: 'yaml' });
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  const spec = read.value;
  const plan = planOf(spec);
  const made: { readonly point: PlacedTrial['point']; readonly value: Value }[] = [];
  for (let position = 0; position < trials; position++) {
    const known = Math.max(startup, position - parallel + 1);
    const before = made.map(({ point, value }, i) => ({ point, objectives: i < known ? [value].flat() : null }));
    const point = position < startup ? spec.trials.at(position) : proposePoint(spec.space, before, { seed, position });
    if (point === null) throw new Error('no point is left');
    const { configuration } = plan.trialOf(point);
    made.push({ point, value: problem.valueOf(configuration as unknown as Record<string, number | string>) });
  }
  return made.map(({ value }) => value);
}
