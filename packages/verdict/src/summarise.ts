import { studentQuantile } from './student-t.ts';

/** Mean with its 95 % interval, mean ± t(.975, n − 1)·s/√n. What cannot be known is null: all for n = 0, spread for n = 1. */
export interface Summary {
  readonly n: number;
  readonly mean: number | null;
  /** Standard deviation with divisor n − 1. */
  readonly std: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/** @param values finite. */
export function summarise(values: readonly number[]): Summary {
  const n = values.length;
  const first = values[0];
  if (first === undefined) return { n, mean: null, std: null, low: null, high: null };
  // Around the first value, so that large equal values keep a spread of exactly 0.
  const mean = first + values.reduce((sum, value) => sum + (value - first), 0) / n;
  if (n === 1) return { n, mean, std: null, low: null, high: null };
  const std = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1));
  const half = (studentQuantile(0.975, n - 1) * std) / Math.sqrt(n);
  return { n, mean, std, low: mean - half, high: mean + half };
}
