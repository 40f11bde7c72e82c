import { studentQuantile } from './student-t.ts';

/** A trial with what its seeds gave so far. */
export interface SeededTrial {
  /** Scores of its succeeded runs; any finite numbers. */
  readonly scores: readonly number[];
  /** Runs that diverged: each counts as the worst score of all. */
  readonly diverged: number;
  /** Seeds that it has had, whatever became of them. */
  readonly seeds: number;
}

/** Chance that a trial which is as good as the best seems counts as worse, over all trials and one round. */
const ERROR_CHANCE = 0.05;
/** Weight of the variance that all trials share in the variance of each, in degrees of freedom. */
const SHARED_DEGREES = 4;
/** Differences below this share of their own standard error ask for no more seeds than it does. */
const DIFFERENCE_FLOOR = 0.5;

/**
 * Further seeds for each trial in the next round, in the order of the trials; all 0 once it is decided which trial is
 * best, every trial in question has had all its seeds, or no run is left.
 *
 * The best so far is held against each other trial by a t interval of the difference of means, at 1 − 5 % over all of
 * them (Bonferroni); a variance of a few seeds is drawn towards that of all trials (Smyth 2004). Trials whose interval
 * holds 0 are in question. A round gives them and the best as many seeds as they are, shared out by how small
 * differences are beside their noise: optimal computing budget allocation (Chen et al. 2000).
 * @see Chen, Lin, Yücesan & Chick (2000), "Simulation budget allocation for further enhancing the efficiency of ordinal
 *   optimization", Discrete Event Dynamic Systems 10, theorem 1; Smyth (2004), Stat. Appl. Genet. Mol. Biol. 3(1), section 4.
 */
export function furtherSeeds(
  trials: readonly SeededTrial[],
  rule: { readonly goal: 'minimize' | 'maximize'; readonly max: number; readonly runsLeft: number },
): readonly number[] {
  const given = trials.map(() => 0);
  const sign = rule.goal === 'minimize' ? 1 : -1;
  const scored = trials.map(({ scores }) => scores.map((score) => sign * score));
  const all = scored.flat();
  if (all.length === 0) return given;
  const worst = all.reduce((a, b) => Math.max(a, b));
  const values = trials.map(({ diverged }, i) => [...(scored[i] as number[]), ...Array<number>(diverged).fill(worst)]);
  const known = values.flatMap((one, i) => (one.length > 0 ? [i] : []));
  const shared = sharedVariance(scored);
  const estimates = new Map(known.map((i) => [i, estimate(values[i] as number[], shared)]));
  const of = (i: number): Estimate => estimates.get(i) as Estimate;
  const best = known.reduce((a, b) => (of(b).mean < of(a).mean ? b : a));
  const chance = 1 - ERROR_CHANCE / Math.max(1, known.length - 1);
  const inQuestion = known.filter((i) => i !== best && !isWorse(of(i), of(best), chance));
  const candidates = [best, ...inQuestion];
  const mayHave = (i: number): boolean => (trials[i] as SeededTrial).seeds + (given[i] as number) < rule.max;
  if (inQuestion.length === 0) return given;
  const shares = budgetShares(of(best), inQuestion.map(of));
  const round = Math.min(candidates.length, rule.runsLeft);
  const total = candidates.reduce((sum, i) => sum + of(i).n, round);
  for (let k = 0; k < round; k++) {
    const lack = (c: number): number => {
      const i = candidates[c] as number;
      return total * (shares[c] as number) - of(i).n - (given[i] as number);
    };
    const open = candidates.flatMap((i, c) => (mayHave(i) ? [c] : []));
    if (open.length === 0) break;
    const next = candidates[open.reduce((a, b) => (lack(b) > lack(a) ? b : a))] as number;
    given[next] = (given[next] as number) + 1;
  }
  return given;
}

interface Estimate {
  readonly n: number;
  readonly mean: number;
  readonly variance: number;
  /** Degrees of freedom behind the variance. */
  readonly degrees: number;
}

/** Variance within trials, pooled; 0 where no trial has two scores. */
function sharedVariance(values: readonly (readonly number[])[]): number {
  const squares = values.reduce((sum, one) => sum + squaresOf(one), 0);
  const degrees = values.reduce((sum, one) => sum + Math.max(0, one.length - 1), 0);
  return degrees === 0 ? 0 : squares / degrees;
}

function estimate(values: readonly number[], shared: number): Estimate {
  const degrees = SHARED_DEGREES + values.length - 1;
  return {
    n: values.length,
    mean: meanOf(values),
    variance: (SHARED_DEGREES * shared + squaresOf(values)) / degrees,
    degrees,
  };
}

function isWorse(trial: Estimate, best: Estimate, chance: number): boolean {
  const error = Math.sqrt(trial.variance / trial.n + best.variance / best.n);
  return trial.mean - best.mean > studentQuantile(chance, trial.degrees + best.degrees) * error;
}

/** Shares of all runs of the best and of the others: N_i ∝ (s_i / δ_i)², N_b = s_b √Σ N_i² / s_i². */
function budgetShares(best: Estimate, others: readonly Estimate[]): readonly number[] {
  const weights = others.map((trial) => {
    const error = Math.sqrt(trial.variance / trial.n + best.variance / best.n);
    const difference = Math.max(trial.mean - best.mean, DIFFERENCE_FLOOR * error);
    return difference === 0 ? 1 : trial.variance / difference ** 2;
  });
  const square = weights.reduce((sum, weight, i) => {
    const { variance } = others[i] as Estimate;
    return sum + (variance === 0 ? 0 : weight ** 2 / variance);
  }, 0);
  const all = [square === 0 ? Math.max(...weights) : Math.sqrt(best.variance * square), ...weights];
  const sum = all.reduce((a, b) => a + b);
  return all.map((weight) => weight / sum);
}

/** Around the first value, so that large equal values keep a spread of exactly 0. */
function meanOf(values: readonly number[]): number {
  const first = values[0] as number;
  return first + values.reduce((sum, value) => sum + (value - first), 0) / values.length;
}

function squaresOf(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const mean = meanOf(values);
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
}
