import {
  add,
  conv2d,
  div,
  exp,
  type Filter,
  filterImages,
  mean,
  modulatedConv2d,
  mul,
  reshape,
  type Sym,
  sin,
  slice,
  sqrt,
  square,
  stopGradient,
  sub,
  sum,
  table,
} from '@gansweep/program/browser';
import type { ParameterSpec } from '../parameters.ts';
import { convParameters, convWeight, dense, denseParameters, gainedLeakyRelu, withBias } from './equalised-layers.ts';
import { lowPass } from './low-pass.ts';
import { type Network, type Networks, type Pass, tensorNamed } from './network.ts';
import { styleDiscriminator } from './style-discriminator.ts';
import { type LatentSizes, latentParameters, latentStatistics, layerStyles, styleOf } from './style-latents.ts';
import { limited, type StyleSizes, sidesUpTo, WIDEST } from './style-sizes.ts';

/** Layers with a filtered nonlinearity; the image comes after them. */
const layersFor = (resolution: number): number => 2 * (Math.log2(resolution) - 2);
/** Of these, how many reach the highest frequency an image can hold. */
const CRITICAL_LAYERS = 2;
/** Pixels of every map that lie beyond the image on each side, so that borders tell nothing of places. */
const MARGIN = 4;
/** Taps of a filter for every sample that it stands between. */
const FILTER_SIZE = 6;
/** Frequencies in cycles per image: the first layer passes 2 and stops 2^2.1; the last stops 2^.3 times what it passes. */
const FIRST_CUTOFF = 2;
const FIRST_STOP = 2 ** 2.1;
const LAST_STOP = 2 ** 0.3;
/** How often the samples are doubled around a nonlinearity. */
const OVERSAMPLING = 2;
const OUTPUT_SCALE = 0.25;
const MAGNITUDE_DECAY = 0.999;

/** A layer's maps as signals on the plane. */
export interface LayerSignal {
  readonly channels: number;
  /** Highest frequency that passes, in cycles per image. */
  readonly cutoff: number;
  /** Half the width of the band from there to what is stopped. */
  readonly halfWidth: number;
  /** Samples per image. */
  readonly rate: number;
  /** Side of the maps, margins included. */
  readonly side: number;
}

/**
 * What the maps after each layer are, the image last: cut-offs grow geometrically from 2 to half the resolution.
 * @see Karras et al. (2021), section 3.2 and appendix C.1, arXiv:2106.12423
 */
export function layerSignals({
  resolution,
  channels,
  ngf,
}: Pick<StyleSizes, 'resolution' | 'channels' | 'ngf'>): readonly LayerSignal[] {
  const count = layersFor(resolution);
  const highest = resolution / 2;
  return Array.from({ length: count + 1 }, (_, i) => {
    const growth = Math.min(i / Math.max(count - CRITICAL_LAYERS, 1), 1);
    const between = (from: number, to: number): number => from * (to / from) ** growth;
    const cutoff = between(FIRST_CUTOFF, highest);
    const stop = between(FIRST_STOP, highest * LAST_STOP);
    const rate = 2 ** Math.ceil(Math.log2(Math.min(2 * stop, resolution)));
    const width = Math.max(1, Math.round(Math.min((32 * ngf) / cutoff, WIDEST * ngf)));
    return {
      channels: i === count ? channels : width,
      cutoff,
      halfWidth: Math.max(stop, rate / 2) - cutoff,
      rate,
      side: i >= count - 1 ? resolution : rate + 2 * MARGIN,
    };
  });
}

/**
 * StyleGAN3 in small, the variant that is equivariant to shifts. G: a Fourier input that each image shifts and turns by its style,
 * modulated 3×3 convolutions, nonlinearities between a doubling and a halving of the samples by low-pass filters; no noise. D is that
 * of StyleGAN2. @see Karras et al. (2021), section 3, arXiv:2106.12423
 */
export function stylegan3(sizes: StyleSizes): Networks {
  return { generator: generator(sizes), discriminator: styleDiscriminator(sizes, { residual: true }) };
}

function generator(sizes: StyleSizes): Network {
  const { resolution, nz, mappingLayers, ngf, activation = gainedLeakyRelu } = sizes;
  sidesUpTo(resolution);
  const signals = layerSignals(sizes);
  const [first] = signals as [LayerSignal];
  const latents: LatentSizes = {
    nz,
    classes: sizes.classes ?? 0,
    width: WIDEST * ngf,
    mappingLayers,
    styledLayers: signals.length + 1,
    averageDecay: 0.998,
    activation,
  };
  const isImage = (i: number): boolean => i === signals.length - 1;
  const nameOf = (i: number): string => (isImage(i) ? 'image' : `layer${i + 1}`);
  const before = (i: number): LayerSignal => signals[Math.max(i - 1, 0)] as LayerSignal;
  return {
    parameters: [
      ...latentParameters(latents),
      ...inputParameters(first, latents.width),
      ...signals.flatMap(({ channels }, i) => [
        ...denseParameters(`${nameOf(i)}.style`, { from: latents.width, to: before(i).channels, bias: 1 }),
        ...convParameters(nameOf(i), { from: before(i).channels, to: channels, size: isImage(i) ? 1 : 3 }),
      ]),
    ],
    statistics: [
      ...latentStatistics(latents),
      { name: 'input.frequencies', shape: [first.channels, 2], initial: { kind: 'normal', mean: 0, deviation: 1 } },
      // Cycles: normal ones are uniform to 10⁻⁸ once whole cycles are left out.
      { name: 'input.phases', shape: [first.channels], initial: { kind: 'normal', mean: 0, deviation: 1 } },
      ...signals.map(
        (_, i): ParameterSpec => ({
          name: `${nameOf(i)}.magnitude`,
          shape: [1],
          initial: { kind: 'constant', value: 1 },
        }),
      ),
    ],
    draws: { layers: latents.styledLayers, layerNoise: 0 },
    apply: (pass) => {
      const { parameters } = pass;
      const { styles, statistics: ofLatents } = layerStyles(pass, latents);
      const statistics = new Map([...pass.statistics, ...ofLatents]);
      let x = fourierInput(styleOf(styles, 0), pass, first);
      pass.probe('input', x);
      for (const [i, signal] of signals.entries()) {
        const name = nameOf(i);
        const scaled = toUnitMagnitude(x, pass, name, statistics);
        const style = dense(styleOf(styles, i + 1), parameters, `${name}.style`);
        const w = convWeight(parameters, name);
        const y = withBias(
          modulatedConv2d(
            { x: scaled, w, style },
            isImage(i) ? { stride: 1, padding: 0, demodulate: false } : { stride: 1, padding: 2, demodulate: true },
          ),
          parameters,
          name,
        );
        const limitedActivation = (values: Sym): Sym => limited(activation(values), sizes);
        x = isImage(i) ? limited(y, sizes) : filtered(y, limitedActivation, filtersOf(before(i), signal));
        pass.probe(name, x);
      }
      return { output: mul(x, OUTPUT_SCALE), statistics, styles };
    },
  };
}

/** The affine map from w to a turn and a shift of the input, none at first, and the mixing of its waves. */
function inputParameters({ channels }: LayerSignal, width: number): ParameterSpec[] {
  return [
    { name: 'input.turn.weight', shape: [width, 2], initial: { kind: 'constant', value: 0 } },
    { name: 'input.shift.weight', shape: [width, 2], initial: { kind: 'constant', value: 0 } },
    { name: 'input.turn.bias', shape: [2], initial: { kind: 'constant', value: 0 } },
    { name: 'input.shift.bias', shape: [2], initial: { kind: 'constant', value: 0 } },
    ...convParameters('input', { from: channels, to: channels, size: 1, biased: false }),
  ];
}

/**
 * Waves over the plane, `[batch, channels, side, side]`: sin 2π(f · R (x − t) + φ), with frequencies below the cut-off, R a turn and t a
 * shift in images that the style gives, and `draws.shift` adds to, mixed by a learned 1×1 convolution. `draws.turn` turns all that.
 */
function fourierInput(
  style: Sym,
  { parameters, statistics, draws }: Pass,
  { cutoff, rate, side, channels }: LayerSignal,
): Sym {
  const batch = style.shape[0] as number;
  const column = (x: Sym, i: number): Sym => slice(x, 1, i, 1);
  const turn = dense(style, parameters, 'input.turn');
  const learned = dense(style, parameters, 'input.shift');
  const shift = draws?.shift ? add(learned, draws.shift) : learned;
  // (1, 0) is no turn.
  const [right, up] = [add(column(turn, 0), 1), column(turn, 1)];
  const length = sqrt(add(square(right), square(up)));
  const [cosine, sine] = [div(right, length), div(up, length)];
  const drawn = tensorNamed(statistics, 'input.frequencies');
  // A normal vector r times exp(−r²/4)/r is spread over the disc of radius 1.
  const squares = sum(square(drawn), [1], { keepDims: true });
  const waves = mul(drawn, mul(div(exp(mul(squares, -0.25)), sqrt(add(squares, 1e-12))), cutoff));
  const [across, down] = [0, 1].map((i) => reshape(column(waves, i), [1, channels])) as [Sym, Sym];
  const turnedAcross = add(mul(across, cosine), mul(down, sine));
  const turnedDown = sub(mul(down, cosine), mul(across, sine));
  const phases = sub(
    reshape(tensorNamed(statistics, 'input.phases'), [1, channels]),
    add(mul(turnedAcross, column(shift, 0)), mul(turnedDown, column(shift, 1))),
  );
  const [seenAcross, seenDown] = draws?.turn
    ? [
        sub(mul(turnedAcross, column(draws.turn, 0)), mul(turnedDown, column(draws.turn, 1))),
        add(mul(turnedAcross, column(draws.turn, 1)), mul(turnedDown, column(draws.turn, 0))),
      ]
    : [turnedAcross, turnedDown];
  const places = (shape: readonly number[]): Sym =>
    table(
      style,
      Array.from({ length: side }, (_, i) => (i + 0.5 - side / 2) / rate),
      shape,
    );
  const perMap = (vector: Sym): Sym => reshape(vector, [batch, channels, 1, 1]);
  const cycles = add(
    add(mul(perMap(seenAcross), places([1, 1, 1, side])), perMap(phases)),
    mul(perMap(seenDown), places([1, 1, side, 1])),
  );
  return conv2d(sin(mul(cycles, 2 * Math.PI)), convWeight(parameters, 'input'), { stride: 1, padding: 0 });
}

/** x divided by the running root mean square of a layer's input, which moves by this batch in training. */
function toUnitMagnitude(x: Sym, { mode }: Pass, layer: string, statistics: Map<string, Sym>): Sym {
  const name = `${layer}.magnitude`;
  const known = tensorNamed(statistics, name);
  const here = reshape(stopGradient(mean(square(x), [0, 1, 2, 3])), [1]);
  const now = mode === 'train' ? add(mul(known, MAGNITUDE_DECAY), mul(here, 1 - MAGNITUDE_DECAY)) : known;
  statistics.set(name, now);
  return div(x, reshape(sqrt(now), [1, 1, 1, 1]));
}

/** The filters around a nonlinearity, from the samples of one layer to those of the next. */
export function filtersOf(from: LayerSignal, to: LayerSignal): { readonly up: Filter; readonly down: Filter } {
  const rate = OVERSAMPLING * Math.max(from.rate, to.rate);
  const [raise, lower] = [rate / from.rate, rate / to.rate];
  const [upTaps, downTaps] = [FILTER_SIZE * raise, FILTER_SIZE * lower];
  // A 3×3 convolution that is padded by 2 adds 2 pixels a side.
  const zeros = (to.side - 1) * lower + 1 - (from.side + 2) * raise + upTaps + downTaps - 2;
  const before = Math.floor((zeros + raise) / 2);
  return {
    up: {
      taps: lowPass(upTaps, { ...from, rate }).map((tap) => tap * raise),
      up: raise,
      before,
      after: zeros - before,
    },
    down: { taps: lowPass(downTaps, { ...to, rate }), down: lower, before: 0, after: 0 },
  };
}

/** A nonlinearity on a signal: its new frequencies above what the next layer's samples can hold are taken out again. */
function filtered(
  x: Sym,
  activation: (x: Sym) => Sym,
  { up, down }: { readonly up: Filter; readonly down: Filter },
): Sym {
  return filterImages(activation(filterImages(x, up)), down);
}
