import type { CurveName } from '@gansweep/domain';
import { CHECKS, PENALTIES, type Penalty, RECORDED, type Recorded } from './iteration/recorded.ts';
import type { TrainingPlan } from './plan-training.ts';

/** What a recording interval has gathered so far. */
export interface IntervalSums {
  sums: Partial<Record<Recorded | Penalty | `${Penalty}Steps`, number>>;
  /** Seconds that its calls took, their inputs included. */
  seconds: number;
  /** Seconds of these in which the step waited for its inputs. */
  waitSeconds: number;
  /** Its first iterations that these seconds are not about: a shorter run trained them. */
  untimed: number;
}

/** How many iterations of a call went well before the first with a loss, gradient or weight that is not finite. */
export function goodIterations(outputs: Readonly<Record<string, Float32Array>>, steps: number): number {
  const checks = CHECKS.flatMap((name) => outputs[name] ?? []);
  for (let i = 0; i < steps; i++) if (!checks.every((values) => values[i] === 0)) return i;
  return steps;
}

/** Adds the first `iterations` of a call to the interval, one after another, so that no sum depends on the cut into calls. */
export function addUp(
  interval: IntervalSums,
  outputs: Readonly<Record<string, Float32Array>>,
  iterations: number,
): void {
  for (const name of RECORDED) {
    const values = outputs[name];
    if (!values) continue;
    let total = interval.sums[name] ?? 0;
    for (let i = 0; i < iterations; i++) total += values[i] as number;
    interval.sums[name] = total;
  }
}

/** Adds the values of penalties whose steps were due. */
export function addPenalties({ sums }: IntervalSums, values: Readonly<Partial<Record<Penalty, number>>>): void {
  for (const name of PENALTIES) {
    const value = values[name];
    if (value === undefined) continue;
    sums[name] = (sums[name] ?? 0) + value;
    sums[`${name}Steps`] = (sums[`${name}Steps`] ?? 0) + 1;
  }
}

/** The points of an interval of so many iterations. */
export function meansOf(
  { sums, seconds, waitSeconds, untimed }: IntervalSums,
  iterations: number,
  { imagesPerIteration }: TrainingPlan,
): Partial<Record<CurveName, number>> {
  const means: Partial<Record<CurveName, number>> = {};
  for (const name of PENALTIES) {
    const steps = sums[`${name}Steps`];
    if (steps !== undefined) means[name] = (sums[name] as number) / steps;
  }
  for (const name of RECORDED) {
    const total = sums[name];
    if (total !== undefined) means[name] = total / iterations;
  }
  if (seconds > 0) {
    means.imagesPerSecond = ((iterations - untimed) * imagesPerIteration) / seconds;
    means.dataWait = waitSeconds / seconds;
  }
  return means;
}
