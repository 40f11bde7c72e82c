/** Buckets kept at most: beyond that the one that was asked for longest ago is forgotten. */
const KEPT = 10_000;

/** A bucket of tokens for each key: `burst` at once, then `perSecond`. */
export interface RateLimit {
  /** Takes one. @returns whether there was one to take. */
  take(key: string): boolean;
}

/** @param seconds monotonic clock. @param kept keys that are remembered. */
export function rateLimit(
  { perSecond, burst }: { readonly perSecond: number; readonly burst: number },
  seconds: () => number,
  kept = KEPT,
): RateLimit {
  const buckets = new Map<string, { left: number; at: number }>();
  const levelAt = ({ left, at }: { left: number; at: number }, now: number): number =>
    Math.min(burst, left + (now - at) * perSecond);
  return {
    take: (key) => {
      const now = seconds();
      const left = levelAt(buckets.get(key) ?? { left: burst, at: now }, now);
      const isThere = left >= 1;
      // The one asked for last goes last, so that the first is the oldest, and nothing is searched.
      buckets.delete(key);
      buckets.set(key, { left: isThere ? left - 1 : left, at: now });
      const [oldest] = buckets.keys();
      if (buckets.size > kept && oldest !== undefined) buckets.delete(oldest);
      return isThere;
    },
  };
}
