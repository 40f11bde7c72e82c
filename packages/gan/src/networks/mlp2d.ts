import type { Mlp2dConfiguration } from '@gansweep/domain';
import { add, matMul, relu, type Sym, tanh } from '@gansweep/program/browser';
import type { ParameterSpec } from '../parameters.ts';
import { type Network, type Networks, tensorNamed } from './network.ts';
import { spectralStatistics, weightsOf } from './spectral-norm.ts';

/** Laws whose points lie in the unit square; G ends in tanh there, and is linear on the others. */
const UNIT_SQUARE_LAWS: readonly string[] = ['gaussians', 'line', 'ring', 'disjoint', 'drawing'];

/**
 * Dense networks of the plane: nz → width × layers (ReLU) → 2, and 2 → width × layers (ReLU) → 1 logit.
 * Weights N(0, 1/fan_in), the first layer N(0, 1/2) whatever its input; biases 0.
 * @see Kahng et al. (2019), GAN Lab, and its published code
 */
export function mlp2d(configuration: Mlp2dConfiguration): Networks {
  const { nz, layersG, widthG, layersD, widthD, dataset, spectralNorm } = configuration;
  return {
    generator: denseNetwork(
      { inputs: nz, layers: layersG, width: widthG, outputs: 2, spectral: false },
      UNIT_SQUARE_LAWS.includes(dataset) ? tanh : null,
    ),
    discriminator: denseNetwork(
      { inputs: 2, layers: layersD, width: widthD, outputs: 1, spectral: spectralNorm },
      null,
    ),
  };
}

function denseNetwork(
  {
    inputs,
    layers,
    width,
    outputs,
    spectral,
  }: {
    readonly inputs: number;
    readonly layers: number;
    readonly width: number;
    readonly outputs: number;
    readonly spectral: boolean;
  },
  last: ((x: Sym) => Sym) | null,
): Network {
  const lengths = [inputs, ...Array.from({ length: layers }, () => width), outputs];
  const parameters = lengths.slice(1).flatMap((to, i): ParameterSpec[] => {
    const from = lengths[i] as number;
    return [
      {
        name: `dense${i + 1}.weight`,
        shape: [from, to],
        initial: { kind: 'normal', mean: 0, deviation: 1 / Math.sqrt(i === 0 ? 2 : from) },
      },
      { name: `dense${i + 1}.bias`, shape: [to], initial: { kind: 'constant', value: 0 } },
    ];
  });
  return {
    parameters,
    statistics: spectralStatistics(parameters, { on: spectral }),
    apply: (pass) => {
      const weights = weightsOf(pass, { spectral });
      let x = pass.input;
      for (let i = 1; i <= layers + 1; i++) {
        const weighted = matMul(x, weights.named(`dense${i}.weight`));
        x = add(weighted, tensorNamed(pass.parameters, `dense${i}.bias`));
        if (i <= layers) x = relu(x);
        else if (last) x = last(x);
        pass.probe(`dense${i}`, x);
      }
      return { output: x, statistics: weights.statistics };
    },
  };
}
