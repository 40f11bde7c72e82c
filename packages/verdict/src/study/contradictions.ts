/** Statements of the sources that cannot all be true. */
export interface Contradiction {
  readonly topic: string;
  readonly statements: string;
  /** Claims whose verdicts speak of it; none where no training can. */
  readonly claims: readonly string[];
  /** What settles it without a run. */
  readonly settled?: string;
}

export const CONTRADICTIONS: readonly Contradiction[] = [
  {
    topic: 'noise dimension',
    statements: 'GAN Lab lab: 10–20 limits diversity; DCGAN lab and internship: no effect',
    claims: ['A4', 'B9', 'D22'],
  },
  {
    topic: 'which side learns faster',
    statements: 'DCGAN lab: a faster G alone fails, a faster D alone works; internship: lrG = 5–10 × lrD',
    claims: ['B3', 'B4', 'B5', 'D20'],
  },
  {
    topic: 'beta1',
    statements: 'DCGAN lab: must be low; code of the internship’s auto-encoder: .9 best',
    claims: ['B8', 'D23', 'D24'],
  },
  {
    topic: 'D steps',
    statements:
      'GAN Lab lab: 2–3 for D; DCGAN lab: 1/1, extra steps of G help early only; D more often than G is cited, untested',
    claims: ['A3', 'B6', 'B24'],
  },
  {
    topic: 'loss as a guide',
    statements:
      'DCGAN lab and internship: the loss says nothing of quality; Zappos study chooses its model because L_G ≈ 4, D(G(z)) ≈ .018, which the other two call D winning',
    claims: ['B14', 'D4', 'C4'],
  },
  {
    topic: 'small data',
    statements:
      'Zappos study’s text: few real images suffice; its own table: baseline FID 100 with 1,000 images, 5.28 with 70,000',
    claims: ['C12'],
  },
  {
    topic: 'epsilon of batch norm',
    statements: 'internship: .5 (DCGAN), .01 (auto-encoder); usual value 1e-5',
    claims: ['D21'],
  },
  {
    topic: 'values of GAN Lab',
    statements:
      'GAN Lab lab: nz 10–200 and lr 1e-4 in GAN Lab; GAN Lab itself: noise of at most two numbers, lr ≥ 1e-3',
    claims: [],
    settled: 'settled by GAN Lab’s code: these values cannot be set there; here they can (A1, A4)',
  },
  {
    topic: 'ideal D',
    statements: 'DCGAN lab: all scores are 1 when G has learned; theory and internship: D cannot tell, D* = ½',
    claims: [],
    settled: 'settled by theory: D* = p / (p + q) = ½ where the laws are equal; docs/numerics.md, losses',
  },
  {
    topic: 'budgets',
    statements: 'DCGAN lab: 8,000 iterations are 10 epochs, but 26,000 are 30 (32.9 at a batch of 256)',
    claims: [],
    settled: 'settled by arithmetic: 26,000 × 256 / 202,000 = 32.9',
  },
  {
    topic: 'details of the Zappos study',
    statements:
      '12,859 images listed, 12,856 used; beta1 described as a quantity that decays; AdaIN with a bias only; sizes of 256 and 1024 px alone',
    claims: ['C8'],
    settled:
      'settled by the definitions: beta1 is constant, AdaIN has a scale and a bias; C8 contradicted; the three images stay unexplained',
  },
  {
    topic: 'details of the internship',
    statements:
      'the annex’s generator cannot reach 128 px; Algorithm 1 sets the fake label to 1; cross-entropy in bits; L_EG said to make codes N(0, 1)',
    claims: ['D8'],
    settled:
      'settled by arithmetic and its code: misprints, natural logarithms; the latent term is 2.414 for N(0, 1) and 1 for z ≡ 0, so it does not enforce N(0, 1) (docs/numerics.md)',
  },
  {
    topic: 'date of StyleGAN3',
    statements: 'StyleGAN blog: June 2021; Zappos study: 18 October 2021',
    claims: [],
    settled: 'both may stand: paper in June, code in October',
  },
];
