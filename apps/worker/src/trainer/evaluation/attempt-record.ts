import type { CurveName } from '@gansweep/domain';
import { isRecordProtocol } from '@gansweep/domain';
import { evaluateRecord, MEASURED_CURVES, type RunRecord } from '@gansweep/evaluation';
import type { TrainingPlan } from '@gansweep/gan';
import type { EvaluationRecord } from '@gansweep/orchestrator';
import { evaluationTargets, mergeEvaluationPlans } from '@gansweep/orchestrator/evaluation-plan';
import type { TrainingJob } from '../messages.ts';
import { atBorders } from '../recorded-points.ts';

/** What an attempt knows of its run's record, for the protocols that look at it. */
export interface AttemptRecord {
  /** Earlier attempts recorded up to there. */
  resume(resumedAtImages: number): void;
  points(imagesSeen: number, values: Readonly<Partial<Record<CurveName, number>>>): void;
  /** Adds the scores of an evaluation. @returns those of the record, up to there, under the protocols that were asked for. */
  evaluated(imagesSeen: number, records: readonly EvaluationRecord[]): readonly EvaluationRecord[];
}

interface Column {
  readonly images: number[];
  readonly value: number[];
}

/** Scores depend on what was recorded alone, so calls, packs and resumption change none. */
export function attemptRecord(
  { configuration, plans, history, scores, dataHash }: TrainingJob,
  { plan, seconds, date }: { readonly plan: TrainingPlan; readonly seconds: () => number; readonly date: () => string },
): AttemptRecord {
  const { totalImages, imagesPerIteration } = plan;
  const protocols = mergeEvaluationPlans(plans, configuration.dataset).protocols.filter(isRecordProtocol);
  const targets = evaluationTargets(plans, totalImages);
  const every = plan.recordEvery * imagesPerIteration;
  // Programs record and are evaluated where they like.
  const isOwn = configuration.trainer === undefined;
  /** A shorter run, which this one continues, was evaluated at more positions. */
  const isDue = (images: number): boolean =>
    !isOwn || targets.some((target) => target <= images && target > images - every);
  const curves = new Map<string, Column>();
  const scored = new Map<string, Column>();
  const add = (to: Map<string, Column>, name: string, imagesSeen: number, value: number): void => {
    if (!Number.isFinite(value)) return;
    const column = to.get(name) ?? { images: [], value: [] };
    to.set(name, column);
    column.images.push(imagesSeen);
    column.value.push(value);
  };
  const addPoint = (name: string, imagesSeen: number, value: number): void => {
    if (protocols.length > 0 && (MEASURED_CURVES as readonly string[]).includes(name))
      add(curves, name, imagesSeen, value);
  };
  const upTo = (columns: ReadonlyMap<string, Column>, imagesSeen: number): RunRecord['scores'] =>
    Object.fromEntries(
      [...columns].map(([name, { images, value }]) => {
        const after = images.findIndex((at) => at > imagesSeen);
        const end = after === -1 ? images.length : after;
        return [name, { images: images.slice(0, end), value: value.slice(0, end) }];
      }),
    );
  return {
    resume: (resumedAtImages) => {
      for (const { imagesSeen, name, value } of atBorders(history, isOwn ? every : 1))
        if (imagesSeen <= resumedAtImages) addPoint(name, imagesSeen, value);
      for (const { imagesSeen, name, value } of scores)
        if (imagesSeen <= resumedAtImages && isDue(imagesSeen)) add(scored, name, imagesSeen, value);
    },
    points: (imagesSeen, values) => {
      for (const [name, value] of Object.entries(values)) addPoint(name, imagesSeen, value);
    },
    evaluated: (imagesSeen, records) => {
      if (protocols.length === 0) return [];
      for (const one of records)
        for (const [name, value] of Object.entries(one.scores)) add(scored, name, imagesSeen, value ?? Number.NaN);
      return evaluateRecord(protocols, {
        record: {
          imagesPerIteration,
          curves: upTo(curves, imagesSeen),
          scores: upTo(scored, imagesSeen),
          evaluations: targets.length,
        },
        beside: records,
        imagesSeen,
        dataset: configuration.dataset,
        dataHash,
        seconds,
        date: date(),
      });
    },
  };
}
