import type { PlaneLaw } from './datasets.ts';
import { isPluginName, type PluginName, pluginDataOf } from './plugins.ts';

/** Square part of the plane on which a law is histogrammed and drawn: `low` and `high` bound both coordinates. */
export interface LawBox {
  readonly low: number;
  readonly high: number;
}

/** Separate modes of a law: round Gaussians of one width. */
export interface LawModes {
  readonly centres: readonly (readonly [x: number, y: number])[];
  /** Standard deviation of each coordinate around the centre. */
  readonly sigma: number;
}

const UNIT_SQUARE: LawBox = { low: 0, high: 1 };
const GRID = [-4, -2, 0, 2, 4];

/** Box of `density2d/v1`: the unit square for GAN Lab's laws, ±1.5 for the ring of 8, ±5 for the grid of 25; a plugin's own. */
export function lawBox(law: PlaneLaw): LawBox {
  if (isPluginName(law)) return pluginLaw(law).box;
  switch (law) {
    case 'ring8':
      return { low: -1.5, high: 1.5 };
    case 'grid25':
      return { low: -5, high: 5 };
    case 'gaussians':
    case 'line':
    case 'ring':
    case 'disjoint':
    case 'drawing':
      return UNIT_SQUARE;
  }
}

/**
 * Modes of a law, or null where it has no separate ones. `ring8` and `grid25` as in fjxmlzn/PacGAN, `disjoint` as in
 * poloclub/ganlab.
 */
export function lawModes(law: PlaneLaw): LawModes | null {
  if (isPluginName(law)) return pluginLaw(law).modes;
  switch (law) {
    case 'ring8':
      return {
        centres: Array.from({ length: 8 }, (_, k) => [
          Math.cos((2 * Math.PI * k) / 8),
          Math.sin((2 * Math.PI * k) / 8),
        ]),
        sigma: 0.01,
      };
    case 'grid25':
      return { centres: GRID.flatMap((x) => GRID.map((y) => [x, y] as const)), sigma: 0.05 };
    case 'disjoint':
      return {
        centres: [
          [0.35, 0.75],
          [0.75, 0.6],
          [0.45, 0.35],
        ],
        sigma: 0.025,
      };
    case 'gaussians':
    case 'line':
    case 'ring':
    case 'drawing':
      return null;
  }
}

function pluginLaw(law: PluginName) {
  const data = pluginDataOf(law);
  if (data?.kind !== 'points') throw new Error(`no law of the plane is called ${law}`);
  return data;
}
