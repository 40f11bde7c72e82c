import type { ParameterValue, ScoredTrial } from '../compare-trials.ts';

/** One direction in which the configurations of a sweep differ, with the law that it is drawn from there. */
export interface Factor {
  /** As the spec writes it: a parameter, or the members of a zip joined by `+`. */
  readonly name: string;
  /** Places of equal probability, in order; at least one. */
  readonly levels: readonly FactorLevel[];
  /** Whether the order of the levels means something: numbers, and not choices. */
  readonly isOrdered: boolean;
}

/** A listed value, or a stretch of a range. */
export interface FactorLevel {
  /** What it is called, and where it is drawn: the value, or the middle of the stretch. */
  readonly value: ParameterValue;
  /**
   * What a configuration at this level has in these fields; a field that it lacks does not count against it. A pair of
   * numbers is a stretch from the first to below the second.
   */
  readonly fields: Readonly<Record<string, ParameterValue | readonly [number, number]>>;
}

/** Levels that one factor can have: the bits of a word. */
export const LEVELS_MAX = 32;

/** The configurations of trials as levels of factors. */
export interface Design {
  readonly factors: readonly Factor[];
  /** [factor][trial], a position among the factor's levels; `ABSENT` where the trial's configuration lacks it. */
  readonly levels: readonly Uint8Array[];
}

export const ABSENT = 255;

/**
 * Where each trial stands in each factor. A stretch's last level takes its upper end too; a value that no level has, as
 * one that was drawn before the spec was changed, goes to the nearest stretch, or counts as absent.
 * @param factors each of at most `LEVELS_MAX` levels.
 */
export function designOf(factors: readonly Factor[], trials: readonly Pick<ScoredTrial, 'config'>[]): Design {
  const tooMany = factors.find(({ levels }) => levels.length > LEVELS_MAX);
  if (tooMany) throw new RangeError(`${tooMany.name} has ${tooMany.levels.length} levels, more than ${LEVELS_MAX}`);
  return { factors, levels: factors.map((factor) => Uint8Array.from(trials, ({ config }) => levelOf(factor, config))) };
}

function levelOf({ levels }: Factor, config: ScoredTrial['config']): number {
  let nearest = ABSENT;
  let nearestDistance = Number.POSITIVE_INFINITY;
  for (const [i, { fields }] of levels.entries()) {
    const present = Object.entries(fields).filter(([name]) => config[name] !== undefined);
    if (present.length === 0) continue;
    let distance = 0;
    for (const [name, wanted] of present) {
      const value = config[name];
      if (typeof wanted !== 'object') distance += wanted === value ? 0 : Number.POSITIVE_INFINITY;
      else if (typeof value !== 'number') distance = Number.POSITIVE_INFINITY;
      else if (value < wanted[0]) distance += wanted[0] - value;
      else if (value >= wanted[1]) distance += value - wanted[1] + Number.MIN_VALUE;
    }
    if (distance < nearestDistance) [nearest, nearestDistance] = [i, distance];
  }
  return nearest;
}
