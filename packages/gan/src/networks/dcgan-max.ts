import type { AaeConfiguration, DcganMaxConfiguration } from '@gansweep/domain';
import { leakyRelu, matMul, reshape, type Sym, sizeOf, tanh } from '@gansweep/program/browser';
import type { ParameterSpec } from '../parameters.ts';
import { batchNormParameters, batchNormStatistics, normalised } from './batch-norm.ts';
import { biased, biasedLayer } from './biased-layers.ts';
import { type Network, type Networks, tensorNamed } from './network.ts';
import { convolve, doubleNearest, doubleTransposed, halve } from './resizing-convolutions.ts';
import { spectralStatistics, weightsOf } from './spectral-norm.ts';

type Wide = DcganMaxConfiguration | AaeConfiguration;

/** Doublings of G and halvings of D, by the widths of their maps in units of the base width. */
const G_WIDTHS = [8, 4, 2, 1] as const;
const D_WIDTHS = [1, 2, 4, 8] as const;
/** Side of G's last kernel, whatever the others. */
const LAST_KERNEL = 3;

/** Weight N(0, 2 / (fan_in + fan_out)), fans counting the pixels of a kernel, and a bias of 0. */
function layer(name: string, shape: readonly number[], outputs: number): ParameterSpec[] {
  const [first = 1, second = 1, ...kernel] = shape;
  const fans = ((first + second) * sizeOf(kernel)) / 2;
  return biasedLayer(name, { shape, outputs, deviation: 1 / Math.sqrt(fans) });
}

/**
 * DCGAN of wide kernels for squares of any multiple of 16 px. G: a dense layer to an eighth of the side, three doublings
 * (convolution, batch norm, LeakyReLU), a 3×3 convolution and tanh. D: four convolutions of stride 2 (convolution,
 * LeakyReLU, batch norm but in the first), a dense logit. Every layer has a bias.
 * @see the published code of GAN-SDPC (G. Lucas)
 */
export function dcganMax(configuration: DcganMaxConfiguration, { channels }: { readonly channels: number }): Networks {
  return {
    generator: wideGenerator(configuration, { channels }),
    discriminator: wideTrunk(configuration, { channels, outputs: 1, spectral: configuration.spectralNorm }),
  };
}

/** Noise `[batch, nz]` → images. */
export function wideGenerator(configuration: Wide, { channels }: { readonly channels: number }): Network {
  const { nz, ngf, leak, kernel, upsample, resolution } = configuration;
  const side = resolution / 8;
  const widths = G_WIDTHS.map((width) => width * ngf);
  const [top = ngf, ...doubled] = widths;
  const transposed = upsample === 'convT';
  const norms = configuration.batchNorm ? doubled : [];
  return {
    parameters: [
      ...layer('dense', [nz, top * side ** 2], top * side ** 2),
      ...doubled.flatMap((width, i) => {
        const from = widths[i] as number;
        const shape = transposed ? [from, width, kernel, kernel] : [width, from, kernel, kernel];
        return [
          ...layer(`block${i + 1}.conv`, shape, width),
          ...(configuration.batchNorm ? batchNormParameters(`block${i + 1}.norm`, width, { deviation: 0 }) : []),
        ];
      }),
      ...layer('image', [channels, ngf, LAST_KERNEL, LAST_KERNEL], channels),
    ],
    statistics: norms.flatMap((width, i) => batchNormStatistics(`block${i + 1}.norm`, width)),
    apply: (pass) => {
      const statistics = new Map<string, Sym>();
      const weight = (name: string): Sym => tensorNamed(pass.parameters, `${name}.weight`);
      const dense = leakyRelu(biased(matMul(pass.input, weight('dense')), pass, 'dense'), leak);
      pass.probe('dense', dense);
      let x = reshape(dense, [pass.input.shape[0] as number, top, side, side]);
      for (let block = 1; block <= doubled.length; block++) {
        const name = `block${block}`;
        const wide = (transposed ? doubleTransposed : doubleNearest)(x, weight(`${name}.conv`));
        const raw = biased(wide, pass, `${name}.conv`);
        x = leakyRelu(normalised(raw, pass, { name: `${name}.norm`, settings: configuration, statistics }), leak);
        pass.probe(name, x);
      }
      const output = tanh(biased(convolve(x, weight('image')), pass, 'image'));
      pass.probe('image', output);
      return { output, statistics };
    },
  };
}

/** Images → `[batch, outputs]`, a sixteenth of the side before the dense layer. */
export function wideTrunk(
  configuration: Wide,
  { channels, outputs, spectral }: { readonly channels: number; readonly outputs: number; readonly spectral: boolean },
): Network {
  const { ndf, leak, kernel, resolution, batchNorm } = configuration;
  const widths = D_WIDTHS.map((width) => width * ndf);
  const flat = (widths.at(-1) as number) * (resolution / 16) ** 2;
  const hasNorm = (block: number): boolean => batchNorm && block > 1;
  const parameters = [
    ...widths.flatMap((width, i) => [
      ...layer(`block${i + 1}.conv`, [width, widths[i - 1] ?? channels, kernel, kernel], width),
      ...(hasNorm(i + 1) ? batchNormParameters(`block${i + 1}.norm`, width, { deviation: 0 }) : []),
    ]),
    ...layer('dense', [flat, outputs], outputs),
  ];
  return {
    parameters,
    statistics: [
      ...widths.flatMap((width, i) => (hasNorm(i + 1) ? batchNormStatistics(`block${i + 1}.norm`, width) : [])),
      ...spectralStatistics(parameters, { on: spectral }),
    ],
    apply: (pass) => {
      const statistics = new Map<string, Sym>();
      const weights = weightsOf(pass, { spectral });
      let x = pass.input;
      for (let block = 1; block <= widths.length; block++) {
        const name = `block${block}`;
        x = leakyRelu(biased(halve(x, weights.named(`${name}.conv.weight`)), pass, `${name}.conv`), leak);
        if (hasNorm(block)) x = normalised(x, pass, { name: `${name}.norm`, settings: configuration, statistics });
        pass.probe(name, x);
      }
      const rows = reshape(x, [x.shape[0] as number, flat]);
      const output = biased(matMul(rows, weights.named('dense.weight')), pass, 'dense');
      pass.probe('dense', output);
      return { output, statistics: new Map([...statistics, ...weights.statistics]) };
    },
  };
}
