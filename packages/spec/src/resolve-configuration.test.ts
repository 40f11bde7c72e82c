import { describe, expect, it } from 'vitest';
import { trialId } from './canonical-json.ts';
import { fieldNames } from './fields.ts';
import { configurationWith, resolveConfiguration } from './resolve-configuration.ts';

const resolved = (fields: Record<string, unknown>) => {
  const result = resolveConfiguration(fields);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
};
const problemsOf = (fields: Record<string, unknown>) => {
  const result = resolveConfiguration(fields);
  return result.ok ? [] : result.error.map(({ path, message }) => `${path}: ${message}`);
};

describe('a resolved configuration', () => {
  it('of nothing is the documented DCGAN on MNIST', () => {
    expect(resolved({})).toEqual({
      model: 'dcgan',
      dataset: 'mnist',
      images: 512_000,
      batch: 64,
      dSteps: 1,
      gSteps: 1,
      optimizer: 'adam',
      lrG: 2e-4,
      lrD: 2e-4,
      beta1: 0.5,
      beta1G: 0.5,
      beta1D: 0.5,
      beta2: 0.999,
      adamEps: 1e-8,
      weightDecay: 0,
      lrSchedule: 'none',
      nz: 100,
      noise: 'gaussian',
      loss: 'non-saturating',
      realLabel: 1,
      fakeLabel: 0,
      labelNoise: 0,
      freezeRatio: 0,
      instanceNoise: 0,
      spectralNorm: false,
      classes: 'all',
      subset: 0,
      resolution: 32,
      ema: 0,
      adaTarget: 0,
      adaP: 0,
      adaPipe: 'bgc',
      r1Gamma: 0,
      ngf: 32,
      ndf: 32,
      leak: 0.2,
      batchNorm: true,
      bnEps: 1e-5,
      bnMomentum: 0.1,
      kernel: 4,
      upsample: 'convT',
      mirror: false,
      normalizeInput: true,
    });
  });

  it('of stylegan2 has the published optimiser, and averages G over 10/32 of the batch in thousands', () => {
    expect(resolved({ model: 'stylegan2', batch: 64 })).toMatchObject({
      lrG: 2.5e-3,
      lrD: 2.5e-3,
      beta1G: 0,
      beta1D: 0,
      beta2: 0.99,
      nz: 128,
      mappingLayers: 2,
      styleMixing: 0.9,
      truncation: 1,
      ema: 20,
      r1Gamma: (2e-4 * 32 ** 2) / 64,
      r1Interval: 16,
      pathLengthWeight: 2,
    });
    expect(resolved({ model: 'stylegan2' })).toMatchObject({ r1Gamma: 0.0064 });
    expect(problemsOf({ model: 'dcgan', styleMixing: 0.5 })).toEqual([
      expect.stringMatching(/styleMixing: cannot be used/),
    ]);
  });

  it('of stylegan has eight layers from z to w, and no path lengths', () => {
    const stylegan = resolved({ model: 'stylegan' });
    expect(stylegan).toMatchObject({ mappingLayers: 8, styleMixing: 0.9, beta1: 0, r1Gamma: 0.0064 });
    expect(stylegan).not.toHaveProperty('pathLengthWeight');
    expect(resolved({ model: 'stylegan3' })).toMatchObject({ mappingLayers: 2, styleMixing: 0 });
  });

  it('of stylegan grows where it is told to, for half of its images unless told otherwise', () => {
    expect(resolved({ model: 'stylegan' })).toMatchObject({ progressive: false });
    expect(resolved({ model: 'stylegan' })).not.toHaveProperty('growKimg');
    const growing = { model: 'stylegan', progressive: true };
    // 16 and 32 px: each trained and faded in, four phases.
    expect(resolved({ ...growing, images: 80_000 })).toMatchObject({ progressive: true, growKimg: 10 });
    expect(resolved({ ...growing, dataset: 'fractal', resolution: 64, images: 120_000 })).toMatchObject({
      growKimg: 10,
    });
    expect(resolved({ ...growing, growKimg: 3 })).toMatchObject({ growKimg: 3 });
    expect(problemsOf({ model: 'stylegan', growKimg: 3 })).toEqual([
      expect.stringMatching(/growKimg: cannot be used with progressive false/),
    ]);
  });

  it('has a fixed probability of augmentations, or a target and how fast it may adapt, never both', () => {
    expect(resolved({ adaP: 0.2 })).toMatchObject({ adaTarget: 0, adaP: 0.2, adaPipe: 'bgc' });
    expect(resolved({ adaTarget: 0.6 })).toMatchObject({ adaTarget: 0.6, adaKimg: 500 });
    expect(resolved({ adaTarget: 0.6 })).not.toHaveProperty('adaP');
    expect(resolveConfiguration({ adaTarget: 0.6, adaP: 0.2 })).toMatchObject({ ok: false, error: [{ path: 'adaP' }] });
    expect(resolveConfiguration({ model: 'mlp2d', adaP: 0.2 })).toMatchObject({ ok: false, error: [{ path: 'adaP' }] });
  });

  it('of mlp2d has its own defaults and fields', () => {
    expect(resolved({ model: 'mlp2d' })).toEqual({
      model: 'mlp2d',
      dataset: 'gaussians',
      images: 512_000,
      batch: 64,
      dSteps: 1,
      gSteps: 1,
      optimizer: 'adam',
      lrG: 1e-3,
      lrD: 1e-3,
      beta1: 0.5,
      beta1G: 0.5,
      beta1D: 0.5,
      beta2: 0.999,
      adamEps: 1e-8,
      weightDecay: 0,
      lrSchedule: 'none',
      nz: 2,
      noise: 'gaussian',
      loss: 'non-saturating',
      realLabel: 1,
      fakeLabel: 0,
      labelNoise: 0,
      freezeRatio: 0,
      instanceNoise: 0,
      spectralNorm: false,
      layersG: 2,
      layersD: 2,
      widthG: 8,
      widthD: 8,
      maxoutD: 1,
      samplesD: 1,
      batchNorm: false,
    });
  });

  it('of a StyleGAN says whether D is told only where G is', () => {
    const untold = resolved({ model: 'stylegan2' });
    expect(untold).toMatchObject({ conditionG: false });
    expect(untold).not.toHaveProperty('conditionD');
    expect(resolved({ model: 'stylegan2', conditionG: true })).toMatchObject({ conditionG: true, conditionD: true });
    expect(resolved({ model: 'cdcgan' })).not.toHaveProperty('conditionG');
  });

  it('of every other model has its published settings', () => {
    expect(resolved({ model: 'dcgan-lab' })).toMatchObject({
      batch: 256,
      images: 2_048_000,
      lrG: 2e-4,
      ngf: 32,
      nz: 100,
    });
    expect(resolved({ model: 'dcgan-max' })).toMatchObject({
      batch: 16,
      nz: 32,
      lrD: 5e-5,
      lrG: 2.5e-4,
      beta1: 0.5,
      leak: 1e-6,
      bnEps: 0.5,
      labelNoise: 0.1,
      kernel: 9,
      upsample: 'nearest',
      mirror: true,
      // MNIST has no images of 128 pixels.
      resolution: 32,
    });
    expect(resolved({ model: 'aae' })).toMatchObject({
      batch: 16,
      nz: 32,
      lrD: 4e-5,
      lrG: 4e-4,
      lrE: 4e-4,
      beta1: 0.9,
      beta1D: 0.9,
      leak: 0.1,
      bnEps: 0.01,
    });
    const conditional = { batch: 128, lrG: 2e-4, beta1: 0.5, lrSchedule: 'step', conditionD: true };
    expect(resolved({ model: 'cdcgan' })).toMatchObject({
      ...conditional,
      lrStepFirst: 0.5,
      lrStepSecond: 0.75,
      ngf: 64,
    });
    expect(resolved({ model: 'cgan' })).toMatchObject({
      ...conditional,
      noise: 'uniform',
      layersG: 2,
      layersD: 2,
      widthG: 256,
      widthD: 1024,
    });
  });

  it('lets conditional models learn sets whose images have numbers instead of classes', () => {
    expect(resolved({ model: 'cdcgan', dataset: 'fractal' })).toMatchObject({ resolution: 32, conditionD: true });
    expect(resolved({ model: 'cgan', dataset: 'fractal-green', conditionD: false })).toMatchObject({
      conditionD: false,
    });
    expect(resolved({ model: 'aae', dataset: 'fractal' })).toMatchObject({ resolution: 128 });
  });

  it('of cgan may have the published 28 pixels', () => {
    expect(resolved({ model: 'cgan', resolution: 28 })).toEqual({ ...resolved({ model: 'cgan' }), resolution: 28 });
  });

  it('never stores what the optimiser cannot use', () => {
    expect(resolved({ optimizer: 'sgd' })).toMatchObject({ optimizer: 'sgd', sgdMomentum: 0 });
    expect(Object.keys(resolved({ optimizer: 'sgd' }))).not.toEqual(expect.arrayContaining(['beta1']));
    expect(Object.keys(resolved({}))).not.toContain('sgdMomentum');
  });

  it('has what another field calls for, and nothing that it rules out', () => {
    expect(resolved({ loss: 'wgan-gp', lrSchedule: 'step' })).toMatchObject({
      gpWeight: 10,
      lrStepFirst: 0.5,
      lrStepSecond: 0.75,
    });
    expect(Object.keys(resolved({ batchNorm: false }))).not.toEqual(expect.arrayContaining(['bnEps']));
    expect(Object.keys(resolved({}))).not.toEqual(expect.arrayContaining(['gpWeight']));
  });

  it('lets a field follow another where it is left out', () => {
    expect(resolved({ beta1: 0.3 })).toMatchObject({ beta1: 0.3, beta1G: 0.3, beta1D: 0.3 });
    expect(resolved({ momentum: 0.3, beta1D: 0.9 })).toMatchObject({ beta1: 0.3, beta1G: 0.3, beta1D: 0.9 });
  });

  it('spells shorthands out', () => {
    expect(resolved({ lr: 0.01, momentum: 0.3, stepRatio: '2:3' })).toMatchObject({
      lrG: 0.01,
      lrD: 0.01,
      beta1: 0.3,
      dSteps: 2,
      gSteps: 3,
    });
    expect(resolved({ optimizer: 'sgd', momentum: 0.3 })).toMatchObject({ sgdMomentum: 0.3 });
  });

  it('has its fields in the order of the table, whatever the order they came in', () => {
    const keys = Object.keys(resolved({ nz: 3, lrD: 0.1, model: 'mlp2d' }));
    expect(keys).toEqual(fieldNames().filter((name) => keys.includes(name)));
  });

  it.each([
    [{ model: 'mlp2d', progressive: true }, 'progressive: cannot be used with model mlp2d: take it out'],
    [{ model: 'stylegan2', progressive: true }, 'progressive: cannot be used with model stylegan2'],
    [
      { model: 'stylegan', dataset: 'folder:faces', resolution: 8, progressive: true },
      'progressive: growing begins with images of 8 pixels, and these have 8: take a resolution of 16 or more',
    ],
    [{ optimizer: 'sgd', beta1: 0.5 }, 'beta1: cannot be used with optimizer sgd'],
    [{ sgdMomentum: 0.5 }, 'sgdMomentum: cannot be used with optimizer adam'],
    [
      { gpWeight: 1 },
      'gpWeight: cannot be used with loss non-saturating: take it out, or put it under "when": [{ if: { loss: wgan-gp }',
    ],
    [{ lrStepFirst: 0.1 }, 'lrStepFirst: cannot be used with lrSchedule none'],
    [{ batchNorm: false, bnEps: 0.1 }, 'bnEps: cannot be used with batchNorm false'],
    [{ model: 'mlp2d', kernel: 3 }, 'kernel: cannot be used with model mlp2d'],
    [{ kernel: 6 }, 'kernel: must be one of 3, 4, 5, 7, 9, not 6'],
    [{ layersG: 2 }, 'layersG: cannot be used with model dcgan'],
    [{ layersD: 2 }, 'layersD: cannot be used with model dcgan'],
    [{ model: 'cgan', layersG: 9 }, 'layersG: must be a whole number from 0 to 8, not 9'],
    [{ model: 'cgan', layersD: -1 }, 'layersD: must be a whole number from 0 to 8, not -1'],
    [{ model: 'mlp2d', layersD: 0, maxoutD: 5 }, 'maxoutD: cannot be used with layersD 0'],
    [{ model: 'mlp2d', bnEps: 0.1 }, 'bnEps: cannot be used with batchNorm false'],
    [{ model: 'mlp2d', bnMomentum: 0.1 }, 'bnMomentum: cannot be used with batchNorm false'],
    [{ model: 'mlp2d', maxoutD: 0 }, 'maxoutD: must be a whole number from 1 to 16, not 0'],
    [{ model: 'mlp2d', maxoutD: 17 }, 'maxoutD: must be a whole number from 1 to 16, not 17'],
    [{ model: 'mlp2d', samplesD: 0 }, 'samplesD: must be a whole number from 1 to 16, not 0'],
    [{ model: 'mlp2d', samplesD: 17, batch: 17 }, 'samplesD: must be a whole number from 1 to 16, not 17'],
    [{ model: 'stylegan2', batchNorm: true }, 'batchNorm: cannot be used with model stylegan2'],
    [{ activationClamp: 256 }, 'activationClamp: cannot be used with model dcgan'],
    [{ model: 'stylegan2', activationClamp: -1 }, 'activationClamp: must be a number from 0 to 65504, not -1'],
    [{ model: 'stylegan3', activationClamp: 65_505 }, 'activationClamp: must be a number from 0 to 65504, not 65505'],
    [{ model: 'stylegan', conditionG: 1 }, 'conditionG: must be one of false, true'],
    [{ samplesD: 2 }, 'samplesD: cannot be used with model dcgan'],
    [{ model: 'cgan', maxoutD: 2 }, 'maxoutD: cannot be used with model cgan'],
    [
      { model: 'mlp2d', samplesD: 3 },
      'samplesD: D judges 3 samples at a time, and a batch has 64: take a multiple of 3 for batch, or another samplesD',
    ],
    [{ model: 'mlp2d', batchNorm: true, layersG: 0 }, 'batchNorm: normalises hidden layers of G, and layersG is 0'],
    [{ model: 'mlp2d', ngf: 8 }, 'ngf: cannot be used with model mlp2d'],
    [{ model: 'mlp2d', dataset: 'mnist' }, 'dataset: mlp2d learns laws of the plane, not mnist'],
    [{ dataset: 'ring8' }, 'dataset: dcgan learns images, not ring8'],
    [{ mirror: 'yes' }, 'mirror: must be one of false, true'],
    [{ resolution: 64 }, 'resolution: mnist has images of 32 or 28 pixels'],
    [{ resolution: 28 }, 'resolution: dcgan has a power of two from 16 pixels, not 28'],
    [{ model: 'cgan', dataset: 'stacked-mnist', resolution: 28 }, 'resolution: stacked-mnist has images of 32 pixels'],
    [{ lrE: 0.1 }, 'lrE: cannot be used with model dcgan: take it out, or put it under "when": [{ if: { model: aae }'],
    [{ conditionD: false }, 'conditionD: cannot be used with model dcgan: take it out'],
    [{ model: 'cdcgan', conditionG: true }, 'conditionG: cannot be used with model cdcgan'],
    [
      { model: 'stylegan2', conditionD: true },
      'conditionD: cannot be used with conditionG false: take it out, or put it under "when": [{ if: { conditionG: true }',
    ],
    [{ model: 'dcgan-lab', resolution: 128 }, 'resolution: '],
    [{ lr: 0.1, lrG: 0.1 }, 'lr: lr sets lrG and lrD and may not stand beside lrG'],
    [{ seed: 1 }, 'seed: is not a parameter'],
    [{ learning_rate: 1 }, 'learning_rate: is no parameter; did you mean lr?'],
    [{ wdithG: 1 }, 'wdithG: is no parameter; did you mean widthG?'],
    [{ nz: 2.5 }, 'nz: must be a whole number from 1 to 2048, not 2.5'],
    [{ lr: '0.1' }, 'lr: must be a number from 0.000001 to 1, not the text "0.1": take the quotes off'],
    [{ loss: 'logistic' }, 'loss: must be one of'],
    [{ stepRatio: 2 }, 'stepRatio: must be a text like "2:1"'],
    [
      { loss: 'hinge', realLabel: 0.9 },
      'realLabel: changes nothing with loss hinge, wgan-gp, gan-lab-log, whose formulas have no labels: take it out, or put it ' +
        'under "when": [{ if: { loss: [non-saturating, saturating, least-squares] }, parameters: { realLabel: … } }]',
    ],
    [{ loss: 'wgan-gp', realLabel: 0.9 }, 'realLabel: changes nothing with loss'],
    [{ model: 'mlp2d', loss: 'gan-lab-log', realLabel: 0.9 }, 'realLabel: changes nothing with loss'],
    [{ loss: 'hinge', fakeLabel: 0.1 }, 'fakeLabel: changes nothing with loss'],
    [{ loss: 'hinge', labelNoise: 0.1 }, 'labelNoise: changes nothing with loss'],
    [{ adaPipe: 'blit' }, 'adaPipe: changes nothing where adaTarget and adaP are 0'],
    [{ dSteps: 0, freezeRatio: 0.7 }, 'freezeRatio: changes nothing where dSteps is 0'],
    [{ dSteps: 0, gSteps: 0 }, 'gSteps: is 0 where dSteps is 0, so that no network is ever updated'],
    [{ stepRatio: '0:0' }, 'stepRatio: is 0 where dSteps is 0, so that no network is ever updated'],
  ])('refuses %j: %s', (fields, message) => {
    expect(problemsOf(fields).join('\n')).toContain(message);
  });
});

it.each([
  { loss: 'hinge', realLabel: 1, fakeLabel: 0, labelNoise: 0 },
  { loss: 'least-squares', realLabel: 0.9 },
  { model: 'dcgan-max', loss: 'hinge' },
  { adaP: 0.2, adaPipe: 'blit' },
  { adaTarget: 0.6, adaPipe: 'blit' },
  { dSteps: 0, freezeRatio: 0 },
  { model: 'aae', stepRatio: '0:0' },
])('%j changes what is trained, or is what it would be anyway', (fields) => {
  expect(resolveConfiguration(fields).ok).toBe(true);
});

describe('a changed configuration', () => {
  it('takes text for numbers and shorthands', () => {
    expect(configurationWith(resolved({}), { lr: '1e-3', nz: '10', stepRatio: '2:1', mirror: 'true' })).toEqual({
      ok: true,
      value: resolved({ lr: 0.001, nz: 10, stepRatio: '2:1', mirror: true }),
    });
  });

  it('drops the fields of the optimiser that it leaves', () => {
    expect(configurationWith(resolved({ beta1: 0.9, nz: 7 }), { optimizer: 'sgd' })).toEqual({
      ok: true,
      value: resolved({ optimizer: 'sgd', nz: 7 }),
    });
  });

  it('drops labels with a loss that has none', () => {
    expect(configurationWith(resolved({ realLabel: 0.9, nz: 7 }), { loss: 'hinge' })).toEqual({
      ok: true,
      value: resolved({ loss: 'hinge', nz: 7 }),
    });
  });

  it('takes the defaults of a model that it changes to, and keeps what both share', () => {
    expect(configurationWith(resolved({ batch: 32, nz: 50 }), { model: 'mlp2d' })).toEqual({
      ok: true,
      value: resolved({ model: 'mlp2d', batch: 32 }),
    });
  });

  it('lets what follows another field follow its change, and keeps what does not', () => {
    expect(configurationWith(resolved({ beta1D: 0.9 }), { beta1: '0.1' })).toEqual({
      ok: true,
      value: resolved({ beta1: 0.1, beta1D: 0.9 }),
    });
  });

  it('tells of bad changes', () => {
    expect(configurationWith(resolved({}), { lrG: 'fast', foo: '1' })).toMatchObject({
      ok: false,
      error: [{ path: 'lrG' }, { path: 'foo' }],
    });
  });
});

describe('a trial', () => {
  // Ids as they were before any field came later.
  it.each([
    [{}, 'f868abc6eb3d660a0b30b67db43f0729377883a3980b6047faf627c5b042f108'],
    [{ model: 'mlp2d' }, '96c76a017e6adf998111e5b98e14e8634173056fed23426b4ca096bfefca6e62'],
    [{ optimizer: 'sgd', mirror: true }, '038746b6275c46c0381498ad0a2bea975d5f59d5a5e1e35b55aab29ed64ea630'],
    [{ beta1: 0.9, model: 'mlp2d' }, '776b34d6be40cb025e336ed01dee51a5adf1a966724f7c3e96660d2e446e0697'],
  ])('of %j keeps its id when fields are added that change nothing', (fields, id) => {
    expect(trialId(resolved(fields))).toBe(id);
  });

  it('has another id where such a field changes something', () => {
    const ids = [
      {},
      { beta1G: 0.1 },
      { beta1D: 0.1 },
      { kernel: 3 },
      { batchNorm: false },
      { spectralNorm: true },
      { adaP: 0.1 },
      { adaTarget: 0.5 },
    ];
    expect(new Set(ids.map((fields) => trialId(resolved(fields)))).size).toBe(ids.length);
  });
});
