import {
  add,
  div,
  matMul,
  reshape,
  type Sym,
  sizeOf,
  sqrt,
  square,
  stopGradient,
  sum,
} from '@gansweep/program/browser';
import type { ParameterSpec } from '../parameters.ts';
import { type Pass, tensorNamed } from './network.ts';

const TINY = 1e-12;

/** What a discriminator keeps for each of its weights: the left singular vector that power iteration has come to. */
export function spectralStatistics(
  parameters: readonly ParameterSpec[],
  { on }: { readonly on: boolean },
): ParameterSpec[] {
  if (!on) return [];
  return parameters
    .filter(({ name }) => name.endsWith('.weight'))
    .map(({ name, shape }) => ({
      name: `${name}.direction`,
      shape: [shape[0] as number],
      initial: { kind: 'normal', mean: 0, deviation: 1 },
    }));
}

/** The weights of a pass, and the statistics that reading them leads to. */
export interface Weights {
  readonly named: (name: string) => Sym;
  readonly statistics: ReadonlyMap<string, Sym>;
}

/**
 * Weights as they are, or each divided by its largest singular value σ as a matrix `[first axis, all others]`: σ = uᵀWv
 * with v = Wᵀu and u = Wv scaled to length 1, one such step a training pass, u kept from pass to pass. No gradient flows
 * through u and v.
 * @see Miyato et al. (2018), algorithm 1, arXiv:1802.05957
 */
export function weightsOf(pass: Pass, { spectral }: { readonly spectral: boolean }): Weights {
  const statistics = new Map<string, Sym>();
  return {
    statistics,
    named: (name) => {
      const weight = tensorNamed(pass.parameters, name);
      if (!spectral) return weight;
      const rows = weight.shape[0] as number;
      const matrix = reshape(weight, [rows, sizeOf(weight.shape) / rows]);
      const fixed = stopGradient(matrix);
      const before = tensorNamed(pass.statistics, `${name}.direction`);
      const right = unit(matMul(reshape(before, [1, rows]), fixed));
      const column = reshape(right, [sizeOf(right.shape), 1]);
      const left = pass.mode === 'train' ? unit(matMul(fixed, column)) : unit(reshape(before, [rows, 1]));
      statistics.set(`${name}.direction`, reshape(left, [rows]));
      const largest = matMul(reshape(left, [1, rows]), matMul(matrix, column));
      return div(weight, reshape(largest, []));
    },
  };
}

/** A vector of length 1. */
function unit(x: Sym): Sym {
  return div(x, sqrt(add(sum(square(x), [0, 1], { keepDims: true }), TINY)));
}
