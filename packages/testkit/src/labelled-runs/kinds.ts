import type { FindingName } from '@gansweep/domain';

/** A recipe of runs that are ill in a known way, or healthy. */
export interface LabelledKind {
  /** What was done to the training, in a few words. */
  readonly recipe: string;
  /** Constants of a sweep spec. */
  readonly parameters: Readonly<Record<string, string | number>>;
  /** Only so many images of the training set are seen; all where it is left out. */
  readonly trainOn?: number;
  /** Findings that such a run must have, and everything else it must not. */
  readonly expected: readonly FindingName[];
  /** Findings on which such runs differ from seed to seed, or that may follow from the illness: not judged. */
  readonly open?: readonly FindingName[];
}

const PLANE = { model: 'mlp2d', batch: 64, images: 256_000 } as const;
const WIDE = { layersG: 3, layersD: 3, widthG: 64, widthD: 64 } as const;
const MIDDLE = { layersG: 3, layersD: 3, widthG: 32, widthD: 32 } as const;
/** Both players linear: the rotation of Mescheder et al. (2018), "Which training methods for GANs do actually converge?" */
const LINEAR = { layersG: 0, layersD: 0, beta1: 0.9 } as const;
const DIGITS = { model: 'dcgan', dataset: 'mnist', batch: 32, images: 25_600, ngf: 8, ndf: 8, nz: 16 } as const;
/** So small a D is held in check by a G that moves fast. */
const BALANCED = { ...DIGITS, lrG: 2e-2, lrD: 2e-4 } as const;

/** Labels were set from the recipe, and mended by the curves of the tuning seeds alone. */
export const LABELLED_KINDS: Readonly<Record<string, LabelledKind>> = {
  gaussians: {
    recipe: 'healthy: two Gaussians, equal networks',
    parameters: { ...PLANE, ...MIDDLE, dataset: 'gaussians' },
    expected: [],
  },
  line: { recipe: 'healthy: a line', parameters: { ...PLANE, ...MIDDLE, dataset: 'line' }, expected: [] },
  disjoint: {
    recipe: 'healthy: three separate modes',
    parameters: { ...PLANE, ...MIDDLE, dataset: 'disjoint' },
    expected: [],
  },
  ring8: {
    recipe: 'healthy: eight modes, wide networks; D learns first, then G',
    parameters: { ...PLANE, ...WIDE, dataset: 'ring8' },
    expected: ['loss-phase-1', 'loss-phase-2'],
    // Some seeds go through a small round of all phases at the start.
    open: ['loss-phase-3'],
  },
  'ring8-least-squares': {
    recipe: 'healthy: the same with the least-squares loss',
    parameters: { ...PLANE, ...WIDE, dataset: 'ring8', loss: 'least-squares' },
    expected: ['loss-phase-1', 'loss-phase-2'],
    open: ['loss-phase-3'],
  },
  'g-too-small': {
    recipe: 'a G of one layer against a fast, wide D: few modes',
    parameters: { ...PLANE, dataset: 'ring8', layersG: 1, widthG: 16, layersD: 3, widthD: 64, lrD: 2e-3 },
    expected: ['loss-phase-1', 'loss-phase-2', 'collapse'],
  },
  'g-stands': {
    recipe: 'G is never updated',
    parameters: { ...PLANE, dataset: 'ring8', gSteps: 0, widthD: 32 },
    expected: ['d-dominance'],
    open: ['collapse'],
  },
  'd-stands': {
    recipe: 'D is never updated: G runs to its favourite point',
    parameters: { ...PLANE, dataset: 'ring8', dSteps: 0, widthG: 32, widthD: 32 },
    expected: ['collapse'],
    open: ['frozen-loss'],
  },
  'd-races': {
    recipe: 'learning rate of D a thousand times that of G',
    parameters: { ...PLANE, dataset: 'ring8', lrD: 1e-2, lrG: 1e-5, widthD: 32 },
    expected: ['loss-phase-1', 'd-dominance', 'g-explosion'],
    open: ['collapse', 'loss-phase-2', 'loss-phase-3'],
  },
  'd-races-disjoint': {
    recipe: 'the same on three modes',
    parameters: { ...PLANE, dataset: 'disjoint', lrD: 1e-2, lrG: 1e-5, widthD: 32 },
    expected: ['loss-phase-1', 'd-dominance', 'g-explosion'],
    open: ['collapse', 'loss-phase-2', 'loss-phase-3'],
  },
  'g-races': {
    recipe: 'learning rate of G a thousand times that of D',
    parameters: { ...PLANE, dataset: 'ring8', lrG: 0.1, lrD: 1e-4 },
    expected: ['collapse'],
    open: ['frozen-loss', 'oscillation', 'loss-phase-2', 'loss-phase-3', 'g-explosion', 'loss-phase-1'],
  },
  'lr-too-high': {
    recipe: 'both learning rates fifty times too high',
    parameters: { ...PLANE, dataset: 'ring8', lr: 5e-2, widthG: 32, widthD: 32 },
    expected: ['collapse'],
    open: ['oscillation', 'd-dominance', 'loss-phase-2', 'loss-phase-3', 'frozen-loss', 'g-explosion', 'loss-phase-1'],
  },
  rotation: {
    recipe: 'linear players with a high momentum go round each other',
    parameters: { ...PLANE, ...LINEAR, dataset: 'gaussians', lr: 2e-2 },
    expected: ['oscillation'],
    open: ['collapse', 'loss-phase-2', 'loss-phase-3', 'loss-phase-1'],
  },
  'slow-rotation': {
    recipe: 'the same, so slowly that each turn is seen: the losses go through all phases',
    parameters: { ...PLANE, ...LINEAR, dataset: 'gaussians', lr: 1.2e-3, images: 512_000 },
    expected: ['loss-phase-1', 'loss-phase-2', 'loss-phase-3'],
    open: ['collapse', 'oscillation', 'd-dominance'],
  },
  'slow-rotation-ring': {
    recipe: 'the same on a ring',
    parameters: { ...PLANE, ...LINEAR, dataset: 'ring', lr: 1.2e-3, images: 512_000 },
    expected: ['loss-phase-1', 'loss-phase-2', 'loss-phase-3'],
    open: ['collapse', 'oscillation', 'd-dominance'],
  },
  'lr-too-low': {
    recipe: 'learning rates at which nothing moves',
    parameters: { ...PLANE, dataset: 'gaussians', optimizer: 'sgd', lr: 1e-6 },
    expected: ['frozen-loss'],
    open: ['collapse'],
  },
  'dead-units': {
    recipe: 'heavy-ball steps so large that every unit dies',
    parameters: { ...PLANE, dataset: 'grid25', optimizer: 'sgd', lr: 1, sgdMomentum: 0.95, loss: 'least-squares' },
    expected: ['frozen-loss'],
    open: ['collapse', 'd-dominance'],
  },
  diverges: {
    recipe: 'deep networks, heavy-ball steps: weights leave the range of float32',
    parameters: {
      ...PLANE,
      dataset: 'grid25',
      optimizer: 'sgd',
      lr: 1,
      sgdMomentum: 0.99,
      layersG: 4,
      layersD: 4,
      widthG: 64,
      widthD: 64,
    },
    expected: ['non-finite'],
  },
  digits: {
    recipe: 'healthy: 2,000 images of MNIST, small networks',
    parameters: BALANCED,
    trainOn: 2_000,
    expected: ['loss-phase-1'],
    open: ['loss-phase-2', 'loss-phase-3'],
  },
  'digits-begun': {
    recipe: 'MNIST at a low learning rate, ended while D is far ahead',
    parameters: DIGITS,
    expected: ['loss-phase-1', 'd-dominance'],
    open: ['collapse', 'g-explosion', 'loss-phase-2', 'loss-phase-3'],
  },
  'digits-by-heart': {
    recipe: 'MNIST, of which only four images are seen',
    parameters: { ...DIGITS, batch: 8, images: 16_000, nz: 2, noise: 'uniform', lrG: 2e-3, lrD: 2e-4 },
    trainOn: 4,
    expected: ['loss-phase-1', 'memorisation'],
    open: ['oscillation', 'd-dominance', 'loss-phase-2', 'loss-phase-3', 'g-explosion'],
  },
  'digits-d-stands': {
    recipe: 'MNIST, D is never updated',
    parameters: { ...BALANCED, dSteps: 0, images: 12_800 },
    expected: ['collapse'],
    open: ['frozen-loss'],
  },
};
