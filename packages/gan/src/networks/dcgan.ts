import type { DcganConfiguration } from '@gansweep/domain';
import {
  conv2d,
  conv2dTranspose,
  leakyRelu,
  matMul,
  relu,
  reshape,
  type Sym,
  sizeOf,
  tanh,
} from '@gansweep/program/browser';
import type { ParameterSpec } from '../parameters.ts';
import { batchNorm, batchNormParameters, batchNormStatistics } from './batch-norm.ts';
import { type Network, type Networks, tensorNamed } from './network.ts';

const KERNEL = 4;
const HALVING = { stride: 2, padding: 1 } as const;
/** Side of G's first and D's last maps. */
const SMALLEST = 4;
const convWeight = (name: string, shape: readonly number[]): ParameterSpec => ({
  name,
  shape,
  initial: { kind: 'normal', mean: 0, deviation: 0.02 },
});

/**
 * Deep convolutional GAN for squares of any power of two from 16 px: no dense or pooling layer but the 4×4 ends, batch
 * norm except in G's last and D's first layer, ReLU and tanh in G, LeakyReLU in D, no convolution bias.
 * The 4×4 transposed convolution of a 1×1 map and the 4×4 convolution to one are written as the matrix products they are.
 * @see Radford et al. (2016), section 3, arXiv:1511.06434
 */
export function dcgan(configuration: DcganConfiguration, { channels }: { readonly channels: number }): Networks {
  const { resolution, ngf, ndf, nz } = configuration;
  const doublings = Math.log2(resolution / SMALLEST);
  return {
    generator: generator({ ...configuration, nz, ngf }, doublings, channels),
    discriminator: discriminator({ ...configuration, ndf }, doublings, channels),
  };
}

function generator({ nz, ngf, bnEps, bnMomentum }: DcganConfiguration, doublings: number, channels: number): Network {
  // Widths of the maps from 4×4 on: the last block gives the image.
  const widths = Array.from({ length: doublings }, (_, i) => ngf * 2 ** (doublings - 1 - i));
  const top = widths[0] as number;
  const parameters = [
    convWeight('block1.conv.weight', [nz, top * SMALLEST ** 2]),
    ...widths.flatMap((width, i) => [
      ...batchNormParameters(`block${i + 1}.norm`, width),
      convWeight(`block${i + 2}.conv.weight`, [width, widths[i + 1] ?? channels, KERNEL, KERNEL]),
    ]),
  ];
  return {
    parameters,
    statistics: widths.flatMap((width, i) => batchNormStatistics(`block${i + 1}.norm`, width)),
    apply: (pass) => {
      const statistics = new Map<string, Sym>();
      const weight = (block: number): Sym => tensorNamed(pass.parameters, `block${block}.conv.weight`);
      let x = reshape(matMul(pass.input, weight(1)), [pass.input.shape[0] as number, top, SMALLEST, SMALLEST]);
      for (let block = 1; block <= doublings; block++) {
        const normed = batchNorm(x, pass, { name: `block${block}.norm`, epsilon: bnEps, momentum: bnMomentum });
        for (const [name, value] of normed.statistics) statistics.set(name, value);
        x = relu(normed.output);
        pass.probe(`block${block}`, x);
        x = conv2dTranspose(x, weight(block + 1), HALVING);
      }
      const output = tanh(x);
      pass.probe(`block${doublings + 1}`, output);
      return { output, statistics };
    },
  };
}

function discriminator(
  { ndf, leak, bnEps, bnMomentum }: DcganConfiguration,
  doublings: number,
  channels: number,
): Network {
  const widths = Array.from({ length: doublings }, (_, i) => ndf * 2 ** i);
  const flat = (widths.at(-1) as number) * SMALLEST ** 2;
  const parameters = [
    ...widths.flatMap((width, i) => [
      convWeight(`block${i + 1}.conv.weight`, [width, widths[i - 1] ?? channels, KERNEL, KERNEL]),
      ...(i === 0 ? [] : batchNormParameters(`block${i + 1}.norm`, width)),
    ]),
    convWeight(`block${doublings + 1}.conv.weight`, [flat, 1]),
  ];
  return {
    parameters,
    statistics: widths.slice(1).flatMap((width, i) => batchNormStatistics(`block${i + 2}.norm`, width)),
    apply: (pass) => {
      const statistics = new Map<string, Sym>();
      const weight = (block: number): Sym => tensorNamed(pass.parameters, `block${block}.conv.weight`);
      let x = pass.input;
      for (let block = 1; block <= doublings; block++) {
        x = conv2d(x, weight(block), HALVING);
        if (block > 1) {
          const normed = batchNorm(x, pass, { name: `block${block}.norm`, epsilon: bnEps, momentum: bnMomentum });
          for (const [name, value] of normed.statistics) statistics.set(name, value);
          x = normed.output;
        }
        x = leakyRelu(x, leak);
        pass.probe(`block${block}`, x);
      }
      const output = matMul(reshape(x, [x.shape[0] as number, sizeOf(x.shape.slice(1))]), weight(doublings + 1));
      pass.probe(`block${doublings + 1}`, output);
      return { output, statistics };
    },
  };
}
