import { planeReals } from '@gansweep/datasets';
import type { Configuration, DcganConfiguration, ImageReals, Mlp2dConfiguration, RealSource } from '@gansweep/domain';

/** A small training whose steps are timed. */
export interface ProbeNet {
  readonly configuration: Configuration;
  readonly reals: RealSource;
}

const SHARED = {
  optimizer: 'adam',
  lrG: 1e-4,
  lrD: 1e-4,
  beta1: 0.5,
  beta1G: 0.5,
  beta1D: 0.5,
  lrSchedule: 'none',
  spectralNorm: false,
  beta2: 0.999,
  adamEps: 1e-8,
  weightDecay: 0,
  images: 64_000,
  dSteps: 1,
  gSteps: 1,
  noise: 'gaussian',
  loss: 'non-saturating',
  realLabel: 1,
  fakeLabel: 0,
  labelNoise: 0,
  freezeRatio: 0,
  instanceNoise: 0,
} as const;

function dense(width: number): ProbeNet {
  const configuration: Mlp2dConfiguration = {
    ...SHARED,
    model: 'mlp2d',
    dataset: 'ring8',
    batch: 64,
    nz: 2,
    layersG: 3,
    layersD: 3,
    widthG: width,
    widthD: width,
    maxoutD: 1,
    samplesD: 1,
    batchNorm: false,
  };
  return { configuration, reals: planeReals('ring8') };
}

function convolutional(maps: number): ProbeNet {
  const configuration: DcganConfiguration = {
    ...SHARED,
    model: 'dcgan',
    dataset: 'mnist',
    batch: 16,
    nz: 16,
    resolution: 32,
    ngf: maps,
    ndf: maps,
    leak: 0.2,
    bnEps: 1e-5,
    bnMomentum: 0.1,
    classes: 'all',
    subset: 0,
    mirror: false,
    batchNorm: true,
    kernel: 4,
    upsample: 'convT',
    normalizeInput: true,
    ema: 0,
    r1Gamma: 0,
    adaTarget: 0,
    adaP: 0,
    adaPipe: 'bgc',
  };
  return { configuration, reals: GREY };
}

/** As good as digits: how long a step takes does not depend on what it sees. */
const GREY: ImageReals = {
  kind: 'images',
  count: 1_024,
  height: 32,
  width: 32,
  channels: 1,
  copy: (_, out) => void out.fill(128),
};

/** Two nets of a kind that differ in their arithmetic and hardly in their nodes. */
export const DENSE = { small: dense(16), large: dense(64) } as const;
export const CONVOLUTIONAL = { small: convolutional(4), large: convolutional(16) } as const;
