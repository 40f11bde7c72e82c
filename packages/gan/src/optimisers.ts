import { assertNever, type Configuration } from '@gansweep/domain';
import { add, div, mul, type Sym, sqrt, square, sub } from '@gansweep/program/browser';

/** A network's flat parameters `[n]` and their gradient after weight decay `[n]`. */
interface Update {
  readonly parameters: Sym;
  readonly gradient: Sym;
  readonly learningRate: Sym;
}

/** Moments of Adam `[n]` and its settings, all symbolic scalars. */
export interface AdamState {
  readonly first: Sym;
  readonly second: Sym;
}

/**
 * Adam: m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g², w ← w − lr · m̂ / (√v̂ + ε) with m̂ = m/(1−β₁ᵗ), v̂ = v/(1−β₂ᵗ).
 * @param corrections 1/(1−β₁ᵗ) and 1/(1−β₂ᵗ) for the update's number t ≥ 1; made outside, in float64.
 * @see Kingma, Ba (2015), algorithm 1, arXiv:1412.6980
 */
export function adam(
  { parameters, gradient, learningRate }: Update,
  { first, second }: AdamState,
  settings: {
    /** β and 1 − β. */
    readonly beta1: readonly [Sym, Sym];
    readonly beta2: readonly [Sym, Sym];
    readonly epsilon: Sym;
    readonly corrections: readonly [Sym, Sym];
  },
): { readonly parameters: Sym; readonly first: Sym; readonly second: Sym } {
  const { beta1, beta2, epsilon, corrections } = settings;
  const m = add(mul(first, beta1[0]), mul(gradient, beta1[1]));
  const v = add(mul(second, beta2[0]), mul(square(gradient), beta2[1]));
  const step = div(mul(m, mul(learningRate, corrections[0])), add(sqrt(mul(v, corrections[1])), epsilon));
  return { parameters: sub(parameters, step), first: m, second: v };
}

/** Gradient descent with a heavy ball: u ← μu + g, w ← w − lr · u. @see Polyak (1964) */
export function heavyBall(
  { parameters, gradient, learningRate }: Update,
  { velocity, momentum }: { readonly velocity: Sym; readonly momentum: Sym },
): { readonly parameters: Sym; readonly velocity: Sym } {
  const u = add(mul(velocity, momentum), gradient);
  return { parameters: sub(parameters, mul(u, learningRate)), velocity: u };
}

/** Factors 1/(1−β₁ᵗ), 1/(1−β₂ᵗ) of update t ≥ 1. */
export function adamCorrections(
  t: number,
  { beta1, beta2 }: { readonly beta1: number; readonly beta2: number },
): readonly [number, number] {
  return [adamCorrection(beta1, t), adamCorrection(beta2, t)];
}

/** 1/(1−βᵗ). */
export function adamCorrection(beta: number, t: number): number {
  return 1 / (1 - beta ** t);
}

/** Names of an optimiser's vectors: Adam's moments or the velocity of the heavy ball. */
export function momentsOf({ optimizer }: Pick<Configuration, 'optimizer'>): readonly string[] {
  switch (optimizer) {
    case 'adam':
      return ['m', 'v'];
    case 'sgd':
      return ['u'];
    default:
      return assertNever(optimizer);
  }
}
