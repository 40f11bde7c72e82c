import {
  adaptiveInstanceNorm,
  add,
  conv2dTranspose,
  expand,
  filterImages,
  mul,
  reshape,
  type Sym,
} from '@gansweep/program/browser';
import type { ParameterSpec } from '../parameters.ts';
import {
  conv,
  convParameters,
  convWeight,
  dense,
  denseParameters,
  gainedLeakyRelu,
  withBias,
} from './equalised-layers.ts';
import { blended, imageSides, keptPresence, presenceStatistics } from './growth.ts';
import { type Network, type Networks, type Pass, tensorNamed } from './network.ts';
import { styleDiscriminator } from './style-discriminator.ts';
import {
  type LatentSizes,
  latentParameters,
  latentStatistics,
  layerStyles,
  noiseLength,
  noiseMaps,
  styleOf,
} from './style-latents.ts';
import {
  channelsAt,
  limited,
  SMALLEST,
  SMOOTH_AFTER_DOUBLING,
  type StyleSizes,
  sidesUpTo,
  WIDEST,
} from './style-sizes.ts';

const EPSILON = 1e-8;

/**
 * StyleGAN in small. G: mapping network, learned constant, 3×3 convolutions each followed by noise, bias, leaky ReLU and adaptive
 * instance normalisation by the style of the layer, the image by a 1×1 convolution of the last maps. Sides are doubled by
 * transposed convolutions that are smoothed afterwards. D: blocks without skips, the deviation of the batch, a dense end.
 * Equalised learning rates throughout. @see Karras et al. (2019), sections 2 and 3.2, arXiv:1812.04948
 *
 * With `progressive` both have images of every side from 8 px on, and blend them as far as each side has come in: all sides
 * are computed at all times. @see Karras et al. (2018), section 2, arXiv:1710.10196
 */
export function stylegan(sizes: GrowingSizes): Networks {
  const { progressive = false } = sizes;
  return { generator: generator(sizes), discriminator: styleDiscriminator(sizes, { residual: false, progressive }) };
}

interface GrowingSizes extends StyleSizes {
  readonly progressive?: boolean;
}

/** A styled layer of G: `from` maps of the layer before, or the constant, which is no convolution. */
interface StyledLayer {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly side: number;
  readonly does: 'starts' | 'doubles' | 'keeps';
}

function generator(sizes: GrowingSizes): Network {
  const { resolution, channels, nz, mappingLayers, ngf, activation = gainedLeakyRelu, progressive = false } = sizes;
  const sides = sidesUpTo(resolution);
  const widthAt = (side: number): number => channelsAt(side, ngf);
  const layers = sides.flatMap((side): StyledLayer[] => {
    const to = widthAt(side);
    const first: StyledLayer =
      side === SMALLEST
        ? { name: 'constant', from: 0, to, side, does: 'starts' }
        : { name: `side${side}.up`, from: widthAt(side / 2), to, side, does: 'doubles' };
    return [first, { name: `side${side}.conv`, from: to, to, side, does: 'keeps' }];
  });
  const latents: LatentSizes = {
    nz,
    classes: sizes.classes ?? 0,
    width: WIDEST * ngf,
    mappingLayers,
    styledLayers: layers.length,
    averageDecay: 0.995,
    activation,
  };
  const noiseSides = layers.map(({ side }) => side);
  const imageLayers = new Map(
    (progressive ? imageSides(resolution) : [resolution]).map((side) => [
      side,
      side === resolution ? 'image' : `image${side}`,
    ]),
  );
  return {
    parameters: [
      ...latentParameters(latents),
      ...layers.flatMap((layer) => layerParameters(layer, latents.width)),
      ...[...imageLayers].flatMap(([side, name]) =>
        convParameters(name, { from: widthAt(side), to: channels, size: 1 }),
      ),
    ],
    statistics: [...latentStatistics(latents), ...(progressive ? presenceStatistics(resolution) : [])],
    draws: { layers: latents.styledLayers, layerNoise: noiseLength(noiseSides) },
    apply: (pass) => {
      const { parameters } = pass;
      const { styles, statistics } = layerStyles(pass, latents);
      const images = new Map<number, Sym>();
      const noise = pass.draws?.layerNoise ? noiseMaps(pass.draws.layerNoise, noiseSides) : [];
      const constant = tensorNamed(parameters, 'constant.value');
      let x = expand(constant, [pass.input.shape[0] as number, ...constant.shape.slice(1)]);
      for (const [i, layer] of layers.entries()) {
        const { name } = layer;
        const y = convolved(x, pass, layer);
        const map = noise[i];
        const noisy = map ? add(y, mul(map, perMap(tensorNamed(parameters, `${name}.noise`)))) : y;
        const active = limited(activation(withBias(noisy, parameters, name)), sizes);
        const style = styleOf(styles, i);
        const [scale, bias] = (['scale', 'shift'] as const).map((part) => dense(style, parameters, `${name}.${part}`));
        x = adaptiveInstanceNorm(active, { scale: scale as Sym, bias: bias as Sym }, { epsilon: EPSILON });
        pass.probe(name, x);
        const ofSide = layer.does === 'keeps' ? imageLayers.get(layer.side) : undefined;
        if (ofSide) {
          const image = withBias(conv(x, parameters, ofSide, { stride: 1, padding: 0 }), parameters, ofSide);
          pass.probe(ofSide, image);
          images.set(layer.side, image);
        }
      }
      return {
        output: blended(images, pass.statistics),
        statistics: progressive ? new Map([...statistics, ...keptPresence(pass.statistics)]) : statistics,
        styles,
      };
    },
  };
}

/** The constant or the convolution, noise scales of every map, and the affine maps from w to scales, near 1, and shifts. */
function layerParameters({ name, from, to, does }: StyledLayer, width: number): ParameterSpec[] {
  return [
    ...(does === 'starts'
      ? ([
          { name: `${name}.value`, shape: [1, to, SMALLEST, SMALLEST], initial: { kind: 'constant', value: 1 } },
          { name: `${name}.bias`, shape: [to], initial: { kind: 'constant', value: 0 } },
        ] as const)
      : convParameters(name, { from, to, size: 3, transposed: does === 'doubles' })),
    { name: `${name}.noise`, shape: [to], initial: { kind: 'constant', value: 0 } },
    ...denseParameters(`${name}.scale`, { from: width, to, bias: 1 }),
    ...denseParameters(`${name}.shift`, { from: width, to }),
  ];
}

function convolved(x: Sym, { parameters }: Pass, { name, does }: StyledLayer): Sym {
  if (does === 'starts') return x;
  if (does === 'keeps') return conv(x, parameters, name, { stride: 1, padding: 1 });
  const weight = convWeight(parameters, name, { transposed: true });
  return filterImages(conv2dTranspose(x, weight, { stride: 2, padding: 0 }), SMOOTH_AFTER_DOUBLING);
}

const perMap = (vector: Sym): Sym => reshape(vector, [1, vector.shape[0] as number, 1, 1]);
