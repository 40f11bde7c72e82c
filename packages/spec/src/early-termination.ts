import type { DatasetId, ProtocolId } from '@gansweep/domain';
import { completeConfiguration } from './resolve-configuration.ts';
import { type MetricGoal, readScore } from './scores.ts';
import { isWhollyExcluded, type SearchSpace } from './search-space.ts';
import type { ProblemList } from './spec-problem.ts';
import type { SpecDocument } from './spec-schema.ts';

/** When trials that fall behind are set down, and by which score. */
export interface EarlyTermination {
  readonly rule:
    | { readonly type: 'asha'; readonly minImages: number; readonly eta: number }
    | { readonly type: 'median'; readonly minImages: number; readonly minTrials: number };
  readonly metric: Pick<MetricGoal, 'name' | 'goal'>;
  /** Training budget of every trial. */
  readonly images: number;
}

/** Reads `early_terminate`; null where it is left out or says nothing that can be done. */
export function readEarlyTermination(
  parsed: SpecDocument,
  judged: {
    readonly space: SearchSpace;
    readonly metrics: readonly MetricGoal[];
    readonly protocols: readonly ProtocolId[];
    readonly datasets: readonly DatasetId[];
  },
  problems: ProblemList,
): EarlyTermination | null {
  const given = parsed.early_terminate;
  if (given === undefined) return null;
  const at = 'early_terminate';
  if (parsed.method === 'tpe')
    problems.add(
      at,
      'cannot be used with method tpe, which learns from whole trainings: take method random or sobol, or take early_terminate out',
    );
  if (typeof parsed.seeds === 'object' && !Array.isArray(parsed.seeds))
    problems.add(at, 'compares trials of equally many seeds: give seeds a number or a list');
  if (parsed.trainer !== undefined)
    problems.add(at, 'cannot be used with a command trainer, which is not set down at rungs: take it out');
  if (given.type !== 'asha' && given.type !== 'median') return null;
  const budgets = imagesOf(judged.space);
  const [images, ...others] = budgets;
  if (images === undefined || others.length > 0) {
    problems.add(
      at,
      'compares trials at the same images, and these have different budgets: give parameters.images one value',
    );
    return null;
  }
  if (given.min_images >= images) {
    problems.add(
      `${at}.min_images`,
      `${given.min_images} is not below the ${images} images of a run, where nothing is left to stop: lower it`,
    );
    return null;
  }
  const name = given.metric ?? judged.metrics[0]?.name;
  if (name === undefined) {
    problems.add(`${at}.metric`, 'is missing, and the sweep has no metric of its own: name a score of every run');
    return null;
  }
  const score = readScore(name, { path: `${at}.metric`, ...judged }, problems);
  if (score === null) return null;
  const goal = given.goal ?? judged.metrics.find((metric) => metric.name === score)?.goal;
  if (goal === undefined) {
    problems.add(`${at}.goal`, `is missing, and metric does not name ${score}: say minimize or maximize`);
    return null;
  }
  const rule =
    given.type === 'asha'
      ? ({ type: 'asha', minImages: given.min_images, eta: given.eta } as const)
      : ({ type: 'median', minImages: given.min_images, minTrials: given.min_trials } as const);
  return { rule, metric: { name: score, goal }, images };
}

/** Budgets of the trials, each once; empty where they are drawn from a range. */
function imagesOf(space: SearchSpace): readonly number[] {
  const budgets = new Set<number>();
  for (const { assignment, axes } of space.contexts.filter((context) => !isWhollyExcluded(context))) {
    const axis = axes.find(({ names }) => (names as readonly string[]).includes('images'));
    if (axis !== undefined && axis.kind !== 'list') return [];
    for (const row of axis?.rows ?? [{}])
      budgets.add(Number((row as { readonly images?: unknown }).images ?? completeConfiguration(assignment).images));
  }
  return [...budgets];
}
