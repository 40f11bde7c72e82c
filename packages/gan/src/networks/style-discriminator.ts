import {
  add,
  averagePool,
  type Filter,
  filterImages,
  mul,
  reshape,
  type Sym,
  sizeOf,
  sum,
} from '@gansweep/program/browser';
import { conv, convParameters, dense, denseParameters, gainedLeakyRelu, withBias } from './equalised-layers.ts';
import { faded, imageSides, keptPresence, presenceAt, presenceStatistics } from './growth.ts';
import { withMinibatchDeviation } from './minibatch-deviation.ts';
import type { Network } from './network.ts';
import { spectralStatistics, weightsOf } from './spectral-norm.ts';
import { embedded } from './style-latents.ts';
import { binomial, channelsAt, limited, SMALLEST, type StyleSizes, sidesUpTo } from './style-sizes.ts';

const SAME = { stride: 1, padding: 1 } as const;
const POINTWISE = { stride: 1, padding: 0 } as const;

const SMOOTH_BEFORE_HALVING: Filter = { taps: binomial(1), before: 2, after: 2 };
const HALVE: Filter = { taps: binomial(1), down: 2, before: 1, after: 1 };

/**
 * D of the line of StyleGAN: images `[batch, channels, side, side]` → logits `[batch, 1]`, by blocks that halve the side.
 * Where it is told of its images and not left out of it, a logit is the projection of the features on what is told.
 * @see Miyato, Koyama (2018), arXiv:1802.05637
 * @param options whether blocks are residual, as StyleGAN2 has them; whether images of smaller sides come in too, and blocks
 * only as far as their side has.
 */
export function styleDiscriminator(
  {
    resolution,
    channels,
    ndf,
    spectralNorm,
    deviationGroup = 4,
    classes = 0,
    conditionD = true,
    activationClamp = 0,
    activation = gainedLeakyRelu,
  }: Omit<StyleSizes, 'nz' | 'mappingLayers' | 'ngf'>,
  { residual, progressive = false }: { readonly residual: boolean; readonly progressive?: boolean },
): Network {
  const sides = sidesUpTo(resolution).slice(1).toReversed();
  const widthAt = (side: number): number => channelsAt(side, ndf);
  const last = widthAt(SMALLEST);
  const isTold = classes > 0 && conditionD;
  const smaller = progressive ? imageSides(resolution).slice(0, -1) : [];
  const parameters = [
    ...convParameters('image', { from: channels, to: widthAt(resolution), size: 1 }),
    ...smaller.flatMap((side) => convParameters(`image${side}`, { from: channels, to: widthAt(side), size: 1 })),
    ...sides.flatMap((side) => {
      const [from, to] = [widthAt(side), widthAt(side / 2)];
      return [
        ...convParameters(`side${side}.conv`, { from, to: from, size: 3 }),
        ...convParameters(`side${side}.down`, { from, to, size: 3 }),
        ...(residual ? convParameters(`side${side}.skip`, { from, to, size: 1, biased: false }) : []),
      ];
    }),
    ...convParameters('side4.conv', { from: last + 1, to: last, size: 3 }),
    ...denseParameters('dense', { from: last * SMALLEST ** 2, to: last }),
    ...denseParameters('score', { from: last, to: isTold ? last : 1 }),
    ...(isTold ? denseParameters('embedding', { from: classes, to: last }) : []),
  ];
  return {
    parameters,
    statistics: [
      ...spectralStatistics(parameters, { on: spectralNorm }),
      ...(progressive ? presenceStatistics(resolution) : []),
    ],
    apply: (pass) => {
      const { input, probe } = pass;
      const weights = weightsOf(pass, { spectral: spectralNorm });
      const given = new Map(
        [...pass.parameters].map(([name, tensor]) => [name, name.endsWith('.weight') ? weights.named(name) : tensor]),
      );
      const layer = (x: Sym, name: string, window: { readonly stride: number; readonly padding: number }): Sym => {
        const y = limited(activation(withBias(conv(x, given, name, window), given, name)), { activationClamp });
        probe(name, y);
        return y;
      };
      let x = layer(input, 'image', POINTWISE);
      for (const side of sides) {
        const skip = residual ? conv(filterImages(x, HALVE), given, `side${side}.skip`, POINTWISE) : null;
        const smooth = filterImages(layer(x, `side${side}.conv`, SAME), SMOOTH_BEFORE_HALVING);
        const y = layer(smooth, `side${side}.down`, { stride: 2, padding: 0 });
        x = skip ? mul(add(y, skip), Math.SQRT1_2) : y;
        const presence = progressive ? presenceAt(pass.statistics, side) : null;
        if (presence) {
          const small = averagePool(input, (2 * resolution) / side);
          x = faded(layer(small, `image${side / 2}`, POINTWISE), x, presence);
        }
      }
      x = layer(withMinibatchDeviation(x, deviationGroup), 'side4.conv', SAME);
      const flat = reshape(x, [x.shape[0] as number, sizeOf(x.shape.slice(1))]);
      const top = activation(dense(flat, given, 'dense'));
      probe('dense', top);
      const score = dense(top, given, 'score');
      const output = isTold ? projection(score, embedded({ ...pass, parameters: given })) : score;
      probe('score', output);
      const kept = progressive ? keptPresence(pass.statistics) : [];
      return { output, statistics: new Map([...weights.statistics, ...kept]) };
    },
  };
}

/** How far each of x lies along its vector, `[batch, 1]`: their product over the root of their width. */
function projection(x: Sym, along: Sym): Sym {
  return mul(sum(mul(x, along), [1], { keepDims: true }), 1 / Math.sqrt(x.shape[1] as number));
}
