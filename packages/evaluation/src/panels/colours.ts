import type { Colour } from '../render/picture.ts';

/** Colours of the panels, those of the live page: blue is real, orange is generated. */
export const PAPER: Colour = [250, 250, 252];
export const INK: Colour = [40, 44, 52];
export const FAINT: Colour = [205, 208, 216];
export const REAL: Colour = [46, 116, 214];
export const MADE: Colour = [214, 92, 16];

/** Between two colours. @param share 0 for the first, 1 for the second. */
export function mix(from: Colour, to: Colour, share: number): Colour {
  return [
    Math.round(from[0] + (to[0] - from[0]) * share),
    Math.round(from[1] + (to[1] - from[1]) * share),
    Math.round(from[2] + (to[2] - from[2]) * share),
  ];
}
