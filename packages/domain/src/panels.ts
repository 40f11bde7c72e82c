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
  'd-response': {
    title: 'Answers of D',
    doc: 'How often D gives which probability of being real, to held-out real samples (blue) and to generated ones (orange).',
  },
} as const satisfies Readonly<Record<string, PanelFacts>>;

export type PanelName = keyof typeof PANELS;
export const PANEL_NAMES = Object.keys(PANELS) as readonly PanelName[];
