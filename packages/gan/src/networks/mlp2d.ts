import type { Mlp2dConfiguration } from '@gansweep/domain';
import { add, matMul, maximum, relu, reshape, type Sym, slice, tanh } from '@gansweep/program/browser';
import type { ParameterSpec } from '../parameters.ts';
import { batchNormParameters, batchNormStatistics, type NormSettings, normalised } from './batch-norm.ts';
import { type Network, type Networks, tensorNamed } from './network.ts';
import { spectralStatistics, weightsOf } from './spectral-norm.ts';

/** Laws whose points lie in the unit square; G ends in tanh there, and is linear on the others. */
const UNIT_SQUARE_LAWS: readonly string[] = ['gaussians', 'line', 'ring', 'disjoint', 'drawing'];
const NO_NORM: NormSettings = { batchNorm: false };

/**
 * Dense networks of the plane: nz → width × layers (ReLU) → 2, and 2 → width × layers (ReLU) → 1 logit.
 * Weights N(0, 1/fan_in), the first layer of G N(0, 1/2) whatever its input; biases 0.
 * @see Kahng et al. (2019), GAN Lab, and its published code
 *
 * D may have maxout units, and judge `samplesD` points together, `[batch, 2]` → `[batch / samplesD, 1]`; hidden layers of G may
 * have batch norm in place of their biases. @see Goodfellow et al. (2013), arXiv:1302.4389; Lin et al. (2018), arXiv:1712.04086
 */
export function mlp2d(configuration: Mlp2dConfiguration): Networks {
  const { nz, layersG, widthG, layersD, widthD, maxoutD = 1, samplesD, dataset, spectralNorm } = configuration;
  const { apply, ...ofTogether } = denseNetwork(
    { inputs: 2 * samplesD, firstDeviation: 1 / Math.sqrt(2 * samplesD), layers: layersD, width: widthD, outputs: 1 },
    { pieces: maxoutD, norm: NO_NORM, spectral: spectralNorm, last: null },
  );
  return {
    generator: denseNetwork(
      { inputs: nz, firstDeviation: 1 / Math.sqrt(2), layers: layersG, width: widthG, outputs: 2 },
      { pieces: 1, norm: configuration, spectral: false, last: UNIT_SQUARE_LAWS.includes(dataset) ? tanh : null },
    ),
    discriminator:
      samplesD === 1
        ? { ...ofTogether, apply }
        : { ...ofTogether, apply: (pass) => apply({ ...pass, input: together(pass.input, samplesD) }) },
  };
}

/** Points `[batch, 2]` that follow one another as one row for every `count` of them, `[batch / count, 2 · count]`. */
function together(points: Sym, count: number): Sym {
  return reshape(points, [(points.shape[0] as number) / count, 2 * count]);
}

function denseNetwork(
  {
    inputs,
    firstDeviation,
    layers,
    width,
    outputs,
  }: {
    readonly inputs: number;
    readonly firstDeviation: number;
    readonly layers: number;
    readonly width: number;
    readonly outputs: number;
  },
  {
    pieces,
    norm,
    spectral,
    last,
  }: {
    /** Linear maps of which a hidden unit gives the largest; 1 for ReLU. */
    readonly pieces: number;
    /** Of hidden layers. */
    readonly norm: NormSettings;
    readonly spectral: boolean;
    readonly last: ((x: Sym) => Sym) | null;
  },
): Network {
  const all = Array.from({ length: layers + 1 }, (_, i) => {
    const isLast = i === layers;
    return {
      name: `dense${i + 1}`,
      from: i === 0 ? inputs : width,
      to: isLast ? outputs : width * pieces,
      isLast,
      isNormed: norm.batchNorm && !isLast,
    };
  });
  const normed = all.filter(({ isNormed }) => isNormed);
  const parameters = all.flatMap(({ name, from, to, isNormed }, i): ParameterSpec[] => [
    {
      name: `${name}.weight`,
      shape: [from, to],
      initial: { kind: 'normal', mean: 0, deviation: i === 0 ? firstDeviation : 1 / Math.sqrt(from) },
    },
    ...(isNormed
      ? batchNormParameters(`${name}.norm`, to, { deviation: 0 })
      : [{ name: `${name}.bias`, shape: [to], initial: { kind: 'constant', value: 0 } } as const]),
  ]);
  return {
    parameters,
    statistics: [
      ...normed.flatMap(({ name, to }) => batchNormStatistics(`${name}.norm`, to)),
      ...spectralStatistics(parameters, { on: spectral }),
    ],
    apply: (pass) => {
      const weights = weightsOf(pass, { spectral });
      const statistics = new Map<string, Sym>();
      let x = pass.input;
      for (const { name, isLast, isNormed } of all) {
        const weighted = matMul(x, weights.named(`${name}.weight`));
        x = isNormed
          ? normalised(weighted, pass, { name: `${name}.norm`, settings: norm, statistics })
          : add(weighted, tensorNamed(pass.parameters, `${name}.bias`));
        if (!isLast) x = pieces === 1 ? relu(x) : maxout(x, pieces);
        else if (last) x = last(x);
        pass.probe(name, x);
      }
      return { output: x, statistics: new Map([...statistics, ...weights.statistics]) };
    },
  };
}

/** The largest of the linear maps of each unit. @param x `[batch, pieces · units]`, a map of all units after another. */
function maxout(x: Sym, pieces: number): Sym {
  const units = (x.shape[1] as number) / pieces;
  return Array.from({ length: pieces }, (_, i) => slice(x, 1, i * units, units)).reduce((a, b) => maximum(a, b));
}
