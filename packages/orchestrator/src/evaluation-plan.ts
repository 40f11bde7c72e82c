import type { FindingName } from '@gansweep/domain';
import type { EvaluationPlan } from './ports.ts';

const QUARTERS = [0.25, 0.5, 0.75];

/** One plan for a run that several sweeps hold: every protocol, the most samples, extractors as the latest sweep has them. @throws RangeError without a plan. */
export function mergeEvaluationPlans(plans: readonly EvaluationPlan[]): Pick<
  EvaluationPlan,
  'samples' | 'protocols'
> & {
  readonly extractors: Readonly<Record<string, string>>;
} {
  if (plans.length === 0) throw new RangeError('a claimed run is held by at least one sweep');
  return {
    samples: Math.max(...plans.map(({ samples }) => samples)),
    protocols: [...new Set(plans.flatMap(({ protocols }) => protocols))],
    extractors: Object.assign({}, ...plans.map(({ extractors }) => extractors)) as Readonly<Record<string, string>>,
  };
}

/**
 * Images seen at which a run is evaluated: every `every` images of each plan, or a quarter, half and three quarters of
 * the budget; and the end. Ascending, each once.
 */
export function evaluationTargets(plans: readonly EvaluationPlan[], totalImages: number): readonly number[] {
  const targets = plans.flatMap(({ every }) =>
    every === null
      ? QUARTERS.map((share) => Math.ceil(totalImages * share))
      : Array.from({ length: Math.floor(totalImages / every) }, (_, i) => (i + 1) * every),
  );
  return [...new Set([...targets, totalImages])].filter((target) => target <= totalImages).sort((a, b) => a - b);
}

/** Findings that end a run: those for which every sweep that holds it says `end`; who only records wants the whole run. */
export function endingFindings(plans: readonly EvaluationPlan[]): ReadonlySet<FindingName> {
  const [first, ...others] = plans;
  const names = Object.keys(first?.onFinding ?? {}) as FindingName[];
  return new Set(names.filter((name) => [first, ...others].every((plan) => plan?.onFinding?.[name] === 'end')));
}
