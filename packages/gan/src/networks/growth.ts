import {
  add,
  averagePool,
  concat,
  mul,
  reshape,
  type Sym,
  sizeOf,
  slice,
  sub,
  upsampleNearest,
} from '@gansweep/program/browser';
import type { ParameterSpec } from '../parameters.ts';
import { tensorNamed } from './network.ts';
import { sidesUpTo } from './style-sizes.ts';

/** Side of the images that growing begins with. */
const FIRST_SIDE = 8;
const PRESENCE = 'presence';

/** Sides of images that come in later, from 16 to the resolution. */
export function laterSides(resolution: number): readonly number[] {
  return sidesUpTo(resolution).filter((side) => side > FIRST_SIDE);
}

/** Sides at which a growing network has images of its own, from 8 to the resolution. */
export function imageSides(resolution: number): readonly number[] {
  return [FIRST_SIDE, ...laterSides(resolution)];
}

/** How far the layers of each later side have come in, 0…1: stands behind a growing network's other statistics. */
export function presenceStatistics(resolution: number): ParameterSpec[] {
  return [{ name: PRESENCE, shape: [laterSides(resolution).length], initial: { kind: 'constant', value: 0 } }];
}

/** Running statistics that a pass leaves as they are: how far a network has grown is set before it. */
export function keptPresence(statistics: ReadonlyMap<string, Sym>): readonly (readonly [string, Sym])[] {
  return [[PRESENCE, tensorNamed(statistics, PRESENCE)]];
}

/** A growing network's statistics, all in one vector, with another presence. @param presence a number for each later side. */
export function withPresence(statistics: Sym, presence: Sym): Sym {
  const others = sizeOf(statistics.shape) - sizeOf(presence.shape);
  return others > 0 ? concat([slice(statistics, 0, 0, others), presence], 0) : presence;
}

/** How far the layers of a side have come in, a scalar; null for those that are always there. */
export function presenceAt(statistics: ReadonlyMap<string, Sym>, side: number): Sym | null {
  if (side <= FIRST_SIDE) return null;
  return reshape(slice(tensorNamed(statistics, PRESENCE), 0, Math.log2(side / FIRST_SIDE) - 1, 1), []);
}

/** before + share · (after − before), exactly one of the two at shares of 0 and 1. */
export function faded(before: Sym, after: Sym, share: Sym): Sym {
  return add(mul(before, sub(1, share)), mul(after, share));
}

/**
 * One image of images of every side: the smallest, doubled and faded into the next, and so on.
 * @param images `[batch, channels, side, side]` by side. @returns that of the largest side, of which later sides that are
 * not in yet show nothing. @see Karras et al. (2018), section 2, arXiv:1710.10196
 */
export function blended(images: ReadonlyMap<number, Sym>, statistics: ReadonlyMap<string, Sym>): Sym {
  return [...images].reduce<Sym | null>((before, [side, image]) => {
    const share = before && presenceAt(statistics, side);
    return before && share ? faded(upsampleNearest(before, 2), image, share) : image;
  }, null) as Sym;
}

/** How far a layer has come in, by the side of maps or images that its name tells; null for those that are always there. */
export function presenceOfLayer(
  statistics: ReadonlyMap<string, Sym>,
  { name, resolution }: { readonly name: string; readonly resolution: number },
): Sym | null {
  if (name.startsWith('image.')) return presenceAt(statistics, resolution);
  const side = /^(?:side|image)(\d+)/.exec(name)?.[1];
  return side === undefined ? null : presenceAt(statistics, Number(side));
}

/** Images as a network of that growth can make them: without the details of sides that are not in yet. */
export function asGrown(images: Sym, statistics: ReadonlyMap<string, Sym>): Sym {
  const resolution = images.shape[3] as number;
  return blended(
    new Map(
      imageSides(resolution).map((side) => [
        side,
        side === resolution ? images : averagePool(images, resolution / side),
      ]),
    ),
    statistics,
  );
}
