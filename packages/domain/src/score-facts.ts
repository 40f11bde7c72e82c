/** What a score says, for people. */
export interface ScoreFacts {
  /** What it is, in a line. */
  readonly doc: string;
  /** Of its values; empty where they are bare numbers. */
  readonly unit: string;
  /** Which end is better; null where neither is, as of what describes a training. */
  readonly better: 'lower' | 'higher' | null;
}

type Row = readonly [better: ScoreFacts['better'], unit: string, doc: string];

/** Scores by the features of an extractor, by what stands before its name. */
const BY_FEATURES: Readonly<Record<string, Row>> = {
  fd: ['lower', '', 'Fréchet distance of fakes and held-out reals'],
  kid: ['lower', '', 'kernel distance of fakes and held-out reals; 0 for the same law, and at times a little less'],
  precision: ['higher', 'share', 'fakes that lie among the reals: how real they look'],
  recall: ['higher', 'share', 'reals that lie among the fakes: how much of the data there is'],
  density: ['higher', '', 'how densely reals surround fakes; 1 for the same law'],
  coverage: ['higher', 'share', 'reals with a fake near them'],
  mmd: ['lower', '', 'distance of fakes and reals by a Gaussian kernel; 0 for the same law'],
  ndb: ['lower', 'share', 'bins that hold another share of the fakes than of the reals; .05 for the same law'],
  'ndb-js': ['lower', 'nats', 'divergence of the histograms of fakes and reals over bins'],
  diversity: ['higher', '', 'how far fakes are from each other, by how far reals are; 1 for the same law'],
  memorisation: [
    'lower',
    'share',
    'fakes nearer to the training set than held-out reals; .5 for the same law, 1 for copies',
  ],
  'nearest-ratio': [
    'higher',
    '',
    'distance to the training set, of fakes by that of held-out reals; 1 for the same law, 0 for copies',
  ],
  ppl: ['lower', '', 'perceptual path length: how far a small step between latent vectors moves the image'],
  'ppl-w': ['lower', '', 'perceptual path length between styles'],
  'precision-lerp': [
    'higher',
    'share',
    'images halfway between two latent vectors, on the straight line, that look real',
  ],
  'precision-slerp': ['higher', 'share', 'images halfway between two latent vectors, on the circle, that look real'],
  is: [
    'higher',
    '',
    'inception-style score by the classifier of digits: sure of each fake, and of many classes; 10 at best',
  ],
  conditional: ['higher', 'share', 'fakes that the classifier takes for the class they were asked for'],
  classes: ['higher', 'of 10', 'digits with at least one fake'],
  'class-kl': ['lower', 'nats', 'how unevenly fakes are spread over the digits; 0 is even'],
  modes: ['higher', 'of 1,000', 'stacks of three digits with at least one fake'],
  'mode-kl': ['lower', 'nats', 'how unevenly fakes are spread over the stacks of digits; 0 is even'],
};

const OTHERS: Readonly<Record<string, Row>> = {
  fid: ['lower', '', 'Fréchet inception distance of fakes and held-out reals'],
  js: [
    'lower',
    'nats',
    'Jensen-Shannon divergence of generated and real points on a grid; 0 for the same law, ln 2 at most',
  ],
  kl: ['lower', 'nats', 'Kullback-Leibler divergence of generated from real points on a grid'],
  'fd-points': ['lower', '', 'Fréchet distance of generated and real points'],
  sw2: ['lower', '', 'sliced Wasserstein distance: how far points would have to be moved'],
  modes: ['higher', 'modes', 'modes of the law with at least one good sample'],
  hq: ['higher', 'share', 'samples within three deviations of a mode; .989 for the law itself'],
  'mode-kl': ['lower', 'nats', 'how unevenly good samples are spread over the modes; 0 is even'],
  'mode-js': ['lower', 'nats', 'the same as a Jensen-Shannon divergence'],
  'mode-entropy': [
    'higher',
    'nats',
    'entropy of good samples over the modes; the logarithm of their number where all get as many',
  ],
  'mode-variance': ['lower', 'samples²', 'variance of the number of good samples of a mode; 0 where all get as many'],
  swd: ['lower', '×10⁻³', 'sliced Wasserstein distance of patches of fakes and reals, mean over sizes'],
  'eq-t': ['higher', 'dB', 'how well the image follows when its input is shifted by whole pixels'],
  'eq-t-fraction': ['higher', 'dB', 'how well the image follows when its input is shifted by fractions of a pixel'],
  'eq-r': ['higher', 'dB', 'how well the image follows when its input is turned'],
  saturation: [null, '0…1', 'how strong colours are'],
  contrast: [null, '0…1', 'deviation of the brightness within an image'],
  'mean-red': [null, '0…1', 'mean of the red channel'],
  'mean-green': [null, '0…1', 'mean of the green channel'],
  'mean-blue': [null, '0…1', 'mean of the blue channel'],
  symmetry: [null, '−1…1', 'likeness of an image and its mirror image'],
  'high-frequency': [null, 'share', 'power above half of the highest frequency'],
  checkerboard: [null, 'share', 'power at the highest frequency: much of it is the pattern of transposed convolutions'],
  'isolated-pixels': [null, 'share', 'pixels that stand out from all their neighbours'],
  'total-variation': [null, '', 'mean difference of neighbouring pixels'],
  'late-deviation-d': [
    'lower',
    '',
    'deviation of the smoothed loss of D over the last fifth of the run: how unsteady it is',
  ],
  'late-deviation-g': [
    'lower',
    '',
    'deviation of the smoothed loss of G over the last fifth of the run: how unsteady it is',
  ],
  'colour-lag': [
    null,
    '−1…1',
    'mean colour from one evaluation to the next: below 0 where it comes and goes, near 1 where it drifts, 0 where it stands',
  ],
  'd-real': [null, '0…1', 'mean probability of being real that D gives held-out reals; ½ where it cannot tell'],
  'd-real-least': [null, '0…1', 'least probability of being real that D gives a held-out real'],
  'd-real-most': [null, '0…1', 'greatest probability of being real that D gives a held-out real'],
  'd-real-variation': [null, 'of the mean', 'deviation of what D gives held-out reals'],
  'd-fake': [null, '0…1', 'mean probability of being real that D gives fakes; ½ where it cannot tell'],
  'd-fake-least': [null, '0…1', 'least probability of being real that D gives a fake'],
  'd-fake-most': [null, '0…1', 'greatest probability of being real that D gives a fake'],
  'd-fake-variation': [null, 'of the mean', 'deviation of what D gives fakes'],
  'd-gradient': [null, 'a unit of x', 'how steep D is at fakes: what G has to learn by'],
};

/** What a score says, by its name; null for one of a plugin, which nobody here knows. */
export function scoreFacts(name: string): ScoreFacts | null {
  if (name.startsWith('speed-'))
    return {
      doc: `real images until ${name.slice('speed-'.length)} first came within a tenth of its best so far`,
      unit: 'images',
      better: 'lower',
    };
  const own = Object.hasOwn(OTHERS, name) ? OTHERS[name] : undefined;
  if (own) return factsOf(own);
  const [, family = '', extractor = ''] = /^(.+)-([a-z0-9]+)$/.exec(name) ?? [];
  const row = BY_FEATURES[family];
  if (!row) return null;
  const facts = factsOf(row);
  return { ...facts, doc: `${facts.doc}, as ${extractor} sees them` };
}

function factsOf([better, unit, doc]: Row): ScoreFacts {
  return { better, unit, doc };
}
