/** Buckets kept at most; beyond that those that are full again are forgotten. */
const KEPT = 10_000;

/** A bucket of tokens for each key: `burst` at once, then `perSecond`. */
export interface RateLimit {
  /** Takes one. @returns whether there was one to take. */
  take(key: string): boolean;
}

/** @param seconds monotonic clock. */
export function rateLimit(
  { perSecond, burst }: { readonly perSecond: number; readonly burst: number },
  seconds: () => number,
): RateLimit {
  const buckets = new Map<string, { left: number; at: number }>();
  const levelAt = ({ left, at }: { left: number; at: number }, now: number): number =>
    Math.min(burst, left + (now - at) * perSecond);
  return {
    take: (key) => {
      const now = seconds();
      if (buckets.size >= KEPT)
        for (const [name, bucket] of buckets) if (levelAt(bucket, now) >= burst) buckets.delete(name);
      const left = levelAt(buckets.get(key) ?? { left: burst, at: now }, now);
      const isThere = left >= 1;
      buckets.set(key, { left: isThere ? left - 1 : left, at: now });
      return isThere;
    },
  };
}
