import type { CganConfiguration } from '@gansweep/domain';
import { concat, leakyRelu, matMul, relu, reshape, type Sym, sizeOf, tanh } from '@gansweep/program/browser';
import { batchNormParameters, batchNormStatistics, normalised } from './batch-norm.ts';
import { biased, biasedLayer } from './biased-layers.ts';
import { conditionOf, type Network, type Networks, tensorNamed } from './network.ts';
import { spectralStatistics, weightsOf } from './spectral-norm.ts';

const DEVIATION = 0.02;
const PLAIN = { deviation: 0 } as const;

const dense = (name: string, from: number, to: number) =>
  biasedLayer(name, { shape: [from, to], outputs: to, deviation: DEVIATION });

/** Layers of such widths over one another. @param from numbers that the first one gets. */
function stacked(
  from: number,
  widths: readonly number[],
): readonly { readonly name: string; readonly from: number; readonly to: number }[] {
  return widths.map((to, i) => ({ name: `dense${i + 1}`, from: widths[i - 1] ?? from, to }));
}

/**
 * Conditional GAN of dense layers. G: noise and one-hot class go through a layer of `widthG` each, then `layersG` layers of
 * 2, 4, 4, … times that width, batch norm in all, and an image by tanh. D: image and class through a layer of `widthD` each,
 * then `layersD` layers of a half, a quarter, a quarter, … of it with batch norm, and a logit; published with two of each.
 * Without `conditionD` D has no branch for the class.
 * @see Mirza, Osindero (2014), arXiv:1411.1784, and the published code of znxlwm for its layers
 */
export function cgan(
  configuration: CganConfiguration,
  samples: { readonly channels: number; readonly classes: number },
): Networks {
  return { generator: generator(configuration, samples), discriminator: discriminator(configuration, samples) };
}

function generator(
  configuration: CganConfiguration,
  { channels, classes }: { readonly channels: number; readonly classes: number },
): Network {
  const { nz, widthG, layersG, batchNorm, resolution } = configuration;
  const image = [channels, resolution, resolution];
  const joint = stacked(
    2 * widthG,
    Array.from({ length: layersG }, (_, i) => Math.min(2 ** (i + 1), 4) * widthG),
  );
  const layers = [{ name: 'noise', from: nz, to: widthG }, { name: 'class', from: classes, to: widthG }, ...joint];
  return {
    parameters: [
      ...layers.flatMap(({ name, from, to }) => [
        ...dense(name, from, to),
        ...(batchNorm ? batchNormParameters(`${name}.norm`, to, PLAIN) : []),
      ]),
      ...dense('image', joint.at(-1)?.to ?? 2 * widthG, sizeOf(image)),
    ],
    statistics: batchNorm ? layers.flatMap(({ name, to }) => batchNormStatistics(`${name}.norm`, to)) : [],
    apply: (pass) => {
      const statistics = new Map<string, Sym>();
      const weighted = (x: Sym, name: string): Sym =>
        biased(matMul(x, tensorNamed(pass.parameters, `${name}.weight`)), pass, name);
      const hidden = (x: Sym, name: string): Sym => {
        const raw = weighted(x, name);
        const output = relu(normalised(raw, pass, { name: `${name}.norm`, settings: configuration, statistics }));
        pass.probe(name, output);
        return output;
      };
      const joined = concat([hidden(pass.input, 'noise'), hidden(conditionOf(pass), 'class')], 1);
      const rows = tanh(
        weighted(
          joint.reduce((x, { name }) => hidden(x, name), joined),
          'image',
        ),
      );
      const output = reshape(rows, [pass.input.shape[0] as number, ...image]);
      pass.probe('image', output);
      return { output, statistics };
    },
  };
}

function discriminator(
  configuration: CganConfiguration,
  { channels, classes }: { readonly channels: number; readonly classes: number },
): Network {
  const { widthD, layersD, leak, batchNorm, spectralNorm, conditionD, resolution } = configuration;
  const pixels = channels * resolution ** 2;
  const branches = conditionD ? 2 * widthD : widthD;
  const normed = stacked(
    branches,
    // At least one unit, for the narrowest of nets.
    Array.from({ length: layersD }, (_, i) => Math.max(Math.floor(widthD / Math.min(2 ** (i + 1), 4)), 1)),
  );
  const parameters = [
    ...dense('image', pixels, widthD),
    ...(conditionD ? dense('class', classes, widthD) : []),
    ...normed.flatMap(({ name, from, to }) => [
      ...dense(name, from, to),
      ...(batchNorm ? batchNormParameters(`${name}.norm`, to, PLAIN) : []),
    ]),
    ...dense('logit', normed.at(-1)?.to ?? branches, 1),
  ];
  return {
    parameters,
    statistics: [
      ...(batchNorm ? normed.flatMap(({ name, to }) => batchNormStatistics(`${name}.norm`, to)) : []),
      ...spectralStatistics(parameters, { on: spectralNorm }),
    ],
    apply: (pass) => {
      const statistics = new Map<string, Sym>();
      const weights = weightsOf(pass, { spectral: spectralNorm });
      const weighted = (x: Sym, name: string): Sym => biased(matMul(x, weights.named(`${name}.weight`)), pass, name);
      const branch = (x: Sym, name: string): Sym => {
        const output = leakyRelu(weighted(x, name), leak);
        pass.probe(name, output);
        return output;
      };
      let x = branch(reshape(pass.input, [pass.input.shape[0] as number, pixels]), 'image');
      if (conditionD) x = concat([x, branch(conditionOf(pass), 'class')], 1);
      for (const { name } of normed) {
        const raw = weighted(x, name);
        x = leakyRelu(normalised(raw, pass, { name: `${name}.norm`, settings: configuration, statistics }), leak);
        pass.probe(name, x);
      }
      const output = weighted(x, 'logit');
      pass.probe('logit', output);
      return { output, statistics: new Map([...statistics, ...weights.statistics]) };
    },
  };
}
