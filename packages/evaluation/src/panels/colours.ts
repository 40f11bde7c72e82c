import type { Colour } from '../render/picture.ts';

/** Colours of the panels, those of the live page: blue is real, orange is generated. */
export const PAPER: Colour = [250, 250, 252];
export const INK: Colour = [40, 44, 52];
export const FAINT: Colour = [205, 208, 216];
export const REAL: Colour = [46, 116, 214];
export const MADE: Colour = [214, 92, 16];

/** Between two colours. @param share 0 for the first, 1 for the second. */
export function mix(from: Colour, to: Colour, share: number): Colour {
  const part = (k: 0 | 1 | 2): number => Math.round(from[k] + (to[k] - from[k]) * share);
  return [part(0), part(1), part(2)];
}
