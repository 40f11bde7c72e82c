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

it('pacgan has the published networks and lengths of one to four points judged together, on the ring and the grid', () => {
  const found = configurationsOf('pacgan');
  for (const configuration of found)
    expect(configuration).toMatchObject({
      model: 'mlp2d',
      layersG: 4,
      widthG: 400,
      batchNorm: true,
      layersD: 3,
      widthD: 200,
      maxoutD: 5,
      nz: 2,
      noise: 'gaussian',
      loss: 'non-saturating',
      optimizer: 'adam',
      lrG: 1e-4,
      lrD: 1e-4,
      beta1: 0.8,
    });
  // 400 rounds of 100,000 points in batches of 100 rows.
  const printed = [1, 2, 3, 4].map((samplesD) => [samplesD, 100 * samplesD, (400 * 100_000 * 100 * samplesD) / 100]);
  expect(found.map((c) => (c.model === 'mlp2d' ? [c.dataset, c.samplesD, c.batch, c.images] : null))).toEqual(
    ['ring8', 'grid25'].flatMap((dataset) => printed.map((row) => [dataset, ...row])),
  );
});

it('lab-cdcgan has the lab’s hyperparameters with D told the class or not, rates that fall or not, and the lab’s two changes', () => {
  const found = configurationsOf('lab-cdcgan');
  for (const configuration of found)
    expect(configuration).toMatchObject({
      model: 'cdcgan',
      dataset: 'mnist',
      images: 8000 * 150,
      batch: 150,
      nz: 100,
      ngf: 64,
      ndf: 64,
      noise: 'gaussian',
    });
  const changes = [
    {},
    { conditionD: false },
    { lrSchedule: 'step' },
    { lrSchedule: 'step', conditionD: false },
    { beta1: 0.9 },
    { lrG: 1e-3, lrD: 1e-3 },
  ];
  const baseline = { lrG: 2e-4, lrD: 2e-4, beta1: 0.5, lrSchedule: 'none', conditionD: true };
  expect(found).toEqual(changes.map((change) => expect.objectContaining({ ...baseline, ...change })));
});

it('lab-cgan has the published settings of the dense network, and the lab’s changes one at a time', () => {
  const published = {
    model: 'cgan',
    resolution: 28,
    images: 50 * 60_000,
    batch: 128,
    lrG: 2e-4,
    lrD: 2e-4,
    beta1: 0.5,
    beta2: 0.999,
    gSteps: 1,
    noise: 'uniform',
    nz: 100,
    lrSchedule: 'step',
    lrStepFirst: 29 / 50,
    lrStepSecond: 39 / 50,
  };
  const changes = [{}, { lrG: 1e-3, lrD: 1e-3 }, { beta1: 0.9 }, { gSteps: 2 }];
  expect(configurationsOf('lab-cgan')).toEqual(
    changes.map((change) => expect.objectContaining({ ...published, ...change })),
  );
});

it('lab-dcgan has the lab’s baseline and one row for each of its experiments', () => {
  const found = configurationsOf('lab-dcgan');
  const baseline = {
    model: 'dcgan-lab',
    dataset: 'folder:celeba',
    batch: 256,
    images: 8_000 * 256,
    lrG: 2e-4,
    lrD: 2e-4,
    beta1: 0.5,
    beta2: 0.999,
    nz: 100,
    noise: 'gaussian',
    ngf: 32,
    ndf: 32,
    leak: 0.2,
    gSteps: 1,
    dSteps: 1,
    loss: 'non-saturating',
    resolution: 32,
  };
  const changes = [
    {},
    { lrG: 1e-3, lrD: 1e-3 },
    { lrG: 1e-3 },
    { lrD: 1e-3 },
    { gSteps: 2, lrD: 1e-3 },
    { gSteps: 2, lrG: 1e-3, lrD: 1e-3 },
    { beta1: 0.9 },
    { nz: 10 },
    { nz: 1000 },
    { gSteps: 0 },
    { dSteps: 0 },
    { loss: 'saturating' },
    { images: 26_000 * 256 },
    { images: 20_000 * 256, resolution: 64 },
  ];
  expect(found).toEqual(changes.map((change) => expect.objectContaining({ ...baseline, ...change })));
});

it('lab-cifar has all classes and the birds', () => {
  expect(configurationsOf('lab-cifar')).toEqual(
    ['all', 'bird'].map((classes) =>
      expect.objectContaining({ model: 'dcgan-lab', dataset: 'folder:cifar10', images: 2_048_000, classes }),
    ),
  );
});

it('cifar-stylegan2 has the published preset for 32 px, without and with augmentation', () => {
  const preset = {
    model: 'stylegan2',
    dataset: 'folder:cifar10',
    resolution: 32,
    r1Gamma: 0.01,
    r1Interval: 16,
    ema: 500,
    pathLengthWeight: 0,
    styleMixing: 0,
    residualD: false,
    deviationGroup: 32,
    mappingLayers: 2,
    lrG: 0.0025,
    lrD: 0.0025,
    beta1: 0,
    beta2: 0.99,
    adamEps: 1e-8,
    batch: 64,
    mirror: false,
  };
  expect(configurationsOf('cifar-stylegan2')).toEqual([
    expect.objectContaining({ ...preset, adaTarget: 0, adaP: 0 }),
    expect.objectContaining({ ...preset, adaTarget: 0.6, adaKimg: 500, adaPipe: 'bgc' }),
  ]);
});

const SNEAKERS = {
  model: 'dcgan',
  dataset: 'folder:zappos',
  nz: 100,
  ngf: 64,
  ndf: 64,
  beta1: 0.5,
  weightDecay: 1e-4,
  bnEps: 1e-5,
  bnMomentum: 0.1,
  leak: 0.2,
};

it('zappos-dcgan has the seven configurations of the study', () => {
  // Epochs, batch, learning rate, input scaled, labels of reals and fakes, freezeRatio.
  const printed = [
    [50, 64, 2e-4, false, 1, 0, 0],
    [50, 94, 2e-4, false, 1, 0, 0],
    [50, 64, 2e-3, false, 1, 0, 0],
    [100, 64, 2e-4, true, 1, 0, 0],
    [100, 64, 2e-4, true, 0.9, 0, 0],
    [100, 64, 2e-4, true, 0.9, 0, 0.7],
    [100, 64, 2e-4, true, 0.9, 0.3, 0.7],
  ] as const;
  expect(configurationsOf('zappos-dcgan')).toEqual(
    printed.map(([epochs, batch, lr, normalizeInput, realLabel, fakeLabel, freezeRatio], i) =>
      expect.objectContaining({
        ...SNEAKERS,
        resolution: 64,
        images: epochs * 12_856,
        batch,
        lrG: lr,
        lrD: lr,
        normalizeInput,
        realLabel,
        fakeLabel,
        freezeRatio,
        noise: i < 3 ? 'spherical' : 'gaussian',
      }),
    ),
  );
});

it('zappos-dcgan-128 has the third of them at both sizes', () => {
  expect(configurationsOf('zappos-dcgan-128')).toEqual(
    [64, 128].map((resolution) =>
      expect.objectContaining({
        ...SNEAKERS,
        resolution,
        images: 1_285_600,
        batch: 64,
        lrG: 2e-4,
        lrD: 2e-4,
        normalizeInput: true,
        realLabel: 0.9,
        fakeLabel: 0,
        freezeRatio: 0,
      }),
    ),
  );
});

it('simpsons has the DCGAN and the auto-encoder of the internship', () => {
  const shared = {
    dataset: 'folder:simpsons',
    resolution: 128,
    images: 300 * 9_629,
    batch: 16,
    nz: 32,
    ngf: 64,
    ndf: 64,
    kernel: 9,
    upsample: 'nearest',
    beta2: 0.999,
    realLabel: 1,
    labelNoise: 0.1,
    mirror: true,
  };
  expect(configurationsOf('simpsons')).toEqual([
    expect.objectContaining({
      ...shared,
      model: 'dcgan-max',
      lrD: 5e-5,
      lrG: 2.5e-4,
      beta1: 0.5,
      leak: 1e-6,
      bnEps: 0.5,
    }),
    expect.objectContaining({
      ...shared,
      model: 'aae',
      lrD: 4e-5,
      lrG: 4e-4,
      lrE: 4e-4,
      beta1: 0.9,
      leak: 0.1,
      bnEps: 0.01,
    }),
  ]);
});
