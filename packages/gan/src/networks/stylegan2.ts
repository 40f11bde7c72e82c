import {
  add,
  conv2dTranspose,
  div,
  expand,
  type Filter,
  filterImages,
  matMul,
  modulatedConv2d,
  mul,
  reshape,
  type Sym,
  sizeOf,
  sqrt,
  square,
  sum,
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
import { withMinibatchDeviation } from './minibatch-deviation.ts';
import { type Network, type Networks, type Pass, tensorNamed } from './network.ts';
import { spectralStatistics, weightsOf } from './spectral-norm.ts';
import {
  type LatentSizes,
  latentParameters,
  latentStatistics,
  layerStyles,
  noiseLength,
  noiseMaps,
  styleOf,
} from './style-latents.ts';

/** Side of G's constant and of D's last maps. */
const SMALLEST = 4;
/** Widest maps, for the base width 32 of the small network. */
const WIDEST = 4;
const SAME = { stride: 1, padding: 1 } as const;
const POINTWISE = { stride: 1, padding: 0 } as const;

/** What the networks' sizes depend on. */
export interface Stylegan2Sizes {
  /** Side of the images: a power of two from 8. */
  readonly resolution: number;
  readonly channels: number;
  readonly nz: number;
  readonly mappingLayers: number;
  /** Base widths: maps at side r have min(64 · width / r, 4 · width) channels. */
  readonly ngf: number;
  readonly ndf: number;
  readonly spectralNorm: boolean;
  /** After every layer but the last; leaky ReLU with gain √2. Gradient checks want a smooth one. */
  readonly activation?: (x: Sym) => Sym;
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
const SMOOTH_AFTER_DOUBLING: Filter = { taps: binomial(2), before: 1, after: 1 };
const DOUBLE: Filter = { taps: binomial(2), up: 2, before: 2, after: 1 };
const SMOOTH_BEFORE_HALVING: Filter = { taps: binomial(1), before: 2, after: 2 };
const HALVE: Filter = { taps: binomial(1), down: 2, before: 1, after: 1 };

/**
 * StyleGAN2 in small. G: mapping network, learned constant, modulated and demodulated 3×3 convolutions with noise, images of
 * all sides added up; D: residual blocks, the deviation of the batch, a dense end. Equalised learning rates throughout.
 * @see Karras et al. (2020), sections 2.2, 4.1 and figure 7, arXiv:1912.04958
 */
export function stylegan2(sizes: Stylegan2Sizes): Networks {
  return { generator: generator(sizes), discriminator: residualDiscriminator(sizes) };
}

/** A styled layer of G; `up` doubles the side on the way. */
interface StyledLayer {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly side: number;
  readonly up: boolean;
}

function generator(sizes: Stylegan2Sizes): Network {
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
        x = activation(withBias(noisy, pass.parameters, name));
        pass.probe(name, x);
        if (layers[i + 1]?.side === side) continue;
        const here = imageOf(x, styleOf(styles, i + 1), pass, side);
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

/** StyleGAN2's D: images `[batch, channels, side, side]` → logits `[batch, 1]`. */
export function residualDiscriminator({
  resolution,
  channels,
  ndf,
  spectralNorm,
  activation = gainedLeakyRelu,
}: Pick<Stylegan2Sizes, 'resolution' | 'channels' | 'ndf' | 'spectralNorm' | 'activation'>): Network {
  const sides = sidesUpTo(resolution).slice(1).toReversed();
  const widthAt = (side: number): number => channelsAt(side, ndf);
  const last = widthAt(SMALLEST);
  const parameters = [
    ...convParameters('image', { from: channels, to: widthAt(resolution), size: 1 }),
    ...sides.flatMap((side) => {
      const [from, to] = [widthAt(side), widthAt(side / 2)];
      return [
        ...convParameters(`side${side}.conv`, { from, to: from, size: 3 }),
        ...convParameters(`side${side}.down`, { from, to, size: 3 }),
        ...convParameters(`side${side}.skip`, { from, to, size: 1, biased: false }),
      ];
    }),
    ...convParameters('side4.conv', { from: last + 1, to: last, size: 3 }),
    ...denseParameters('dense', { from: last * SMALLEST ** 2, to: last }),
    ...denseParameters('score', { from: last, to: 1 }),
  ];
  return {
    parameters,
    statistics: spectralStatistics(parameters, { on: spectralNorm }),
    apply: (pass) => {
      const { input, probe } = pass;
      const weights = weightsOf(pass, { spectral: spectralNorm });
      const given = new Map(
        [...pass.parameters].map(([name, tensor]) => [name, name.endsWith('.weight') ? weights.named(name) : tensor]),
      );
      const layer = (x: Sym, name: string, window: { readonly stride: number; readonly padding: number }): Sym => {
        const y = activation(withBias(conv(x, given, name, window), given, name));
        probe(name, y);
        return y;
      };
      let x = layer(input, 'image', POINTWISE);
      for (const side of sides) {
        const skip = conv(filterImages(x, HALVE), given, `side${side}.skip`, POINTWISE);
        const smooth = filterImages(layer(x, `side${side}.conv`, SAME), SMOOTH_BEFORE_HALVING);
        const y = layer(smooth, `side${side}.down`, { stride: 2, padding: 0 });
        x = mul(add(y, skip), Math.SQRT1_2);
      }
      x = layer(withMinibatchDeviation(x), 'side4.conv', SAME);
      const flat = reshape(x, [x.shape[0] as number, sizeOf(x.shape.slice(1))]);
      const top = activation(dense(flat, given, 'dense'));
      probe('dense', top);
      const output = dense(top, given, 'score');
      probe('score', output);
      return { output, statistics: weights.statistics };
    },
  };
}
