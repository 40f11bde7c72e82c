import { PENALTIES, type Penalty, RECORDED, type Recorded } from './iteration/recorded.ts';
import { INTERVAL_MAX } from './plan-training.ts';
import { addPenalties, addUp, type IntervalSums } from './recording-interval.ts';

/** An interval under way has fewer iterations than the longest one. */
const KEPT = INTERVAL_MAX - 1;

/** What each of the last iterations recorded. */
export interface RecentValues {
  /** One value an iteration, the last one's at the end. */
  readonly recorded: Readonly<Partial<Record<Recorded, readonly number[]>>>;
  /** Values of penalties with the number of the iteration before which their step was due. */
  readonly penalties: readonly (readonly [iteration: number, name: Penalty, value: number])[];
}

/** Follows a training and keeps what its last 49 iterations recorded. */
export class RecentIterations {
  #values: RecentValues;

  constructor(before: RecentValues | undefined) {
    this.#values = before ?? { recorded: {}, penalties: [] };
  }

  addPenalties(iteration: number, values: Readonly<Partial<Record<Penalty, number>>>): void {
    const added = PENALTIES.flatMap((name) => {
      const value = values[name];
      return value === undefined ? [] : [[iteration, name, value] as const];
    });
    if (added.length > 0) this.#values = { ...this.#values, penalties: [...this.#values.penalties, ...added] };
  }

  /** Takes the outputs of a call whose `steps` iterations all went well, and forgets what is older. @param iteration the next one. */
  add(
    outputs: Readonly<Record<string, Float32Array>>,
    { steps, iteration }: { steps: number; iteration: number },
  ): void {
    const recorded: Partial<Record<Recorded, readonly number[]>> = {};
    for (const name of RECORDED) {
      const values = outputs[name];
      if (!values) continue;
      const before = this.#values.recorded[name] ?? [];
      recorded[name] = [...before, ...values.subarray(Math.max(0, steps - KEPT), steps)].slice(-KEPT);
    }
    const penalties = this.#values.penalties.filter(([due]) => due >= iteration - KEPT);
    this.#values = { recorded, penalties };
  }

  values(): RecentValues {
    return this.#values;
  }
}

/**
 * Sums of an interval that began with iteration number `from`, before iteration number `to`: those that a run with a
 * border there has by then, to the bit. Null where the values do not reach back so far.
 */
export function sumsSince(
  recent: RecentValues | undefined,
  { from, to }: { readonly from: number; readonly to: number },
): IntervalSums['sums'] | null {
  const steps = to - from;
  const interval: IntervalSums = { sums: {}, seconds: 0, waitSeconds: 0, untimed: 0 };
  if (steps === 0) return interval.sums;
  const recorded = Object.entries(recent?.recorded ?? {});
  if (recent === undefined || recorded.length === 0 || recorded.some(([, values]) => values.length < steps))
    return null;
  for (const [due, name, value] of recent.penalties) if (due >= from) addPenalties(interval, { [name]: value });
  addUp(
    interval,
    Object.fromEntries(recorded.map(([name, values]) => [name, Float32Array.from(values.slice(-steps))])),
    steps,
  );
  return interval.sums;
}
