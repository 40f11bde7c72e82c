import { describe, expect, it } from 'vitest';
import { branin, ganlike, type ReferenceProblem, study } from './studies/reference-problems.ts';

/** Median best value after 100 trials over 20 seeds of Optuna 5.0.0's TPESampler with its defaults, minimised. */
const OPTUNA = { branin: 0.41673, ganlike: 1.200957 } as const;

function medianBest(problem: ReferenceProblem, options: { readonly seeds: number; readonly parallel: number }): number {
  const best = Array.from({ length: options.seeds }, (_, seed) =>
    Math.min(...study(problem, { seed: seed + 1, trials: 100, startup: 10, parallel: options.parallel })),
  ).sort((a, b) => a - b);
  const half = best.length / 2;
  return ((best[Math.ceil(half) - 1] ?? Number.NaN) + (best[Math.floor(half)] ?? Number.NaN)) / 2;
}

describe("searches of 100 trials beside Optuna's", () => {
  it('finds no worse a minimum of Branin in the median of 20 seeds', () => {
    const median = medianBest(branin, { seeds: 20, parallel: 1 });
    expect(median).toBeGreaterThan(0.397887);
    expect(median).toBeLessThanOrEqual(OPTUNA.branin);
  });

  it('finds no worse a minimum of a function like a GAN, with four trials under way at once where Optuna knows every result', () => {
    expect(medianBest(ganlike, { seeds: 20, parallel: 4 })).toBeLessThanOrEqual(OPTUNA.ganlike);
  });

  it('gives the same trials for the same seed and results', () => {
    const options = { seed: 3, trials: 20, startup: 10, parallel: 2 };
    expect(study(ganlike, options)).toEqual(study(ganlike, options));
    expect(study(ganlike, options)).not.toEqual(study(ganlike, { ...options, parallel: 3 }));
  });
});
