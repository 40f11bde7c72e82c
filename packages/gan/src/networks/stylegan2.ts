import {
  add,
  conv2dTranspose,
  div,
  expand,
  filterImages,
  matMul,
  modulatedConv2d,
  mul,
  reshape,
  type Sym,
  sqrt,
  square,
  sum,
} from '@gansweep/program/browser';
import type { ParameterSpec } from '../parameters.ts';
import { convParameters, convWeight, dense, denseParameters, gainedLeakyRelu, withBias } from './equalised-layers.ts';
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
  DOUBLE,
  limited,
  SMALLEST,
  SMOOTH_AFTER_DOUBLING,
  type StyleSizes,
  sidesUpTo,
  WIDEST,
} from './style-sizes.ts';

const SAME = { stride: 1, padding: 1 } as const;
const POINTWISE = { stride: 1, padding: 0 } as const;

/**
 * StyleGAN2 in small. G: mapping network, learned constant, modulated and demodulated 3×3 convolutions with noise, images of
 * all sides added up; D: residual blocks, the deviation of the batch, a dense end. Equalised learning rates throughout.
 * @see Karras et al. (2020), sections 2.2, 4.1 and figure 7, arXiv:1912.04958
 */
export function stylegan2(sizes: StyleSizes & { readonly residualD?: boolean }): Networks {
  const { residualD: residual = true } = sizes;
  return { generator: generator(sizes), discriminator: styleDiscriminator(sizes, { residual }) };
}

/** A styled layer of G; `up` doubles the side on the way. */
interface StyledLayer {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly side: number;
  readonly up: boolean;
}

function generator(sizes: StyleSizes): Network {
  const { resolution, channels, nz, mappingLayers, ngf, activation = gainedLeakyRelu } = sizes;
  const sides = sidesUpTo(resolution);
  const widthAt = (side: number): number => channelsAt(side, ngf);
  const width = WIDEST * ngf;
  const layers = sides.flatMap((side, i): StyledLayer[] => {
    const to = widthAt(side);
    const last: StyledLayer = { name: `side${side}.conv`, from: to, to, side, up: false };
    return i === 0 ? [last] : [{ name: `side${side}.up`, from: widthAt(side / 2), to, side, up: true }, last];
  });
  // The image of a side takes the style after its last layer's.
  const latents: LatentSizes = {
    nz,
    classes: sizes.classes ?? 0,
    width,
    mappingLayers,
    styledLayers: layers.length + 1,
    averageDecay: 0.995,
    activation,
  };
  const noiseSides = layers.map(({ side }) => side);
  const parameters: ParameterSpec[] = [
    ...latentParameters(latents),
    {
      name: 'constant',
      shape: [1, widthAt(SMALLEST), SMALLEST, SMALLEST],
      initial: { kind: 'normal', mean: 0, deviation: 1 },
    },
    ...layers.flatMap(({ name, from, to, up }) => [
      ...styledConvParameters(name, { from, to, size: 3, width, transposed: up }),
      { name: `${name}.noise`, shape: [1], initial: { kind: 'constant', value: 0 } } as const,
    ]),
    ...sides.flatMap((side) =>
      styledConvParameters(`side${side}.image`, { from: widthAt(side), to: channels, size: 1, width }),
    ),
  ];
  return {
    parameters,
    statistics: latentStatistics(latents),
    draws: { layers: latents.styledLayers, layerNoise: noiseLength(noiseSides) },
    apply: (pass) => {
      const batch = pass.input.shape[0] as number;
      const { styles, statistics } = layerStyles(pass, latents);
      const noise = pass.draws?.layerNoise ? noiseMaps(pass.draws.layerNoise, noiseSides) : [];
      const constant = tensorNamed(pass.parameters, 'constant');
      let x = expand(constant, [batch, ...constant.shape.slice(1)]);
      let image: Sym | null = null;
      for (const [i, layer] of layers.entries()) {
        const { name, side, up } = layer;
        const scales = affine(styleOf(styles, i), pass, name);
        const y = up ? doublingConv(x, scales, pass, name) : styledConv(x, scales, pass, name);
        const map = noise[i];
        const noisy = map ? add(y, mul(map, reshape(tensorNamed(pass.parameters, `${name}.noise`), [1, 1, 1, 1]))) : y;
        x = limited(activation(withBias(noisy, pass.parameters, name)), sizes);
        pass.probe(name, x);
        if (layers[i + 1]?.side === side) continue;
        const here = limited(imageOf(x, styleOf(styles, i + 1), pass, side), sizes);
        image = image ? add(filterImages(image, DOUBLE), here) : here;
        pass.probe(`side${side}.image`, image);
      }
      return { output: image as Sym, statistics, styles };
    },
  };
}

/** Weight and bias of a modulated convolution, and the affine map from w to its scales, whose bias is 1. */
function styledConvParameters(
  name: string,
  {
    width,
    ...conv
  }: {
    readonly from: number;
    readonly to: number;
    readonly size: number;
    readonly width: number;
    readonly transposed?: boolean;
  },
): ParameterSpec[] {
  return [...denseParameters(`${name}.style`, { from: width, to: conv.from, bias: 1 }), ...convParameters(name, conv)];
}

const affine = (style: Sym, { parameters }: Pass, name: string): Sym => dense(style, parameters, `${name}.style`);

function styledConv(x: Sym, style: Sym, { parameters }: Pass, name: string): Sym {
  return modulatedConv2d({ x, w: convWeight(parameters, name), style }, { ...SAME, demodulate: true });
}

/** A modulated transposed convolution to twice the side, smoothed; a quarter of the work of doubling first. */
function doublingConv(x: Sym, style: Sym, { parameters }: Pass, name: string): Sym {
  const perMap = (vector: Sym): Sym => reshape(vector, [...vector.shape, 1, 1]);
  const weight = convWeight(parameters, name, { transposed: true });
  const y = conv2dTranspose(mul(x, perMap(style)), weight, { stride: 2, padding: 0 });
  const energy = sum(square(weight), [2, 3]);
  const length = sqrt(add(matMul(square(style), energy), 1e-8));
  return filterImages(div(y, perMap(length)), SMOOTH_AFTER_DOUBLING);
}

/** A side's own part of the image: a modulated 1×1 convolution, not demodulated. */
function imageOf(x: Sym, style: Sym, pass: Pass, side: number): Sym {
  const name = `side${side}.image`;
  const w = convWeight(pass.parameters, name);
  const y = modulatedConv2d({ x, w, style: affine(style, pass, name) }, { ...POINTWISE, demodulate: false });
  return withBias(y, pass.parameters, name);
}
