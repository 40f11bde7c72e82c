import type { DcganConfiguration, DcganLabConfiguration } from '@gansweep/domain';
import { leakyRelu, matMul, relu, reshape, type Sym, sizeOf, tanh } from '@gansweep/program/browser';
import type { ParameterSpec } from '../parameters.ts';
import { batchNormParameters, batchNormStatistics, normalised } from './batch-norm.ts';
import { type Network, type Networks, tensorNamed } from './network.ts';
import { doubleNearest, doubleTransposed, halve } from './resizing-convolutions.ts';
import { spectralStatistics, weightsOf } from './spectral-norm.ts';

type Either = DcganConfiguration | DcganLabConfiguration;

/** Side of G's first and D's last maps. */
const SMALLEST = 4;
const convWeight = (name: string, shape: readonly number[]): ParameterSpec => ({
  name,
  shape,
  initial: { kind: 'normal', mean: 0, deviation: 0.02 },
});

/**
 * Deep convolutional GAN for squares of any power of two from 16 px: no dense or pooling layer but the 4×4 ends, batch
 * norm except in G's last and D's first layer, ReLU and tanh in G, LeakyReLU in D, no convolution bias. `kernel` and `upsample` say how
 * sides are doubled and halved; without `batchNorm` there is none; `dcgan-lab` has it in D's first layer too.
 * The 4×4 transposed convolution of a 1×1 map and the 4×4 convolution to one are written as the matrix products they are.
 * @see Radford et al. (2016), section 3, arXiv:1511.06434
 */
export function dcgan(configuration: Either, { channels }: { readonly channels: number }): Networks {
  const doublings = Math.log2(configuration.resolution / SMALLEST);
  return {
    generator: generator(configuration, doublings, channels),
    discriminator: discriminator(configuration, doublings, channels),
  };
}

function generator(configuration: Either, doublings: number, channels: number): Network {
  const { nz, ngf, kernel, upsample } = configuration;
  // Widths of the maps from 4×4 on: the last block gives the image.
  const widths = Array.from({ length: doublings }, (_, i) => ngf * 2 ** (doublings - 1 - i));
  const top = widths[0] as number;
  const doubled = upsample === 'convT' ? doubleTransposed : doubleNearest;
  const kernelShape = (from: number, to: number): readonly number[] =>
    upsample === 'convT' ? [from, to, kernel, kernel] : [to, from, kernel, kernel];
  const normed = configuration.batchNorm ? widths : [];
  return {
    parameters: [
      convWeight('block1.conv.weight', [nz, top * SMALLEST ** 2]),
      ...widths.flatMap((width, i) => [
        ...(configuration.batchNorm ? batchNormParameters(`block${i + 1}.norm`, width) : []),
        convWeight(`block${i + 2}.conv.weight`, kernelShape(width, widths[i + 1] ?? channels)),
      ]),
    ],
    statistics: normed.flatMap((width, i) => batchNormStatistics(`block${i + 1}.norm`, width)),
    apply: (pass) => {
      const statistics = new Map<string, Sym>();
      const weight = (block: number): Sym => tensorNamed(pass.parameters, `block${block}.conv.weight`);
      let x = reshape(matMul(pass.input, weight(1)), [pass.input.shape[0] as number, top, SMALLEST, SMALLEST]);
      for (let block = 1; block <= doublings; block++) {
        x = relu(normalised(x, pass, { name: `block${block}.norm`, settings: configuration, statistics }));
        pass.probe(`block${block}`, x);
        x = doubled(x, weight(block + 1));
      }
      const output = tanh(x);
      pass.probe(`block${doublings + 1}`, output);
      return { output, statistics };
    },
  };
}

function discriminator(configuration: Either, doublings: number, channels: number): Network {
  const { ndf, leak, kernel, batchNorm, spectralNorm } = configuration;
  const widths = Array.from({ length: doublings }, (_, i) => ndf * 2 ** i);
  const flat = (widths.at(-1) as number) * SMALLEST ** 2;
  const hasNorm = (block: number): boolean => batchNorm && (block > 1 || configuration.model === 'dcgan-lab');
  const parameters = [
    ...widths.flatMap((width, i) => [
      convWeight(`block${i + 1}.conv.weight`, [width, widths[i - 1] ?? channels, kernel, kernel]),
      ...(hasNorm(i + 1) ? batchNormParameters(`block${i + 1}.norm`, width) : []),
    ]),
    convWeight(`block${doublings + 1}.conv.weight`, [flat, 1]),
  ];
  return {
    parameters,
    statistics: [
      ...widths.flatMap((width, i) => (hasNorm(i + 1) ? batchNormStatistics(`block${i + 1}.norm`, width) : [])),
      ...spectralStatistics(parameters, { on: spectralNorm }),
    ],
    apply: (pass) => {
      const statistics = new Map<string, Sym>();
      const weights = weightsOf(pass, { spectral: spectralNorm });
      const weight = (block: number): Sym => weights.named(`block${block}.conv.weight`);
      let x = pass.input;
      for (let block = 1; block <= doublings; block++) {
        x = halve(x, weight(block));
        if (hasNorm(block))
          x = normalised(x, pass, { name: `block${block}.norm`, settings: configuration, statistics });
        x = leakyRelu(x, leak);
        pass.probe(`block${block}`, x);
      }
      const output = matMul(reshape(x, [x.shape[0] as number, sizeOf(x.shape.slice(1))]), weight(doublings + 1));
      pass.probe(`block${doublings + 1}`, output);
      return { output, statistics: new Map([...statistics, ...weights.statistics]) };
    },
  };
}
