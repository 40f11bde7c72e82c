import { rungsOf, scoringPoints } from '@gansweep/search';
import type { EarlyTermination } from '@gansweep/spec';
import type { EvaluationPlan } from './ports.ts';

/** What a sweep's evaluation plan says of its rungs. */
export function rungPlan(given: EarlyTermination | null): Pick<EvaluationPlan, 'rungs' | 'alsoAt'> {
  if (given === null) return {};
  const rungs = rungsOf(given.rule, given.images);
  return { rungs, alsoAt: rungs.flatMap(scoringPoints) };
}
