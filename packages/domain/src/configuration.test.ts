import { describe, expect, it } from 'vitest';
import { type Mlp2dConfiguration, SWITCH_FIELDS, shapeKey } from './configuration.ts';

const configuration: Mlp2dConfiguration = {
  model: 'mlp2d',
  dataset: 'ring8',
  lrG: 1e-3,
  lrD: 1e-3,
  weightDecay: 0,
  batch: 64,
  images: 20_000,
  dSteps: 1,
  gSteps: 1,
  nz: 2,
  noise: 'gaussian',
  loss: 'non-saturating',
  realLabel: 1,
  fakeLabel: 0,
  labelNoise: 0,
  freezeRatio: 0,
  instanceNoise: 0,
  optimizer: 'adam',
  beta1: 0.5,
  beta1G: 0.5,
  beta1D: 0.5,
  lrSchedule: 'none',
  spectralNorm: false,
  beta2: 0.999,
  adamEps: 1e-8,
  layersG: 3,
  maxoutD: 1,
  samplesD: 1,
  batchNorm: false,
  layersD: 3,
  widthG: 16,
  widthD: 16,
};

describe('the shape key', () => {
  it('is the same for runs that differ in lane fields alone, in any order of fields', () => {
    const other = { ...configuration, lrG: 0.1, noise: 'uniform', beta1: 0, images: 100, realLabel: 0.9 } as const;
    const turned = Object.fromEntries(Object.entries(other).reverse()) as unknown as Mlp2dConfiguration;
    expect(shapeKey(turned)).toBe(shapeKey(configuration));
  });

  it('is the same where a trick is on, as strong as it may be', () => {
    for (const trick of SWITCH_FIELDS)
      expect(shapeKey({ ...configuration, [trick]: 0.1 })).toBe(shapeKey({ ...configuration, [trick]: 0.2 }));
  });

  it.each([
    { labelNoise: 0.1 },
    { freezeRatio: 0.7 },
    { instanceNoise: 0.1 },
    { batch: 32 },
    { dSteps: 2 },
    { nz: 3 },
    { widthD: 17 },
    { loss: 'saturating' },
    { dataset: 'grid25' },
  ] as const)('differs with %j', (change) => {
    expect(shapeKey({ ...configuration, ...change })).not.toBe(shapeKey(configuration));
  });
});
