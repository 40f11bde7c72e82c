import {
  add,
  concat,
  expand,
  greater,
  mean,
  mul,
  reshape,
  type Sym,
  secondMomentNorm,
  slice,
  sub,
  table,
  where,
} from '@gansweep/program/browser';
import type { ParameterSpec } from '../parameters.ts';
import { dense, denseParameters, gainedLeakyRelu } from './equalised-layers.ts';
import { conditionOf, type Pass, tensorNamed } from './network.ts';

/** Layers of the mapping network learn a hundred times as slowly. */
const SPEED = { multiplier: 0.01 } as const;
const EPSILON = 1e-8;
const AVERAGE = 'w.mean';
const EMBEDDING = 'embedding';

/** Sizes of the mapping network z → w. */
export interface LatentSizes {
  readonly nz: number;
  /** Numbers that G is told of each image; 0 where it is told nothing. */
  readonly classes: number;
  /** Width of w and of every layer. */
  readonly width: number;
  /** Dense layers. */
  readonly mappingLayers: number;
  /** How many layers of the synthesis take a style. */
  readonly styledLayers: number;
  /** Weight that the running mean of w keeps at each of its moves. */
  readonly averageDecay: number;
  readonly activation?: (x: Sym) => Sym;
}

const layerName = (i: number): string => `mapping${i + 1}`;

export function latentParameters({ nz, classes, width, mappingLayers }: LatentSizes): ParameterSpec[] {
  const inputs = classes > 0 ? nz + width : nz;
  return [
    ...Array.from({ length: mappingLayers }, (_, i) =>
      denseParameters(layerName(i), { from: i === 0 ? inputs : width, to: width, ...SPEED }),
    ).flat(),
    ...(classes > 0 ? denseParameters(EMBEDDING, { from: classes, to: width }) : []),
  ];
}

/** The running mean of w: where truncation draws to. */
export function latentStatistics({ width }: LatentSizes): ParameterSpec[] {
  return [{ name: AVERAGE, shape: [width], initial: { kind: 'constant', value: 0 } }];
}

/**
 * A style for every layer: w of z, in layers from the crossover on that of the second z, each drawn towards the mean of w by
 * the truncation; the mean moves by the w of this batch's first z.
 * @returns `styles` `[batch, layers, width]`, one tensor, so that the path length can be taken by it.
 * @see Karras et al. (2019), sections 2, 3.1 and appendix B, arXiv:1812.04948
 */
export function layerStyles(
  pass: Pass,
  sizes: LatentSizes,
): { readonly styles: Sym; readonly statistics: ReadonlyMap<string, Sym> } {
  const { width, styledLayers, averageDecay } = sizes;
  const { mixing = null, truncation = null, walk = null } = pass.draws ?? {};
  const batch = pass.input.shape[0] as number;
  const forLayers = (w: Sym): Sym => expand(reshape(w, [batch, 1, width]), [batch, styledLayers, width]);
  const start = mapped(pass.input, pass, sizes);
  const w = walk
    ? add(start, mul(sub(mapped(walk.second, pass, sizes), start), reshape(walk.place, [batch, 1])))
    : start;
  pass.probe('mapping', w);
  let styles = forLayers(w);
  if (mixing) {
    const layers = table(
      w,
      Array.from({ length: styledLayers }, (_, i) => i),
      [1, styledLayers, 1],
    );
    const isFirst = greater(reshape(mixing.from, [batch, 1, 1]), layers);
    styles = where(isFirst, styles, forLayers(mapped(mixing.second, pass, sizes)));
  }
  const average = tensorNamed(pass.statistics, AVERAGE);
  if (truncation) {
    const centre = reshape(average, [1, 1, width]);
    styles = add(centre, mul(sub(styles, centre), truncation));
  }
  if (pass.mode === 'sample') return { styles, statistics: pass.statistics };
  const moved = add(mul(average, averageDecay), mul(mean(w, [0]), 1 - averageDecay));
  return { styles, statistics: new Map([[AVERAGE, moved]]) };
}

function mapped(z: Sym, pass: Pass, { classes, mappingLayers, activation = gainedLeakyRelu }: LatentSizes): Sym {
  const { parameters } = pass;
  const latent = secondMomentNorm(z, { epsilon: EPSILON });
  let w = classes > 0 ? concat([latent, embedded(pass)], 1) : latent;
  for (let i = 0; i < mappingLayers; i++) w = activation(dense(w, parameters, layerName(i), SPEED));
  return w;
}

/**
 * What a network is told as a vector of the width that its layer `embedding` has, scaled to mean square 1, `[batch, width]`.
 * @see Karras et al. (2020), appendix F of arXiv:2006.06676
 */
export function embedded(pass: Pass): Sym {
  return secondMomentNorm(dense(conditionOf(pass), pass.parameters, EMBEDDING), { epsilon: EPSILON });
}

/** Style of one layer, `[batch, width]`. @param layer number from 0. */
export function styleOf(styles: Sym, layer: number): Sym {
  const [batch, , width] = styles.shape as readonly [number, number, number];
  return reshape(slice(styles, 1, layer, 1), [batch, width]);
}

/** Cuts each image's normals `[batch, Σ sides²]` into a map for every layer, `[batch, 1, side, side]`. */
export function noiseMaps(normals: Sym, sides: readonly number[]): Sym[] {
  const batch = normals.shape[0] as number;
  let start = 0;
  return sides.map((side) => {
    const map = reshape(slice(normals, 1, start, side * side), [batch, 1, side, side]);
    start += side * side;
    return map;
  });
}

/** Numbers that the maps of all layers take together. */
export function noiseLength(sides: readonly number[]): number {
  return sides.reduce((total, side) => total + side * side, 0);
}
