import { hypervolumeContributions, keepByVolume } from './hypervolume.ts';
import { nonDominatedRanks, type Objectives } from './non-dominated-ranks.ts';

/** Which trials the next one should be like, best first with their weights, and which it should not. */
export interface SplitTrials {
  readonly good: readonly number[];
  /** One for each of `good`, above 0. */
  readonly weights: readonly number[];
  readonly bad: readonly number[];
}

/** Part of the results that count as good, and how many do at most: more would blur where the best are. */
const GOOD_PART = 0.1;
const GOOD_MAX = 25;
/** What the least of the good ones weighs above nothing. */
const LEAST_WEIGHT = 0.05;
/** The reference lies so far beyond the worst good trial, in units of the range. */
const BEYOND_WORST = 1.1;

/**
 * Splits trials by their results. The best tenth is good, weighted by the logarithm of the rank; of several objectives
 * it is the first layers that none beats, of the last of these what adds most hypervolume, weighted by what each adds.
 * A trial without a value is the worst there is; pending ones (the constant liar's) are bad too, so that the next trial
 * keeps away from where one is under way.
 * @param trials in the order of the sweep; null where a trial is pending.
 * @see Bergstra et al. (2011); Watanabe (2023), "Tree-structured Parzen estimator", arXiv:2304.11127, section 3 (splits and weights).
 * @see Ozaki et al. (2022), "Multiobjective tree-structured Parzen estimator", JAIR 73 (several objectives).
 * @see Hansen & Ostermeier (2001), "Completely derandomized self-adaptation", Evolutionary Computation 9 (logarithmic weights).
 */
export function splitTrials(trials: readonly (Objectives | null)[]): SplitTrials {
  const ended = [...trials.keys()].filter((i) => trials[i] !== null);
  const objectives = ended.map((i) => trials[i] ?? []);
  const count = Math.min(GOOD_MAX, Math.ceil(GOOD_PART * ended.length));
  const chosen = (objectives[0]?.length ?? 1) > 1 ? chooseByVolume(objectives, count) : chooseByRank(objectives, count);
  const good = chosen.map(({ at }) => ended[at] ?? 0);
  const isGood = new Set(good);
  return {
    good,
    weights: chosen.map(({ weight }) => weight),
    bad: [...trials.keys()].filter((i) => !isGood.has(i)),
  };
}

interface Chosen {
  readonly at: number;
  readonly weight: number;
}

function chooseByRank(objectives: readonly Objectives[], count: number): readonly Chosen[] {
  const resultOf = (at: number): number => objectives[at]?.[0] ?? Number.POSITIVE_INFINITY;
  return [...objectives.keys()]
    .sort((a, b) => compare(resultOf(a), resultOf(b)) || a - b)
    .slice(0, count)
    .map((at, rank) => ({ at, weight: Math.log(count + 0.5) - Math.log(rank + 1) + LEAST_WEIGHT }));
}

/** Not by subtraction: two missing values are equal, and infinity less infinity is not. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function chooseByVolume(objectives: readonly Objectives[], count: number): readonly Chosen[] {
  const scaled = scaleObjectives(objectives);
  const reference = (scaled[0] ?? []).map(() => BEYOND_WORST);
  const ranks = nonDominatedRanks(objectives);
  const chosen: number[] = [];
  for (let rank = 0; chosen.length < count; rank++) {
    const layer = [...ranks.keys()].filter((at) => ranks[at] === rank);
    const kept = keepByVolume(
      layer.map((at) => scaled[at] ?? []),
      reference,
      count - chosen.length,
    );
    chosen.push(...kept.map((place) => layer[place] ?? 0));
  }
  const adds = hypervolumeContributions(
    chosen.map((at) => scaled[at] ?? []),
    reference,
  );
  const largest = Math.max(...adds);
  return chosen.map((at, i) => ({ at, weight: (largest > 0 ? (adds[i] ?? 0) / largest : 0) + LEAST_WEIGHT }));
}

/** Each objective's range as [0, 1], so that none counts more for its unit; what is missing lies beyond the reference. */
function scaleObjectives(objectives: readonly Objectives[]): readonly (readonly number[])[] {
  return objectives.map((one) =>
    one.map((value, k) => {
      if (value === null) return Number.POSITIVE_INFINITY;
      const known = objectives.flatMap((other) => other[k] ?? []);
      const [low, high] = [Math.min(...known), Math.max(...known)];
      return high > low ? (value - low) / (high - low) : 0;
    }),
  );
}
