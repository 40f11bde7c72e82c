import type { Configuration, DatasetId, TrialId } from '@gansweep/domain';
import { sizeOf } from './axes.ts';
import { trialId } from './canonical-json.ts';
import { type Factor, factorsOf } from './factors.ts';
import type { FieldName } from './fields.ts';
import { fieldNames } from './fields.ts';
import { decides, type ParameterName } from './parameters.ts';
import { datasetsOf, type SweepSpec } from './parse-sweep-spec.ts';
import { applies, completeConfiguration } from './resolve-configuration.ts';
import type { MetricGoal } from './scores.ts';
import { assignmentOf, isWhollyExcluded, type Point, type SearchSpace } from './search-space.ts';

export interface PlannedTrial {
  readonly trialId: TrialId;
  readonly configuration: Configuration;
}

export interface PlannedRun extends PlannedTrial {
  /** Position in the sweep's order, from 0. */
  readonly index: number;
  readonly seed: number;
}

/** What a spec asks for, run by run, computed when asked. */
export interface SweepPlan {
  readonly trialCount: number;
  readonly runCount: number;
  /** Trials that the spec alone decides; those behind them are proposed from results (`search`). */
  readonly decidedTrials: number;
  readonly search: SweepSpec['search'];
  /** Fields that differ between trials, in the order of the table. */
  readonly axes: readonly FieldName[];
  /** Directions in which trials differ, what walks together as one, with the values that are drawn. */
  readonly factors: readonly Factor[];
  readonly datasets: readonly DatasetId[];
  readonly metrics: readonly MetricGoal[];
  readonly evaluation: SweepSpec['evaluation'];
  readonly onFinding: SweepSpec['onFinding'];
  readonly earlyTermination: SweepSpec['earlyTermination'];
  /** Runs of every trial. */
  readonly seedCount: number;
  readonly runMinutes: number | null;
  readonly hours: number | null;
  readonly priority: number;
  /** Seeds of a trial: as many each, or more where the order of trials is uncertain. */
  readonly seeds: { readonly min: number; readonly max: number };
  readonly reuse: boolean;
  trialAt(position: number): PlannedTrial;
  /** The trial at a point of the spec's space. */
  trialOf(point: Point): PlannedTrial;
  /**
   * Shuffled: every trial with the first seed, then every trial with the second, so that half a sweep is an overview.
   * Listed, and where results decide: each trial with all its seeds before the next.
   */
  runAt(index: number): PlannedRun;
  /** Up to `count` of the decided runs from index `from`, one at a time. */
  runs(from: number, count: number): Generator<PlannedRun>;
}

export function planOf(spec: SweepSpec): SweepPlan {
  const trialCount = spec.trials.count;
  const decidedTrials = spec.search?.startup ?? trialCount;
  const runCount = trialCount * spec.seeds.count;
  const trainer = trainerOf(spec);
  const trialOf = (point: Point): PlannedTrial => {
    const fields = completeConfiguration(assignmentOf(point));
    const configuration = trainer === null ? fields : { ...fields, trainer };
    return { trialId: trialId(configuration), configuration };
  };
  const trialAt = (position: number): PlannedTrial => {
    if (!Number.isInteger(position) || position < 0 || position >= decidedTrials)
      throw new RangeError(`no trial ${position} of ${decidedTrials}`);
    return trialOf(spec.trials.at(position));
  };
  const runAt = (index: number): PlannedRun => {
    if (!Number.isInteger(index) || index < 0 || index >= runCount)
      throw new RangeError(`no run ${index} of ${runCount}`);
    const isShuffled = spec.order === 'shuffled' && spec.search === null;
    const position = isShuffled ? index % trialCount : Math.floor(index / spec.seeds.count);
    const seedPosition = isShuffled ? Math.floor(index / trialCount) : index % spec.seeds.count;
    return { index, seed: spec.seeds.at(seedPosition), ...trialAt(position) };
  };
  return {
    trialCount,
    runCount,
    decidedTrials,
    search: spec.search,
    axes: varyingFields(spec.space),
    get factors() {
      return factorsOf(spec.space);
    },
    get datasets() {
      return datasetsOf(spec.space);
    },
    metrics: spec.metrics,
    evaluation: spec.evaluation,
    onFinding: spec.onFinding,
    earlyTermination: spec.earlyTermination,
    seedCount: spec.seeds.count,
    runMinutes: spec.budget.runMinutes,
    hours: spec.budget.hours,
    priority: spec.priority,
    seeds: { min: spec.seeds.count, max: spec.seeds.most },
    reuse: spec.reuse,
    trialAt,
    trialOf,
    runAt,
    *runs(from, count) {
      for (let index = from; index < Math.min(decidedTrials * spec.seeds.count, from + count); index++)
        yield runAt(index);
    },
  };
}

/** `name@hash of its files`, or the name alone where nobody filled in the hash; null where gansweep trains itself. */
function trainerOf({ trainer }: SweepSpec): string | null {
  if (trainer === null) return null;
  return trainer.files === undefined ? trainer.command : `${trainer.command}@${trainer.files}`;
}

function varyingFields(space: SearchSpace): readonly FieldName[] {
  const live = space.contexts.filter((context) => !isWhollyExcluded(context));
  const names = new Set<ParameterName>();
  for (const axis of space.deciding)
    for (const name of axis.names) if (new Set(axis.rows.map((row) => row[name])).size > 1) names.add(name);
  for (const axis of live.flatMap((context) => context.axes)) {
    if (axis.kind === 'list')
      for (const name of axis.names) {
        if (new Set(axis.rows.map((row) => row[name])).size > 1) names.add(name);
      }
    else if (sizeOf(axis) !== 1n) names.add(axis.names[0]);
  }
  const fields = new Set([...names].flatMap(decides));
  return fieldNames().filter((field) => fields.has(field) && live.some(({ family }) => applies(field, family)));
}
