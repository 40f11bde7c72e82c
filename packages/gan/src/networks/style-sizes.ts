import { clamp, type Filter, type Sym } from '@gansweep/program/browser';

/** Side of G's constant and of D's last maps. */
export const SMALLEST = 4;
/** Widest maps and styles, in base widths. */
export const WIDEST = 4;
/** What the networks' sizes depend on. */
export interface StyleSizes {
  /** Side of the images: a power of two from 8. */
  readonly resolution: number;
  readonly channels: number;
  readonly nz: number;
  readonly mappingLayers: number;
  /** Base widths: maps at side r have min(64 · width / r, 4 · width) channels. */
  readonly ngf: number;
  readonly ndf: number;
  readonly spectralNorm: boolean;
  /** Numbers that the networks are told of each sample, 1 of as many where it is a class; 0 where left out. */
  readonly classes?: number;
  /** D is told them too; so it is where left out. */
  readonly conditionD?: boolean;
  /** Images that D's minibatch deviation compares, at most; 4 where left out. */
  readonly deviationGroup?: number;
  /** Most that convolutions give, of either sign; 0, as where left out, does not limit them. */
  readonly activationClamp?: number;
  /** After every layer but the last; leaky ReLU with gain √2. Gradient checks want a smooth one. */
  readonly activation?: (x: Sym) => Sym;
}

/** What a convolution gives, limited where there is a limit. @see Karras et al. (2020), appendix B of arXiv:2006.06676 */
export function limited(x: Sym, { activationClamp = 0 }: Pick<StyleSizes, 'activationClamp'>): Sym {
  return activationClamp > 0 ? clamp(x, -activationClamp, activationClamp) : x;
}

/** Sides of the maps, from 4 to the images'. @throws RangeError unless the side is a power of two from 8. */
export function sidesUpTo(resolution: number): readonly number[] {
  const doublings = Math.log2(resolution / SMALLEST);
  if (!Number.isInteger(doublings) || doublings < 1)
    throw new RangeError(`a StyleGAN wants a power of two from 8 px, not ${resolution}`);
  return Array.from({ length: doublings + 1 }, (_, i) => SMALLEST * 2 ** i);
}

/** Channels of the maps at a side. */
export function channelsAt(side: number, width: number): number {
  return Math.max(1, Math.floor(Math.min((64 * width) / side, WIDEST * width)));
}

/** The binomial filter (1 3 3 1) whose taps sum to `gain`. */
export function binomial(gain: number): readonly number[] {
  return [1, 3, 3, 1].map((tap) => (tap * gain) / 8);
}
export const SMOOTH_AFTER_DOUBLING: Filter = { taps: binomial(2), before: 1, after: 1 };
export const DOUBLE: Filter = { taps: binomial(2), up: 2, before: 2, after: 1 };
