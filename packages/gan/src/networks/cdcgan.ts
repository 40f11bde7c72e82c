import type { CdcganConfiguration } from '@gansweep/domain';
import { concat, expand, leakyRelu, matMul, relu, reshape, type Sym, tanh } from '@gansweep/program/browser';
import { batchNormParameters, batchNormStatistics, normalised } from './batch-norm.ts';
import { biased, biasedLayer } from './biased-layers.ts';
import { conditionOf, type Network, type Networks, tensorNamed } from './network.ts';
import { doubleNearest, doubleTransposed, halve } from './resizing-convolutions.ts';
import { spectralStatistics, weightsOf } from './spectral-norm.ts';

/** Side of G's first and D's last maps. */
const SMALLEST = 4;
const DEVIATION = 0.02;
const PLAIN = { deviation: 0 } as const;

/**
 * Conditional DCGAN of 32 px: noise and one-hot class go through a layer each and meet as maps of 4×4; image and class,
 * as constant maps, meet behind D's first layer. Every layer has a bias; batch norm but in G's last and D's first layer.
 * Without `conditionD` D has no branch for the class.
 * @see Mirza, Osindero (2014), arXiv:1411.1784, and the published code of znxlwm for its layers
 */
export function cdcgan(
  configuration: CdcganConfiguration,
  samples: { readonly channels: number; readonly classes: number },
): Networks {
  return { generator: generator(configuration, samples), discriminator: discriminator(configuration, samples) };
}

function generator(
  configuration: CdcganConfiguration,
  { channels, classes }: { readonly channels: number; readonly classes: number },
): Network {
  const { nz, ngf, kernel, upsample, batchNorm } = configuration;
  const transposed = upsample === 'convT';
  const each = 4 * ngf;
  const branches = [
    ['noise', nz],
    ['class', classes],
  ] as const;
  // Widths of the maps: the two branches together at 4×4, then at 8, at 16, and the image.
  const widths = [2 * each, each, 2 * ngf, channels];
  const inner = [1, 2] as const;
  const norms = (name: string, width: number) => (batchNorm ? batchNormParameters(name, width, PLAIN) : []);
  return {
    parameters: [
      ...branches.flatMap(([name, inputs]) => [
        ...biasedLayer(`${name}.conv`, { shape: [inputs, each * SMALLEST ** 2], outputs: each, deviation: DEVIATION }),
        ...norms(`${name}.norm`, each),
      ]),
      ...widths.slice(1).flatMap((width, i) => {
        const from = widths[i] as number;
        const shape = transposed ? [from, width, kernel, kernel] : [width, from, kernel, kernel];
        return [
          ...biasedLayer(`block${i + 1}.conv`, { shape, outputs: width, deviation: DEVIATION }),
          ...(i < inner.length ? norms(`block${i + 1}.norm`, width) : []),
        ];
      }),
    ],
    statistics: batchNorm
      ? [
          ...branches.flatMap(([name]) => batchNormStatistics(`${name}.norm`, each)),
          ...inner.flatMap((block) => batchNormStatistics(`block${block}.norm`, widths[block] as number)),
        ]
      : [],
    apply: (pass) => {
      const statistics = new Map<string, Sym>();
      const weight = (name: string): Sym => tensorNamed(pass.parameters, `${name}.conv.weight`);
      const activated = (x: Sym, name: string): Sym => {
        const normed = normalised(biased(x, pass, `${name}.conv`), pass, {
          name: `${name}.norm`,
          settings: configuration,
          statistics,
        });
        const output = relu(normed);
        pass.probe(name, output);
        return output;
      };
      const branch = (name: string, input: Sym): Sym =>
        activated(reshape(matMul(input, weight(name)), [input.shape[0] as number, each, SMALLEST, SMALLEST]), name);
      let x = concat([branch('noise', pass.input), branch('class', conditionOf(pass))], 1);
      const double = transposed ? doubleTransposed : doubleNearest;
      for (const block of inner) x = activated(double(x, weight(`block${block}`)), `block${block}`);
      const output = tanh(biased(double(x, weight('block3')), pass, 'block3.conv'));
      pass.probe('block3', output);
      return { output, statistics };
    },
  };
}

function discriminator(
  configuration: CdcganConfiguration,
  { channels, classes }: { readonly channels: number; readonly classes: number },
): Network {
  const { ndf, leak, kernel, batchNorm, spectralNorm, conditionD } = configuration;
  const first = conditionD ? 2 * ndf : ndf;
  const widths = [first, 4 * ndf, 8 * ndf] as const;
  const flat = widths[2] * SMALLEST ** 2;
  const conv = (name: string, from: number, to: number) =>
    biasedLayer(`${name}.conv`, { shape: [to, from, kernel, kernel], outputs: to, deviation: DEVIATION });
  const inner = [1, 2] as const;
  const parameters = [
    ...conv('image', channels, ndf),
    ...(conditionD ? conv('class', classes, ndf) : []),
    ...inner.flatMap((block) => [
      ...conv(`block${block}`, widths[block - 1] as number, widths[block] as number),
      ...(batchNorm ? batchNormParameters(`block${block}.norm`, widths[block] as number, PLAIN) : []),
    ]),
    ...biasedLayer('logit', { shape: [flat, 1], outputs: 1, deviation: DEVIATION }),
  ];
  return {
    parameters,
    statistics: [
      ...(batchNorm
        ? inner.flatMap((block) => batchNormStatistics(`block${block}.norm`, widths[block] as number))
        : []),
      ...spectralStatistics(parameters, { on: spectralNorm }),
    ],
    apply: (pass) => {
      const statistics = new Map<string, Sym>();
      const weights = weightsOf(pass, { spectral: spectralNorm });
      const halved = (x: Sym, name: string): Sym =>
        biased(halve(x, weights.named(`${name}.conv.weight`)), pass, `${name}.conv`);
      const branch = (x: Sym, name: string): Sym => {
        const output = leakyRelu(halved(x, name), leak);
        pass.probe(name, output);
        return output;
      };
      const [batch, , height, width] = pass.input.shape as readonly [number, number, number, number];
      const maps = (): Sym =>
        expand(reshape(conditionOf(pass), [batch, classes, 1, 1]), [batch, classes, height, width]);
      let x = branch(pass.input, 'image');
      if (conditionD) x = concat([x, branch(maps(), 'class')], 1);
      for (const block of inner) {
        const name = `block${block}`;
        x = leakyRelu(
          normalised(halved(x, name), pass, { name: `${name}.norm`, settings: configuration, statistics }),
          leak,
        );
        pass.probe(name, x);
      }
      const output = biased(matMul(reshape(x, [batch, flat]), weights.named('logit.weight')), pass, 'logit');
      pass.probe('logit', output);
      return { output, statistics: new Map([...statistics, ...weights.statistics]) };
    },
  };
}
