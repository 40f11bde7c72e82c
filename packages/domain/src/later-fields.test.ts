import { expect, it } from 'vitest';
import type { Configuration } from './configuration.ts';
import { identityOf, withLaterFields } from './later-fields.ts';

const stored = (fields: object): Configuration => fields as Configuration;

it('a configuration that was stored before a field came says how it trained', () => {
  expect(withLaterFields(stored({ model: 'dcgan', optimizer: 'adam', beta1: 0.7 }))).toMatchObject({
    beta1G: 0.7,
    beta1D: 0.7,
    batchNorm: true,
    kernel: 4,
    upsample: 'convT',
    normalizeInput: true,
    spectralNorm: false,
    lrSchedule: 'none',
  });
  expect(withLaterFields(stored({ model: 'mlp2d', optimizer: 'sgd' }))).toEqual({
    model: 'mlp2d',
    optimizer: 'sgd',
    spectralNorm: false,
    lrSchedule: 'none',
    batchNorm: false,
    samplesD: 1,
  });
  const deep = withLaterFields(stored({ model: 'mlp2d', optimizer: 'sgd', layersD: 1 }));
  expect(deep).toHaveProperty('maxoutD', 1);
  expect(identityOf(deep)).toEqual(stored({ model: 'mlp2d', optimizer: 'sgd', layersD: 1 }));
  expect(identityOf({ ...deep, samplesD: 2 } as Configuration)).toHaveProperty('samplesD', 2);
});

it('a StyleGAN that was stored before its D could be chosen has the one that all had', () => {
  const later = (model: string) => withLaterFields(stored({ model, optimizer: 'adam' }));
  expect(later('stylegan2')).toMatchObject({ residualD: true, deviationGroup: 4 });
  expect(later('stylegan3')).toMatchObject({ deviationGroup: 4, conditionG: false, activationClamp: 0 });
  expect(later('stylegan3')).not.toHaveProperty('residualD');
  expect(later('dcgan')).not.toHaveProperty('deviationGroup');
  expect(identityOf(later('stylegan2'))).not.toHaveProperty('residualD');
  expect(identityOf(later('stylegan2'))).not.toHaveProperty('conditionG');
  expect(later('cdcgan')).not.toHaveProperty('conditionG');
  expect(identityOf({ ...later('stylegan2'), residualD: false } as Configuration)).toHaveProperty('residualD', false);
});

it('a cgan that was stored before its depth could be chosen has the two layers that all had', () => {
  const later = withLaterFields(stored({ model: 'cgan', optimizer: 'adam' }));
  expect(later).toMatchObject({ layersG: 2, layersD: 2 });
  expect(identityOf(later)).not.toHaveProperty('layersG');
  expect(identityOf({ ...later, layersD: 3 } as Configuration)).toHaveProperty('layersD', 3);
  // mlp2d has had a depth from the beginning, and its trials' ids are made of it.
  expect(identityOf(stored({ model: 'mlp2d', layersG: 2 }))).toHaveProperty('layersG', 2);
});

it('a configuration that has the field keeps it, and its own identity', () => {
  const changed = stored({ model: 'dcgan', optimizer: 'adam', beta1: 0.7, beta1G: 0, kernel: 9 });
  expect(withLaterFields(changed)).toMatchObject({ beta1G: 0, kernel: 9 });
  expect(identityOf(withLaterFields(changed))).toEqual(changed);
});

it('a model of points from a plugin gets no field of images, whether or not the plugin is loaded', () => {
  const points = stored({ model: 'plugin:softplane', dataset: 'ring8', optimizer: 'adam' });
  expect(withLaterFields(points)).toEqual(points);
  const images = stored({ model: 'plugin:convolved', dataset: 'mnist', resolution: 16, optimizer: 'adam' });
  expect(withLaterFields(images)).toEqual({ ...images, adaTarget: 0, adaP: 0, adaPipe: 'bgc' });
});
