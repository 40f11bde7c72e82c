import type { Goal } from '../run-scores.ts';
import { studentQuantile, studentUpperTail } from '../student-t.ts';
import { summarise } from '../summarise.ts';

/** The scores of one seed. */
export interface SeedPair {
  readonly seed: number;
  readonly baseline: number;
  readonly tonight: number;
}

/** How two scores are compared: by the logarithm of their ratio, or by their difference in units of the baseline's mean. */
export type EffectScale = 'ratio' | 'difference';

/** What pairs say. Effects are shares: .05 is five per cent worse, −.05 as much better, whatever the score's goal. */
export interface PairedEffect {
  readonly n: number;
  readonly scale: EffectScale;
  /** Mean effect and its 95 % interval; the interval is null for n = 1, all three for n = 0. */
  readonly worse: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** Standard deviation of the effects on the scale of the tests, divisor n − 1; null below two pairs. */
  readonly spread: number | null;
  /** Every pair is of equal numbers (`isEqual`). */
  readonly identical: boolean;
  /** One-sided: that it did not get worse; that it did not get better; that it differs by the margin or more. 1 where unknown. */
  readonly pWorse: number;
  readonly pBetter: number;
  readonly pDiffers: number;
}

/** Scores that are distances above 0, whose spread grows with their size. The others may be 0, negative, or a share. */
const POSITIVE = /^(js|kl|sw2|fid|swd|fd-.+|is-.+|ppl-.+)$/;

/**
 * Ratios for positive distances, since a training that is worse is so by a factor and their logarithms are about normal;
 * differences for what may be 0 or negative (an unbiased kernel distance) or is a share of 1, where a ratio has no meaning.
 */
export function scaleOf(score: string, pairs: readonly SeedPair[]): EffectScale {
  return POSITIVE.test(score) && pairs.every(({ baseline, tonight }) => baseline > 0 && tonight > 0)
    ? 'ratio'
    : 'difference';
}

/**
 * The effect over seeds: of one configuration, or of several together, whose effects are averaged seed by seed over the
 * seeds that all of them have. T tests of both directions, and the two one-sided tests of equivalence.
 * @param trials pairs of each configuration; scores are finite. @param margin relative, above 0: less does not matter.
 * @see Schuirmann, J. Pharmacokinet. Biopharm. 15 (1987) 657–680.
 */
export function pairedEffect(
  trials: readonly (readonly SeedPair[])[],
  { score, goal, margin }: { readonly score: string; readonly goal: Goal; readonly margin: number },
): PairedEffect {
  const scale = trials.every((pairs) => scaleOf(score, pairs) === 'ratio') ? 'ratio' : 'difference';
  const sign = goal === 'minimize' ? 1 : -1;
  const bySeed = new Map<number, number[]>();
  for (const pairs of trials) {
    const unit = Math.abs(meanOf(pairs.map(({ baseline }) => baseline)));
    for (const { seed, baseline, tonight } of pairs) {
      const change = scale === 'ratio' ? Math.log(tonight / baseline) : (tonight - baseline) / unit;
      bySeed.set(seed, [...(bySeed.get(seed) ?? []), isEqual(tonight, baseline) ? 0 : sign * change]);
    }
  }
  const whole = [...bySeed.values()].filter((effects) => effects.length === trials.length);
  return effectOf(whole.map(meanOf), { scale, sign, margin: marginOn(scale, margin) });
}

/** Twelve digits are alike: a mean over evaluations is a sum in any order, so its last bits mean nothing. */
const DIGITS = 1e-12;
const isEqual = (a: number, b: number): boolean => Math.abs(a - b) <= DIGITS * Math.max(Math.abs(a), Math.abs(b));
/** A spread of effects below this is rounding, and no measure of chance. */
const ROUNDING = 1e-10;

/** The margin on the scale of the tests. */
export const marginOn = (scale: EffectScale, margin: number): number =>
  scale === 'ratio' ? Math.log1p(margin) : margin;

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function effectOf(
  effects: readonly number[],
  { scale, sign, margin }: { readonly scale: EffectScale; readonly sign: 1 | -1; readonly margin: number },
): PairedEffect {
  const { n, mean, std, low, high } = summarise(effects);
  // Of a score to be maximised, a ratio of .9 is ten per cent worse, and one of 1.1 ten per cent better.
  const asShare = (effect: number | null): number | null =>
    effect === null || scale === 'difference' ? effect : sign * Math.expm1(sign * effect);
  const identical = n > 0 && effects.every((effect) => effect === 0);
  return {
    n,
    scale,
    worse: asShare(mean),
    low: asShare(low),
    high: asShare(high),
    spread: std,
    identical,
    ...(mean === null || std === null ? UNKNOWN : testsOf({ n, mean, std, margin })),
  };
}

const UNKNOWN = { pWorse: 1, pBetter: 1, pDiffers: 1 } as const;

function testsOf({
  n,
  mean,
  std,
  margin,
}: {
  readonly n: number;
  readonly mean: number;
  readonly std: number;
  readonly margin: number;
}): Pick<PairedEffect, 'pWorse' | 'pBetter' | 'pDiffers'> {
  if (std < ROUNDING) {
    // A t of infinity would make two equal pairs a proof: the sign test says what n equal effects are worth.
    const allAlike = 2 ** -n;
    return {
      pWorse: mean > 0 ? allAlike : 1,
      pBetter: mean < 0 ? allAlike : 1,
      pDiffers: Math.abs(mean) < margin ? allAlike : 1,
    };
  }
  const error = std / Math.sqrt(n);
  const tail = (t: number): number => studentUpperTail(t, n - 1);
  return {
    pWorse: tail(mean / error),
    pBetter: tail(-mean / error),
    pDiffers: Math.max(tail((mean + margin) / error), tail((margin - mean) / error)),
  };
}

/** Seeds above which nothing is planned. */
const SEEDS_AT_MOST = 10_000;

/**
 * Pairs with which effects of a spread can be judged: a worsening by the margin is found, and an effect of none is shown to
 * be within it, each with the given power. From the t approximation to the power of one-sided tests; the spread is taken
 * as if it were known, so after few pairs it is a plan and no promise.
 * @param spread standard deviation of the effects. @param margin both on the scale of the tests (`marginOn`).
 * @param level of each one-sided test. @returns at least 2; Infinity where it would be more than 10,000.
 * @see Phillips, J. Pharmacokinet. Biopharm. 18 (1990) 137–144; Julious, Stat. Med. 23 (2004) 1921–1986.
 */
export function seedsNeeded({
  spread,
  margin,
  level,
  power = 0.8,
}: {
  readonly spread: number;
  readonly margin: number;
  readonly level: number;
  readonly power?: number;
}): number {
  // Effects that are all the same are judged by the sign test.
  if (spread < ROUNDING) return Math.max(2, Math.ceil(-Math.log2(level)));
  const enough = (n: number): boolean => {
    const found = studentQuantile(1 - level, n - 1) + studentQuantile(power, n - 1);
    const shown = studentQuantile(1 - level, n - 1) + studentQuantile((1 + power) / 2, n - 1);
    return n >= (Math.max(found, shown) * (spread / margin)) ** 2;
  };
  let high = 2;
  while (!enough(high)) {
    high *= 2;
    if (high > SEEDS_AT_MOST) return Number.POSITIVE_INFINITY;
  }
  let low = high / 2;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (enough(middle)) high = middle;
    else low = middle;
  }
  return high;
}
