/** What a panel is, for everyone who shows it without making it. */
export interface PanelFacts {
  readonly title: string;
  /** For people: what is seen, and how to read it. */
  readonly doc: string;
}

/** Pictures of a run's networks at one moment, each kept with the numbers behind it; in the order in which pages show them. */
export const PANELS = {
  'd-surface': {
    title: 'What D makes of the plane',
    doc: 'Blue where D takes points for real, orange where it takes them for generated. Dots: real points (blue) and generated ones (orange). Arrows: where the gradient of D(x) would move generated points, the longest being the steepest.',
  },
  'g-manifold': {
    title: 'What G makes of its noise',
    doc: 'A lattice over equal shares of the noise, mapped by G: cells of equal probability, darker where G squeezes them together. Noise of more than two numbers varies in the first two, the others at their median.',
  },
  'fixed-noise': {
    title: 'The same noise for every run',
    doc: 'What G makes of noise that is the same for every run with as many numbers of the same law, whatever its seed: the same place is the same noise. A row a class where G is told one.',
  },
  'nearest-reals': {
    title: 'Nearest training images',
    doc: 'Generated images, and below each the training image that is nearest to it: where the two are alike everywhere, G repeats what it saw. Compared in grey cells of 16 by 16, among 10,000 training images at most.',
  },
  'plane-samples': {
    title: 'Generated points among real ones',
    doc: 'Real points (blue) and generated ones (orange).',
  },
  lerp: {
    title: 'Between two latents, in a straight line',
    doc: 'Each row leads from one latent to another by equal steps (lerp); the ends are the same for every run.',
  },
  slerp: {
    title: 'Between two latents, along the sphere',
    doc: 'The same ends as in a straight line, by equal angles (slerp).',
  },
  reconstructions: {
    title: 'Reconstructions',
    doc: 'Held-out images, and below each what G makes of the code that E gives it. Below: the variance of the codes, and how many of their numbers a Kolmogorov-Smirnov test tells from N(0, 1).',
  },
  truncation: {
    title: 'Truncation',
    doc: 'Each row is one latent, its styles drawn towards their mean by the factor above: 0 is the mean, 1 the style itself, below 0 its opposite.',
  },
  'style-mixing': {
    title: 'Style mixing',
    doc: 'Each image takes the styles of the first half of the layers from the image on the left, those of the second half from the image above.',
  },
  'latent-correspondence': {
    title: 'Do latents mean what the numbers behind the images mean?',
    doc: 'Held-out images, and below each what G makes of the numbers behind it as its latents. Histogram: mean distances of shuffled pairs; the line is that of the true ones, p the share of shuffles that are no further apart. R2: how well a linear probe reads those numbers from the image, from what G makes of them, and from E’s code: 1 is all, 0 nothing.',
  },
  'd-response': {
    title: 'Answers of D',
    doc: 'How often D gives which probability of being real, to held-out real samples (blue) and to generated ones (orange).',
  },
} as const satisfies Readonly<Record<string, PanelFacts>>;

export type PanelName = keyof typeof PANELS;
export const PANEL_NAMES = Object.keys(PANELS) as readonly PanelName[];
