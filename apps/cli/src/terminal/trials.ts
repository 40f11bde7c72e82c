import type { GeneratorBesideAnswer, MetricSummary, SweepDetail, TrialAnswer } from '@gansweep/contract';
import { bold, type Column, dim, green, number, red, table } from './table.ts';

/**
 * Trials as a table, best first by the sweep's first metric, with what may be said about the best one; below them the
 * generators from elsewhere whose scores compare.
 */
export function trialsTable(
  sweep: SweepDetail,
  trials: readonly TrialAnswer[],
  beside: readonly GeneratorBesideAnswer[] = [],
): string {
  const [metric] = sweep.metrics;
  const ordered = metric
    ? trials.toSorted((a, b) => byMean(a.metrics[metric.name], b.metrics[metric.name], metric.goal))
    : trials;
  const own = sweep.metrics.map(({ name }) => name as string);
  const others = [...new Set(trials.flatMap(({ metrics }) => Object.keys(metrics)))]
    .filter((name) => !own.includes(name))
    .sort();
  const scores = [...own, ...others].slice(0, 6);
  const columns: Column[] = [
    { name: '' },
    ...sweep.axes.map((name) => ({ name })),
    { name: 'runs' },
    ...scores.map((name) => ({
      name:
        name === metric?.name ? `${name} (${metric.goal === 'minimize' ? 'less is better' : 'more is better'})` : name,
      right: true,
    })),
  ];
  const rows = ordered.map((trial) => [
    sweep.bestTrial?.id === trial.id ? green('▶') : ' ',
    ...sweep.axes.map((name) => String(trial.config[name] ?? '')),
    runsOf(trial),
    ...scores.map((name) => summary(trial.metrics[name])),
  ]);
  const elsewhere = beside.map(({ name, scores: found }) => [
    ' ',
    ...sweep.axes.map((_, i) => (i === 0 ? name : '')),
    sweep.axes.length === 0 ? name : 'generator',
    ...scores.map((score) => number(found[score]?.value ?? null)),
  ]);
  return [
    table(columns, [...rows, ...elsewhere]),
    dim('mean ± half of the 95 % interval over seeds; diverged runs are counted beside, never averaged'),
    verdict(sweep, ordered),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

/** Honest words about the first row: intervals that overlap settle nothing. */
export function verdict(sweep: SweepDetail, ordered: readonly TrialAnswer[]): string {
  const [metric] = sweep.metrics;
  const [first, second] = ordered;
  const best = metric && first?.metrics[metric.name];
  if (!metric || !best || best.mean === null) return '';
  const name = `${bold(metric.name)} ${number(best.mean)}`;
  const next = second?.metrics[metric.name];
  if (!next || next.mean === null) return `Best so far: ${name}, and nothing to compare it with.`;
  if (best.low === null || best.high === null || next.low === null || next.high === null)
    return `Best mean: ${name}; with a single seed nobody knows how sure that is.`;
  const apart = metric.goal === 'minimize' ? best.high < next.low : best.low > next.high;
  return apart
    ? `Best: ${name}; its interval is apart from that of the next trial.`
    : `Best mean: ${name}, but its interval overlaps with that of the next trial: more seeds would tell.`;
}

function summary(metric: MetricSummary | undefined): string {
  if (!metric || (metric.n === 0 && metric.diverged === 0)) return '–';
  if (metric.mean === null) return red(`${metric.diverged} diverged`);
  const half = metric.low === null || metric.high === null ? '' : ` ± ${number((metric.high - metric.low) / 2)}`;
  return `${number(metric.mean)}${half}${metric.diverged > 0 ? red(` (${metric.diverged} diverged)`) : ''}`;
}

function runsOf({ states }: TrialAnswer): string {
  const counts = new Map<string, number>();
  for (const state of states) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].map(([state, n]) => `${n} ${state}`).join(', ');
}

function byMean(a: MetricSummary | undefined, b: MetricSummary | undefined, goal: 'minimize' | 'maximize'): number {
  const [left, right] = [a?.mean ?? null, b?.mean ?? null];
  if (left === null || right === null) return left === right ? 0 : left === null ? 1 : -1;
  return goal === 'minimize' ? left - right : right - left;
}
