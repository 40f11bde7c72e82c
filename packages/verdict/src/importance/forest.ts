import { ABSENT, type Design, type Factor } from './design.ts';
import type { Draws } from './draws.ts';
import { covariance, type Effects, effectsOf, noEffects, pairsOf } from './effects.ts';
import { bitsOf, growTree, type Leaf } from './regression-tree.ts';
import { quantile, type Share } from './share.ts';

export interface ForestAnswer {
  readonly effects: Effects;
  readonly main: readonly Share[];
  /** In the order of `pairsOf`. */
  readonly pairs: readonly Share[];
  /** [factor][level]: 95 % interval of the mean there, over the bootstrap. */
  readonly bands: readonly (readonly { readonly low: number; readonly high: number }[])[];
  /** Part of the variance of trials that trees predict which have not seen them, 0 to 1. */
  readonly explained: number;
}

/** Few trials need many trees, whose spread is their uncertainty, and cost little. */
const treesFor = (trials: number): number => Math.min(512, Math.max(128, Math.ceil(32_000 / trials)));
/** Fewest trials of a node that is split: what is tried, and by how many trees. */
const SPLITS_FROM = [3, 6, 12, 24];
const PILOT_TREES = 32;

/**
 * Functional analysis of variance by a random forest: each tree is grown on a bootstrap sample of the trials, with all
 * factors tried at each node, and taken apart exactly; a share is the mean over trees of an effect's variance over the
 * tree's. A tree of few trials also splits by what has no effect, so each gets one factor more: a copy of one of the
 * others, shuffled between trials. What the copies of a factor get on average, times the part that the factor does not
 * explain, is taken off its share; off the lower end goes what they get at most, in 97.5 % of the trees.
 * An interval is where 95 % of the trees are, drawn in by how much less than one tree the mean of all depends on the
 * trials (the infinitesimal jackknife of Wager, Hastie and Efron 2014). Trees are blunt and fit noise, and what they do not
 * foresee of trials that it has not seen may be an interaction of any pair: the upper end of a pair's share goes up by
 * that part, and that of a factor's by that part of itself.
 * A trial that lacks a factor stands at a random level of it, another one in each tree: what does not exist has no effect.
 * @param values one for each trial.
 * @see Hutter, Hoos, Leyton-Brown 2014, "An efficient approach for assessing hyperparameter importance", ICML.
 */
export function analyseForest(design: Design, values: Float64Array, draws: Draws): ForestAnswer {
  const counts = design.factors.map(({ levels }) => levels.length);
  const pairs = pairsOf(counts.length);
  const trials = values.length;
  const trees = treesFor(trials);
  const times = Array.from({ length: trees }, () => new Uint8Array(trials));
  const unseen: Unseen = { sums: new Float64Array(trials), counts: new Float64Array(trials) };
  const sum = noEffects(counts);
  let mean = 0;
  const shares: { readonly main: number[]; readonly pairs: number[] }[] = [];
  const shuffled = counts.map(() => ({ main: [] as number[], with: counts.map((): number[] => []) }));
  const marginals = counts.map((count) => Array.from({ length: count }, (): number[] => []));
  const splitFrom = chooseSplit(design, values, draws);
  for (let t = 0; t < trees; t++) {
    const copied = t % counts.length;
    const { leaves, levelCounts } = plantTree(
      design,
      values,
      { copied, splitFrom, drawn: times[t] as Uint8Array, unseen },
      draws,
    );
    const effects = effectsOf(leaves, levelCounts);
    const variance = varianceOf(leaves, levelCounts);
    const shareOf = (table: Float64Array | undefined): number =>
      table === undefined || variance <= 0 ? 0 : covariance(table, table) / variance;
    const all = new Map(pairsOf(levelCounts.length).map(([a, b], p) => [a * levelCounts.length + b, effects.pairs[p]]));
    const pairTable = (a: number, b: number): Float64Array | undefined => all.get(a * levelCounts.length + b);
    shares.push({
      main: counts.map((_, j) => shareOf(effects.main[j])),
      pairs: pairs.map(([a, b]) => shareOf(pairTable(a, b))),
    });
    const of = shuffled[copied] as (typeof shuffled)[number];
    of.main.push(shareOf(effects.main[counts.length]));
    for (const [j, found] of of.with.entries()) found.push(shareOf(pairTable(j, counts.length)));
    mean += effects.mean / trees;
    for (const [j, table] of sum.main.entries()) addTo(table, effects.main[j] as Float64Array, trees);
    for (const [p, [first, second]] of pairs.entries())
      addTo(sum.pairs[p] as Float64Array, pairTable(first, second) as Float64Array, trees);
    for (const [j, levels] of marginals.entries())
      for (const [level, told] of levels.entries())
        told.push(effects.mean + ((effects.main[j] as Float64Array)[level] as number));
  }
  const explained = Math.max(0, explainedOf(values, unseen));
  const unknown = 1 - explained;
  const told = (found: readonly number[], byChance: readonly number[], mayBeMore: (high: number) => number): Share => {
    const bounded = (share: number): number => Math.min(1, Math.max(0, share));
    const less = (share: number, chance: number): number => share - chance * (1 - share);
    const { middle, low, high, drawnIn } = spreadOf(found, times);
    const chance = byChance.reduce((total, share) => total + share / byChance.length, 0);
    const luck = chance + drawnIn * (quantile(byChance, 0.975) - chance);
    return {
      share: bounded(less(middle, chance)),
      low: bounded(less(low, luck)),
      high: bounded(less(high, chance) + mayBeMore(high)),
    };
  };
  return {
    effects: { ...sum, mean },
    main: counts.map((_, j) =>
      told(
        shares.map(({ main }) => main[j] as number),
        shuffled[j]?.main ?? [],
        (high) => unknown * high,
      ),
    ),
    pairs: pairs.map(([a, b], p) =>
      told(
        shares.map(({ pairs: of }) => of[p] as number),
        [...(shuffled[a]?.with[b] ?? []), ...(shuffled[b]?.with[a] ?? [])],
        () => unknown,
      ),
    ),
    bands: marginals.map((of) =>
      of.map((means) => {
        const { low, high } = spreadOf(means, times);
        return { low, high };
      }),
    ),
    explained,
  };
}

/**
 * Mean of what trees say, and the interval of it over other samples of trials: the trees' own quantiles, drawn in to the
 * spread of the mean by the infinitesimal jackknife, Σ over trials of Cov(times drawn, told)² less its Monte Carlo bias.
 * The spread is taken to be at least half of a tree's and at most all of it: for many trials the estimate is noisy.
 * @param times [tree][trial], how often it was drawn.
 */
function spreadOf(
  told: readonly number[],
  times: readonly Uint8Array[],
): { readonly middle: number; readonly low: number; readonly high: number; readonly drawnIn: number } {
  const trees = told.length;
  const trials = times[0]?.length ?? 0;
  const middle = told.reduce((sum, value) => sum + value / trees, 0);
  const variance = told.reduce((sum, value) => sum + (value - middle) ** 2 / trees, 0);
  if (variance === 0) return { middle, low: middle, high: middle, drawnIn: 1 };
  const together = new Float64Array(trials);
  for (let t = 0; t < trees; t++) {
    const off = ((told[t] as number) - middle) / trees;
    const drawn = times[t] as Uint8Array;
    for (let i = 0; i < trials; i++) together[i] = (together[i] as number) + ((drawn[i] as number) - 1) * off;
  }
  const jackknife = together.reduce((sum, value) => sum + value * value, 0) - (trials / trees) * variance;
  const drawnIn = Math.sqrt(Math.min(1, Math.max(0.25, jackknife / variance)));
  return {
    middle,
    low: middle + drawnIn * (quantile(told, 0.025) - middle),
    high: middle + drawnIn * (quantile(told, 0.975) - middle),
    drawnIn,
  };
}

interface Unseen {
  /** By trial: sum of what trees say of it that have not seen it, and how many they are. */
  readonly sums: Float64Array;
  readonly counts: Float64Array;
}

/** The least split of which the forest errs least about trials that it has not seen: large where scores are noisy. */
function chooseSplit(design: Design, values: Float64Array, draws: Draws): number {
  let best = { splitFrom: SPLITS_FROM[0] as number, explained: Number.NEGATIVE_INFINITY };
  for (const splitFrom of SPLITS_FROM) {
    if (splitFrom > values.length / 2) break;
    const unseen: Unseen = { sums: new Float64Array(values.length), counts: new Float64Array(values.length) };
    for (let t = 0; t < PILOT_TREES; t++) {
      const drawn = new Uint8Array(values.length);
      plantTree(design, values, { copied: t % design.factors.length, splitFrom, drawn, unseen }, draws);
    }
    const explained = explainedOf(values, unseen);
    if (explained > best.explained) best = { splitFrom, explained };
  }
  return best.splitFrom;
}

/** A tree of a bootstrap sample, with a shuffled copy of one factor behind the others; fills `drawn` and `unseen`. */
function plantTree(
  { factors, levels }: Design,
  values: Float64Array,
  how: { readonly copied: number; readonly splitFrom: number; readonly drawn: Uint8Array; readonly unseen: Unseen },
  draws: Draws,
): { readonly leaves: readonly Leaf[]; readonly levelCounts: readonly number[] } {
  const trials = values.length;
  const all = [...factors, factors[how.copied] as Factor];
  const levelCounts = all.map(({ levels: of }) => of.length);
  const known = levels.map((of, j) => of.map((at) => (at === ABSENT ? draws.below(levelCounts[j] as number) : at)));
  const order = Int32Array.from({ length: trials }, (_, i) => i);
  draws.shuffle(order);
  const copy = Uint8Array.from(order, (trial) => known[how.copied]?.[trial] as number);
  const rows = Int32Array.from({ length: trials }, () => draws.below(trials));
  for (const trial of rows) how.drawn[trial] = (how.drawn[trial] as number) + 1;
  const standing = [...known, copy];
  const isOrdered = all.map((factor) => factor.isOrdered);
  const leaves = growTree({ levels: standing, levelCounts, isOrdered, values }, rows, how.splitFrom);
  const { sums, counts } = how.unseen;
  for (let trial = 0; trial < trials; trial++)
    if (how.drawn[trial] === 0) {
      counts[trial] = (counts[trial] as number) + 1;
      sums[trial] = (sums[trial] as number) + predicted(leaves, standing, trial);
    }
  return { leaves, levelCounts };
}

/** What a tree says of a trial. */
function predicted(leaves: readonly Leaf[], levels: readonly Uint8Array[], trial: number): number {
  const here = leaves.find(({ inside }) =>
    levels.every((of, j) => (((inside[j] as number) >>> (of[trial] as number)) & 1) === 1),
  );
  if (here === undefined) throw new Error('a tree does not cover its space');
  return here.value;
}

/** 1 − Σ(y − ŷ)² / Σ(y − ȳ)² over trials that some tree has not seen; below 0 where the mean would be the better guess. */
function explainedOf(values: Float64Array, { sums, counts }: Unseen): number {
  const mean = values.reduce((sum, value) => sum + value / values.length, 0);
  let [missed, all] = [0, 0];
  values.forEach((value, i) => {
    const count = counts[i] as number;
    if (count === 0) return;
    missed += (value - (sums[i] as number) / count) ** 2;
    all += (value - mean) ** 2;
  });
  return all === 0 ? 0 : 1 - missed / all;
}

function addTo(sum: Float64Array, table: Float64Array, trees: number): void {
  for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (table[i] as number) / trees;
}

/** Of what a tree predicts, over the whole space. */
function varianceOf(leaves: readonly Leaf[], levelCounts: readonly number[]): number {
  let [mean, square] = [0, 0];
  const volumes = leaves.map(({ inside }) =>
    levelCounts.reduce((volume, count, j) => (volume * bitsOf(inside[j] as number)) / count, 1),
  );
  leaves.forEach(({ value }, i) => {
    mean += value * (volumes[i] as number);
  });
  leaves.forEach(({ value }, i) => {
    square += (value - mean) ** 2 * (volumes[i] as number);
  });
  return square;
}
