import { differenceOf, type Judge, shown } from '../answers.ts';
import { last } from '../measures.ts';
import type { StudyRun } from '../study-record.ts';

/**
 * Some fields explain more of a score's variance than others: shares of the variance of one seed's scores that lies
 * between the means of the fields' values, seed by seed.
 */
export function varies(score: string, fields: readonly string[], others: readonly string[]): Judge {
  return (runs) => {
    const seeds = [...new Set(runs.map(({ seed }) => seed))];
    const sharesOf = (names: readonly string[]): readonly number[] =>
      seeds.flatMap(
        (seed) =>
          shareOf(
            runs.filter((run) => run.seed === seed),
            score,
            names,
          ) ?? [],
      );
    const [more, less] = [sharesOf(fields), sharesOf(others)];
    const difference = differenceOf(less, more);
    if (!difference)
      return { verdict: 'undecided', sentence: `no runs with ${score}`, effect: null, low: null, high: null, n: 0 };
    const { value, pooled, low, high } = difference;
    const isOpen = pooled === null || Math.abs(value) <= pooled;
    return {
      verdict: isOpen ? 'undecided' : value > 0 ? 'supported' : 'contradicted',
      sentence: `share of the variance of ${score}: ${shown(mean(more))} (${fields.join(', ')}), ${shown(mean(less))} (${others.join(', ')})`,
      effect: value,
      low,
      high,
      n: runs.length,
    };
  };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function shareOf(runs: readonly StudyRun[], score: string, fields: readonly string[]): number | null {
  const scored = runs.flatMap((run) => {
    const value = run.state === 'succeeded' ? last(score).of(run) : null;
    return value === null ? [] : [{ key: JSON.stringify(fields.map((name) => run.config[name])), value }];
  });
  if (scored.length < 2) return null;
  const middle = mean(scored.map(({ value }) => value));
  const total = scored.reduce((sum, { value }) => sum + (value - middle) ** 2, 0);
  if (!(total > 0)) return null;
  const groups = new Map<string, number[]>();
  for (const { key, value } of scored) groups.set(key, [...(groups.get(key) ?? []), value]);
  let between = 0;
  for (const values of groups.values()) between += values.length * (mean(values) - middle) ** 2;
  return between / total;
}
