import type { LargeClaim, Source } from '../claim.ts';

const gpu = (source: Source, id: string, claim: string, criterion: string, note?: string): LargeClaim => ({
  id,
  source,
  claim,
  scale: 'gpu',
  criterion,
  ...(note === undefined ? {} : { note }),
});

/** Claims whose own scale is needed for an answer: wide nets, many images, many iterations. Their sweeps are ready. */
export const ON_A_GPU: readonly LargeClaim[] = [
  gpu(
    'DCGAN lab',
    'B0',
    'faces at 800 iterations, credible at 2,100, little change after 4,000; losses never converge: phases [1][2][3], [3] from about 2,000',
    'three phases, t23 ≈ 2,000 iterations; KID gains less than the deviation over seeds after 4,000',
  ),
  gpu(
    'DCGAN lab',
    'B1',
    '30 epochs do not reverse [3] and gain nothing to see',
    'KID of 26,000 iterations ≥ .9 of that of 8,000; L_G still rises',
  ),
  gpu(
    'DCGAN lab',
    'B6',
    'G updated twice, D faster: losses look better, final images pixelated, images at 2,000 more detailed',
    'KID better at 2,000 iterations and worse at 8,000 than the baseline',
  ),
  gpu(
    'DCGAN lab',
    'B7',
    'G updated twice, equal rates: starts well, D wins after 4,000',
    't23 ≈ 4,000 iterations, then D-dominance',
  ),
  gpu(
    'DCGAN lab',
    'B10',
    '64 px better and still improving at 8,000 to 20,000 iterations, much longer training',
    'KID at one feature resolution, ratio of seconds per iteration, KID still falling',
  ),
  gpu(
    'DCGAN lab',
    'B11',
    'interpolation in z changes several attributes at once',
    'path length; flips of an attribute classifier a path',
    'The classifier of attributes is not part of the product.',
  ),
  gpu('Zappos study', 'C1', '50 epochs leave opaque images, 100 do not', 'contrast, KID'),
  gpu(
    'Zappos study',
    'C6',
    'DCGAN is sharp at 64 px, noisy and blurred at 128',
    'precision; power of high frequencies against reals',
  ),
  gpu(
    'Zappos study',
    'C9',
    'augmentation p must stay below .8, above it leaks',
    'saturation and mean colour of fakes against reals by p',
  ),
  gpu(
    'Zappos study',
    'C10',
    'ADA gives a good FID from 1,000 images without overfitting',
    'the gap of KID grows as images get fewer; memorisation of the baseline',
  ),
  gpu(
    'Zappos study',
    'C11',
    'DCGAN rules: batch norm but in two places, ReLU and LeakyReLU, tanh',
    'KID of ablations',
    'Of the rules, batch norm, the slope and the up-sampling are fields.',
  ),
  gpu(
    'Zappos study',
    'C13',
    'ADA loses its advantage on large sets',
    'the sign of KID(ADA) − KID(none) turns with the number of images',
  ),
  gpu('internship report', 'D3', 'AAE blurrier than DCGAN at equal capacity', 'power of high frequencies; KID'),
  gpu(
    'internship report',
    'D5',
    'equilibrium never reached: D ahead, L_G grows, yet G keeps improving',
    'D-dominance, growing deviation of L_G, KID still falling',
  ),
  gpu(
    'internship report',
    'D7',
    'no correspondence between latents of G and the parameters of fractals',
    'distance of true pairs not below that of shuffled ones; R² of a linear probe (panel latent-correspondence)',
  ),
  gpu(
    'internship report',
    'D9',
    '128 px is a good compromise; the method works at any size',
    'time per image, KID at one feature resolution',
  ),
  gpu('internship report', 'D24', 'AAE best at beta1 .9; the fractal DCGAN must use .5', 'KID by beta1 and model'),
  gpu(
    'internship report',
    'D27',
    'AAE: a factor of 10 between learning rates is too large, 3 is best; lrE = lrG',
    'KID by lrG / lrD',
  ),
  gpu('internship report', 'D29', '9×9 kernels and many filters improve much', 'KID against parameters and time'),
  gpu(
    'internship report',
    'D30',
    'fractals: lrD 1e-5 does not learn; best lrG 1e-3, lrD 1e-4, eps .5',
    'KID over the grid',
  ),
  gpu('internship report', 'D31', 'runs collapse near their end', 'the best checkpoint comes before the last'),
  gpu(
    'StyleGAN blog',
    'E1',
    'StyleGAN keeps ordinary losses and D; only G changes',
    'KID at equal budget',
    'D of each model is its own: G alone cannot be swapped by a field.',
  ),
  gpu(
    'StyleGAN blog',
    'E2',
    'StyleGAN3 about as good as StyleGAN2, but equivariant to shifts and turns',
    'KID within the deviation over seeds; EQ-T and EQ-R in dB',
    'EQ-T and EQ-R are scores of stylegan3 alone (eq-t/v1, eq-r/v1). The variant for turns is not built.',
  ),
  gpu(
    'StyleGAN blog',
    'E3',
    'styles of 4–8, 16–32, 64+ px control pose, features, colour',
    'distance to both sources by the cut-off (panel style-mixing)',
  ),
  gpu(
    'StyleGAN blog',
    'E4',
    'noise of each layer controls detail',
    'deviation of pixels by frequency, noise of one layer drawn anew',
  ),
  gpu('StyleGAN blog', 'E5', 'progressive growing makes higher resolutions trainable', 'KID and time with and without'),
];
