import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parseSweepSpec, planOf } from '../src/index.ts';

/** Configurations of a published study in their listed order. */
function configurationsOf(name: string) {
  const text = readFileSync(new URL(`../../../sweeps/seeds/${name}.yaml`, import.meta.url), 'utf8');
  const result = parseSweepSpec({ text, format: 'yaml' });
  if (!result.ok) throw new Error(JSON.stringify(result.error, null, 1));
  const plan = planOf(result.value);
  return Array.from({ length: plan.trialCount }, (_, i) => plan.trialAt(i).configuration);
}

it('gan-lab has the four settings that GAN Lab ships', () => {
  const shared = {
    model: 'mlp2d',
    optimizer: 'sgd',
    sgdMomentum: 0,
    loss: 'gan-lab-log',
    batch: 150,
    nz: 2,
    gSteps: 1,
    weightDecay: 0,
  };
  const found = configurationsOf('gan-lab');
  // Iterations, noise, GAN Lab's hidden layers × neurons of G and of D, learning rates of D and G, updates of D and G.
  const printed = [
    ['disjoint', 1710, 'truncated-gaussian', [2, 10], [2, 11], [0.1, 0.03], [1, 1]],
    ['gaussians', 1931, 'truncated-gaussian', [1, 8], [1, 8], [0.1, 0.03], [2, 1]],
    ['line', 466, 'uniform', [1, 5], [1, 6], [0.03, 0.01], [1, 1]],
    ['ring', 812, 'uniform', [1, 10], [2, 9], [0.1, 0.03], [3, 1]],
  ] as const;
  expect(found).toHaveLength(printed.length);
  printed.forEach(([dataset, iterations, noise, ofG, ofD, [lrD, lrG], [dSteps, gSteps]], i) => {
    expect(found[i]).toMatchObject({
      ...shared,
      dataset,
      images: iterations * 150 * dSteps,
      noise,
      layersG: ofG[0] + 1,
      widthG: ofG[1],
      layersD: ofD[0] + 1,
      widthD: ofD[1],
      lrD,
      lrG,
      dSteps,
      gSteps,
    });
  });
});

it('lab-cdcgan has the lab’s hyperparameters with D told the class or not, and rates that fall or not', () => {
  const found = configurationsOf('lab-cdcgan');
  for (const configuration of found)
    expect(configuration).toMatchObject({
      model: 'cdcgan',
      dataset: 'mnist',
      images: 8000 * 150,
      batch: 150,
      lrG: 2e-4,
      lrD: 2e-4,
      beta1: 0.5,
      nz: 100,
      ngf: 64,
      ndf: 64,
      noise: 'gaussian',
    });
  expect(found.map((c) => (c.model === 'cdcgan' ? [c.lrSchedule, c.conditionD] : null))).toEqual([
    ['none', true],
    ['none', false],
    ['step', true],
    ['step', false],
  ]);
});

it('lab-cgan has the published settings of the dense network', () => {
  expect(configurationsOf('lab-cgan')).toEqual([
    expect.objectContaining({
      model: 'cgan',
      images: 50 * 60_000,
      batch: 128,
      lrG: 2e-4,
      lrD: 2e-4,
      beta1: 0.5,
      beta2: 0.999,
      noise: 'uniform',
      nz: 100,
      lrSchedule: 'step',
      lrStepFirst: 29 / 50,
      lrStepSecond: 39 / 50,
    }),
  ]);
});
