/** Where an evaluation is done: by a thread while the training goes on, or by the training's own thread. */
export type EvaluationPlace = 'beside' | 'between-calls';

/** Shorter ones are over before a thread would have heard of them. */
const WORTH_A_THREAD_SECONDS = 0.1;
/** So much of a core must have been idle. */
const IDLE_CORE = 0.5;
/** The share of a run's seconds is taken of at least this long, so that short runs need not hurry. */
const LEAST_SECONDS = 10;

export interface EvaluationMoment {
  /** Something of this process could train meanwhile: the run itself, or another one. */
  readonly trainingGoesOn: boolean;
  /** Seconds that it will take, by the last one of its kind. */
  readonly expectedSeconds: number;
  /** Seconds for which the run has stood still for evaluations so far, and has lived. */
  readonly stoodStillSeconds: number;
  readonly runSeconds: number;
  /** Most of a run's seconds that it may stand still for evaluations, 0…1. */
  readonly share: number;
  /** Cores of this machine that lately had nothing to do. */
  readonly idleCores: number;
  /** The thread scores another generator. */
  readonly threadIsBusy: boolean;
}

/** Seconds of a run that its evaluations may take before it says so, and for which it may stand still. */
export function evaluationAllowance({ runSeconds, share }: Pick<EvaluationMoment, 'runSeconds' | 'share'>): number {
  return share * Math.max(runSeconds, LEAST_SECONDS);
}

/**
 * The rule: on an idle core where it is worth a thread; else between calls, since a busy core does the same work in the
 * same time either way; but beside the training again when that has stood still for its share. Scores do not depend on it.
 */
export function placeOfEvaluation(moment: EvaluationMoment): EvaluationPlace {
  const { trainingGoesOn, expectedSeconds, stoodStillSeconds, idleCores, threadIsBusy } = moment;
  if (!trainingGoesOn) return 'between-calls';
  if (stoodStillSeconds + expectedSeconds > evaluationAllowance(moment)) return 'beside';
  const isFree = idleCores >= IDLE_CORE && !threadIsBusy;
  return isFree && expectedSeconds >= WORTH_A_THREAD_SECONDS ? 'beside' : 'between-calls';
}
