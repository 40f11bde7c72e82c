import { type DatasetId, type FindingName, isDefinedOn, registeredExtractorOf } from '@gansweep/domain';
import type { EvaluationPlan } from './ports.ts';

const QUARTERS = [0.25, 0.5, 0.75];

/**
 * One plan for a run on `dataset` that several sweeps hold: every protocol that is defined there (a sweep over several
 * data sets has those of all), the most samples, extractors and plugins as the latest sweep has them. @throws RangeError without a plan.
 */
export function mergeEvaluationPlans(
  plans: readonly EvaluationPlan[],
  dataset: DatasetId,
): Pick<EvaluationPlan, 'samples' | 'protocols'> & {
  readonly extractors: Readonly<Record<string, string>>;
  readonly plugins: Readonly<Record<string, string>>;
} {
  if (plans.length === 0) throw new RangeError('a claimed run is held by at least one sweep');
  const protocols = [...new Set(plans.flatMap((plan) => plan.protocols))].filter((id) => isDefinedOn(id, dataset));
  const wanted = new Set(protocols.map(registeredExtractorOf));
  const known = plans.flatMap(({ extractors }) => Object.entries(extractors ?? {}));
  return {
    samples: Math.max(...plans.map(({ samples }) => samples)),
    protocols,
    extractors: Object.fromEntries(known.filter(([name]) => wanted.has(name))),
    plugins: Object.assign({}, ...plans.map(({ plugins }) => plugins ?? {})),
  };
}

/**
 * Images seen at which a run is evaluated: every `every` images of each plan, or a quarter, half and three quarters of
 * the budget; where a sweep compares its trials at rungs; and the end. Ascending, each once.
 */
export function evaluationTargets(plans: readonly EvaluationPlan[], totalImages: number): readonly number[] {
  const targets = plans.flatMap(({ every, alsoAt = [] }) => [
    ...(every === null
      ? QUARTERS.map((share) => Math.ceil(totalImages * share))
      : Array.from({ length: Math.floor(totalImages / every) }, (_, i) => (i + 1) * every)),
    ...alsoAt,
  ]);
  return [...new Set([...targets, totalImages])].filter((target) => target <= totalImages).sort((a, b) => a - b);
}

/** Images up to which a run is wanted for now: as far as the sweep that wants most of it; null: to its end. */
export function wantedUntil(plans: readonly EvaluationPlan[]): number | null {
  const until = plans.map(({ untilImages }) => untilImages ?? Number.POSITIVE_INFINITY);
  const furthest = Math.max(...until);
  return Number.isFinite(furthest) ? furthest : null;
}

/** Findings that end a run: those for which every sweep that holds it says `end`; who only records wants the whole run. */
export function endingFindings(plans: readonly EvaluationPlan[]): ReadonlySet<FindingName> {
  const [first, ...others] = plans;
  const names = Object.keys(first?.onFinding ?? {}) as FindingName[];
  return new Set(names.filter((name) => [first, ...others].every((plan) => plan?.onFinding?.[name] === 'end')));
}
