import { FINDING_NAMES, type FindingName, lawModes, type PlaneLaw } from '@gansweep/domain';
import { openDetectors } from '@gansweep/evaluation';
import { LABELLED_KINDS } from './kinds.ts';
import type { LabelledRun } from './read-runs.ts';

/** How a detector did on labelled runs. */
export interface Judgement {
  readonly right: number;
  readonly wrong: number;
  readonly missed: number;
  readonly precision: number;
  readonly recall: number;
  /** Runs it got wrong, as `kind seed`. */
  readonly mistakes: readonly string[];
}

/** What the detectors find when the run is told border by border, as a worker tells it, by name. */
export function findingsOf(run: LabelledRun): ReadonlyMap<FindingName, number> {
  const kind = LABELLED_KINDS[run.kind];
  const law = kind?.parameters.model === 'mlp2d' ? (kind.parameters.dataset as PlaneLaw) : null;
  const detectors = openDetectors({ ...run, modesOfLaw: (law && lawModes(law)?.centres.length) ?? null });
  const found = new Map<FindingName, number>();
  for (const [i, imagesSeen] of run.imagesSeen.entries()) {
    const values = Object.fromEntries(
      Object.entries(run.curves).flatMap(([name, curve]) => {
        const value = curve[i];
        return value === null || value === undefined ? [] : [[name, value]];
      }),
    );
    for (const finding of detectors.take(imagesSeen, values)) found.set(finding.name, finding.imagesSeen);
  }
  if (run.firstBadTensor !== null) found.set('non-finite', run.endedAt);
  return found;
}

/** Precision and recall of every detector over runs; a finding that is open for a kind is not counted for it. */
export function judge(runs: readonly LabelledRun[]): Readonly<Record<FindingName, Judgement>> {
  const found = runs.map((run) => ({ run, names: findingsOf(run) }));
  return Object.fromEntries(
    FINDING_NAMES.map((name): [FindingName, Judgement] => {
      let [right, wrong, missed] = [0, 0, 0];
      const mistakes: string[] = [];
      for (const { run, names } of found) {
        const kind = LABELLED_KINDS[run.kind];
        if (!kind || kind.open?.includes(name)) continue;
        const [is, should] = [names.has(name), kind.expected.includes(name)];
        if (is && should) right += 1;
        else if (is) wrong += 1;
        else if (should) missed += 1;
        if (is !== should) mistakes.push(`${run.kind} ${run.seed}`);
      }
      return [
        name,
        { right, wrong, missed, precision: right / (right + wrong), recall: right / (right + missed), mistakes },
      ];
    }),
  ) as Record<FindingName, Judgement>;
}
