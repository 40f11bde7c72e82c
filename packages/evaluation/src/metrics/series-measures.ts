/** Values over a run, in the order of the real images that it had seen. */
export interface Series {
  readonly images: ArrayLike<number>;
  readonly value: ArrayLike<number>;
}

/**
 * Speed: real images until a score first comes within `share` of the best of the run, as |value − best| ≤ share·|best|.
 * Null where there is no value. @param goal which end of the scale is better.
 */
export function imagesToReachBest(
  { images, value }: Series,
  { share, goal }: { readonly share: number; readonly goal: 'minimize' | 'maximize' },
): number | null {
  let best: number | null = null;
  for (let i = 0; i < value.length; i++) {
    const one = value[i] as number;
    if (best === null || (goal === 'minimize' ? one < best : one > best)) best = one;
  }
  if (best === null) return null;
  for (let i = 0; i < value.length; i++)
    if (Math.abs((value[i] as number) - best) <= share * Math.abs(best)) return images[i] as number;
  return null;
}

/** Means of the last `window` values up to each one; the first ones have fewer. */
export function trailingMeans(value: ArrayLike<number>, window: number): Float64Array {
  const out = new Float64Array(value.length);
  let sum = 0;
  for (let i = 0; i < value.length; i++) {
    sum += value[i] as number;
    if (i >= window) sum -= value[i - window] as number;
    out[i] = sum / Math.min(i + 1, window);
  }
  return out;
}

/**
 * Stability: standard deviation (divisor n − 1) of a smoothed loss over the last part of a run; null below two values.
 * @param lastShare of the images that the run has seen, .2 by custom. @param window values of the trailing mean.
 */
export function lateDeviation(
  { images, value }: Series,
  { lastShare, window }: { readonly lastShare: number; readonly window: number },
): number | null {
  const end = images[images.length - 1];
  if (end === undefined) return null;
  const late = trailingMeans(value, window).filter((_, i) => (images[i] as number) > (1 - lastShare) * end);
  if (late.length < 2) return null;
  const mean = late.reduce((sum, one) => sum + one, 0) / late.length;
  return Math.sqrt(late.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (late.length - 1));
}

/**
 * Autocorrelation of a series at a lag, with the mean of the whole: 1 at lag 0, about −1 where it swings every other
 * value; 0 for a constant series. Of the mean colour between evaluations it tells of colours that come and go.
 * @param columns one series, or several of one length that are taken as the coordinates of one.
 */
export function lagAutocorrelation(columns: readonly ArrayLike<number>[], lag: number): number {
  const n = columns[0]?.length ?? 0;
  if (!(Number.isInteger(lag) && lag >= 0 && lag < n)) throw new RangeError(`lag ${lag} of ${n} values`);
  let [products, squares] = [0, 0];
  for (const value of columns) {
    let mean = 0;
    for (let i = 0; i < n; i++) mean += (value[i] as number) / n;
    for (let i = 0; i < n; i++) {
      squares += ((value[i] as number) - mean) ** 2;
      if (i + lag < n) products += ((value[i] as number) - mean) * ((value[i + lag] as number) - mean);
    }
  }
  return squares === 0 ? 0 : products / squares;
}
