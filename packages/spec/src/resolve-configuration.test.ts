import { describe, expect, it } from 'vitest';
import { FIELD_NAMES } from './fields.ts';
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
      beta2: 0.999,
      adamEps: 1e-8,
      weightDecay: 0,
      nz: 100,
      noise: 'gaussian',
      loss: 'non-saturating',
      realLabel: 1,
      fakeLabel: 0,
      labelNoise: 0,
      freezeRatio: 0,
      instanceNoise: 0,
      resolution: 32,
      ngf: 32,
      ndf: 32,
      leak: 0.2,
      bnEps: 1e-5,
      bnMomentum: 0.1,
      mirror: false,
    });
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
      beta2: 0.999,
      adamEps: 1e-8,
      weightDecay: 0,
      nz: 2,
      noise: 'gaussian',
      loss: 'non-saturating',
      realLabel: 1,
      fakeLabel: 0,
      labelNoise: 0,
      freezeRatio: 0,
      instanceNoise: 0,
      layersG: 2,
      layersD: 2,
      widthG: 8,
      widthD: 8,
    });
  });

  it('never stores what the optimiser cannot use', () => {
    expect(resolved({ optimizer: 'sgd' })).toMatchObject({ optimizer: 'sgd', sgdMomentum: 0 });
    expect(Object.keys(resolved({ optimizer: 'sgd' }))).not.toEqual(expect.arrayContaining(['beta1']));
    expect(Object.keys(resolved({}))).not.toContain('sgdMomentum');
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
    expect(keys).toEqual(FIELD_NAMES.filter((name) => keys.includes(name)));
  });

  it.each([
    [{ optimizer: 'sgd', beta1: 0.5 }, 'beta1: cannot be used with optimizer sgd'],
    [{ sgdMomentum: 0.5 }, 'sgdMomentum: cannot be used with optimizer adam'],
    [{ layersG: 2 }, 'layersG: cannot be used with model dcgan'],
    [{ model: 'mlp2d', ngf: 8 }, 'ngf: cannot be used with model mlp2d'],
    [{ model: 'mlp2d', dataset: 'mnist' }, 'dataset: mlp2d learns laws of the plane, not mnist'],
    [{ dataset: 'ring8' }, 'dataset: dcgan learns images, not ring8'],
    [{ mirror: 'yes' }, 'mirror: must be one of false, true'],
    [{ resolution: 64 }, 'resolution: mnist has images of 32 pixels'],
    [{ lr: 0.1, lrG: 0.1 }, 'lr: lr sets lrG and lrD and may not stand beside lrG'],
    [{ seed: 1 }, 'seed: is not a parameter'],
    [{ learning_rate: 1 }, 'learning_rate: is no parameter; did you mean lr?'],
    [{ wdithG: 1 }, 'wdithG: is no parameter; did you mean widthG?'],
    [{ nz: 2.5 }, 'nz: must be a whole number from 1 to 2048, not 2.5'],
    [{ lr: '0.1' }, 'lr: must be a number from 0.000001 to 1, not the text "0.1": take the quotes off'],
    [{ loss: 'logistic' }, 'loss: must be one of'],
    [{ stepRatio: 2 }, 'stepRatio: must be a text like "2:1"'],
  ])('refuses %j: %s', (fields, message) => {
    expect(problemsOf(fields).join('\n')).toContain(message);
  });
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

  it('takes the defaults of a model that it changes to, and keeps what both share', () => {
    expect(configurationWith(resolved({ batch: 32, nz: 50 }), { model: 'mlp2d' })).toEqual({
      ok: true,
      value: resolved({ model: 'mlp2d', batch: 32 }),
    });
  });

  it('tells of bad changes', () => {
    expect(configurationWith(resolved({}), { lrG: 'fast', foo: '1' })).toMatchObject({
      ok: false,
      error: [{ path: 'lrG' }, { path: 'foo' }],
    });
  });
});
