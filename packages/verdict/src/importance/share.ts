/** A part of the variance between configurations, 0 to 1, with its interval of 95 %; null where nothing tells how sure it is. */
export interface Share {
  readonly share: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** Between the two nearest values, linearly. @param values at least one. @param probability from 0 to 1. */
export function quantile(values: readonly number[], probability: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * probability;
  const below = Math.floor(place);
  const low = sorted[below] as number;
  return low + (place - below) * ((sorted[below + 1] ?? low) - low);
}
