/** Of a sample in any order. @returns NaN for an empty one. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value below which a share of the sample lies, interpolated between neighbours. @returns NaN for an empty one. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(place)] ?? Number.NaN, sorted[Math.ceil(place)] ?? Number.NaN];
  return below + (above - below) * (place - Math.floor(place));
}

/** How many times as long one takes as another: median and quartiles over the rounds. */
export interface Ratio {
  readonly median: number;
  readonly lower: number;
  readonly upper: number;
}

/**
 * Compared round by round, so that a busy minute of the machine, which slows both, drops out.
 * @param times of the one in question and `base` of what it is compared with, a value for each round.
 * @throws RangeError when they had not the same rounds.
 */
export function ratioOver(times: readonly number[], base: readonly number[]): Ratio {
  if (times.length !== base.length || times.length === 0)
    throw new RangeError(`rounds to compare: ${times.length} and ${base.length}`);
  const ratios = times.map((time, round) => time / (base[round] as number));
  return { median: median(ratios), lower: quantile(ratios, 0.25), upper: quantile(ratios, 0.75) };
}
