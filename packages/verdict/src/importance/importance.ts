import { STREAMS } from '@gansweep/domain';
import type { ParameterValue, ScoredTrial } from '../compare-trials.ts';
import { commonPassport, type Goal } from '../run-scores.ts';
import { summarise } from '../summarise.ts';
import { ABSENT, designOf, type Factor } from './design.ts';
import { drawsOf } from './draws.ts';
import { type Effects, pairsOf } from './effects.ts';
import { analyseFactorial, factorialOf } from './factorial-anova.ts';
import { analyseForest } from './forest.ts';
import type { Share } from './share.ts';

/** `log` looks at the logarithm of scores, all above 0: of how many times better instead of how much. */
export type ScoreScale = 'linear' | 'log';

export interface Marginal {
  readonly value: ParameterValue;
  /** Predicted mean of the score there, whatever the other parameters are; of the logarithm's, brought back, under `log`. */
  readonly mean: number;
  readonly low: number | null;
  readonly high: number | null;
}

export interface Importance<Id extends string = string> {
  /** What answered: `anova` on a whole grid with equally many runs in each cell, `fanova` by a forest on all else. */
  readonly method: 'anova' | 'fanova';
  readonly scale: ScoreScale;
  /** Configurations and runs that entered. */
  readonly trials: number;
  readonly runs: number;
  /** Runs among them that diverged: they count as the worst score of all. */
  readonly diverged: number;
  /** Runs that have ended and did not enter: other passports, no score, pruned, failed. */
  readonly leftOut: number;
  /** What seeds do to one configuration: its standard deviation, and its part of the variance of runs; null with one seed. */
  readonly noise: { readonly std: number; readonly share: number } | null;
  /** Of the variance of trials, what the forest foresees of those it has not seen; null where there is no forest. */
  readonly explained: number | null;
  /** Shares of the variance between configurations, in the order of the factors. */
  readonly parameters: readonly (Share & { readonly name: string; readonly marginal: readonly Marginal[] })[];
  /** Of each pair beyond what both do alone, in the order of the factors. */
  readonly interactions: readonly (Share & { readonly names: readonly [string, string] })[];
  /** The observed trials: mean score, and the value of each parameter; null where the configuration lacks it. */
  readonly observed: readonly {
    readonly trial: Id;
    readonly mean: number;
    readonly at: readonly (ParameterValue | null)[];
  }[];
  /** Predicted mean score over the values of two parameters, [first][second]. */
  surface(first: string, second: string): readonly (readonly number[])[];
}

export type NoImportance =
  | { readonly kind: 'too-few'; readonly trials: number; readonly needed: number }
  | { readonly kind: 'not-above-zero' };

/** Fewer trials than this say nothing about parameters, unless they are a whole grid. */
const TRIALS_MIN = 8;
const SEED = 1;

/**
 * Which parameters matter: the parts of a score's variance between configurations that each parameter, and each pair,
 * explains over the space that the sweep draws from. Same trials, same answer.
 * @param factors what varies; none twice.
 */
export function importanceOf<Id extends string>(
  trials: readonly ScoredTrial<Id>[],
  factors: readonly Factor[],
  { goal, scale }: { readonly goal: Goal; readonly scale: ScoreScale },
): { readonly kind: 'told'; readonly importance: Importance<Id> } | NoImportance {
  const passport = commonPassport(trials.flatMap(({ runs }) => runs));
  const scored = trials.flatMap(({ runs }) =>
    runs.flatMap(({ state, score }) => (state === 'succeeded' && score?.passportKey === passport ? [score.value] : [])),
  );
  if (scale === 'log' && scored.some((value) => value <= 0)) return { kind: 'not-above-zero' };
  const worst = goal === 'minimize' ? Math.max(...scored) : Math.min(...scored);
  const forward = (value: number): number => (scale === 'log' ? Math.log(value) : value);
  const back = (value: number): number => (scale === 'log' ? Math.exp(value) : value);
  const entering = trials.flatMap((trial) => {
    const values = trial.runs.flatMap(({ state, score }) =>
      state === 'diverged' ? [worst] : state === 'succeeded' && score?.passportKey === passport ? [score.value] : [],
    );
    return values.length > 0 && scored.length > 0 ? [{ trial, values: values.map(forward) }] : [];
  });
  const design = designOf(
    factors,
    entering.map(({ trial }) => trial),
  );
  const draws = drawsOf(SEED, STREAMS.importance);
  const factorial =
    factors.length > 0
      ? factorialOf(
          design,
          entering.map(({ values }) => values),
        )
      : null;
  if (factors.length === 0 || (factorial === null && entering.length < TRIALS_MIN))
    return { kind: 'too-few', trials: entering.length, needed: TRIALS_MIN };
  const counts = factors.map(({ levels }) => levels.length);
  const means = Float64Array.from(entering, ({ values }) =>
    values.reduce((sum, value) => sum + value / values.length, 0),
  );
  const within = withinTrials(entering.map(({ values }) => values));
  const anova = factorial === null ? null : analyseFactorial(factorial, counts, draws);
  const overall = (summarise(Array.from(means)).std ?? 0) ** 2;
  // Less what seeds add to the means.
  const configurations = Math.max(0, overall - (within === null ? 0 : within.square * within.inverse));
  const forest = anova === null ? analyseForest(design, means, draws) : null;
  const { effects, main, pairs } = (anova ?? forest) as {
    effects: Effects;
    main: readonly Share[];
    pairs: readonly Share[];
  };
  const between = anova?.between ?? configurations;
  const names = factors.map(({ name }) => name);
  const pairNames = pairsOf(factors.length);
  const ended = trials.flatMap(({ runs }) => runs).filter(({ state }) => ENDED.has(state)).length;
  const runs = entering.reduce((sum, { values }) => sum + values.length, 0);
  return {
    kind: 'told',
    importance: {
      method: anova === null ? 'fanova' : 'anova',
      scale,
      trials: entering.length,
      runs,
      diverged: entering.reduce(
        (sum, { trial }) => sum + trial.runs.filter(({ state }) => state === 'diverged').length,
        0,
      ),
      leftOut: ended - runs,
      noise:
        within === null
          ? null
          : {
              std: Math.sqrt(within.square),
              share: within.square === 0 ? 0 : within.square / (within.square + between),
            },
      explained: forest?.explained ?? null,
      parameters: factors.map((factor, j) => ({
        ...(main[j] as Share),
        name: factor.name,
        marginal: factor.levels.map(({ value }, level): Marginal => {
          const mean = effects.mean + ((effects.main[j] as Float64Array)[level] as number);
          const error = anova?.halfWidths[j] ?? null;
          const band = forest?.bands[j]?.[level] ?? (error === null ? null : { low: mean - error, high: mean + error });
          return {
            value,
            mean: back(mean),
            low: band ? back(band.low) : null,
            high: band ? back(band.high) : null,
          };
        }),
      })),
      interactions: pairNames.map(([a, b], p) => ({
        ...(pairs[p] as Share),
        names: [names[a] as string, names[b] as string],
      })),
      observed: entering.map(({ trial }, i) => ({
        trial: trial.id,
        mean: back(means[i] as number),
        at: factors.map((factor, j) => shownValue(factor, design.levels[j]?.[i] as number, trial.config)),
      })),
      surface: (first, second) => {
        const [a, b] = [names.indexOf(first), names.indexOf(second)];
        if (a < 0 || b < 0 || a === b)
          throw new RangeError(`${first} and ${second} are not two of ${names.join(', ')}`);
        const table = effects.pairs[pairNames.findIndex(([x, y]) => x === Math.min(a, b) && y === Math.max(a, b))];
        const width = counts[Math.max(a, b)] as number;
        return Array.from({ length: counts[a] as number }, (_, i) =>
          Array.from({ length: counts[b] as number }, (_, k) =>
            back(
              effects.mean +
                ((effects.main[a] as Float64Array)[i] as number) +
                ((effects.main[b] as Float64Array)[k] as number) +
                ((table as Float64Array)[a < b ? i * width + k : k * width + i] as number),
            ),
          ),
        );
      },
    },
  };
}

const ENDED: ReadonlySet<string> = new Set(['succeeded', 'diverged', 'pruned', 'cancelled', 'failed', 'quarantined']);

/** The value itself within a stretch, else that of the level. */
function shownValue({ levels }: Factor, level: number, config: ScoredTrial['config']): ParameterValue | null {
  const here = level === ABSENT ? undefined : levels[level];
  if (here === undefined) return null;
  const [field] = Object.entries(here.fields).find(([name]) => config[name] !== undefined) ?? [];
  return field !== undefined && typeof here.fields[field] === 'object' ? (config[field] ?? null) : here.value;
}

/** Mean square around the trials' means, and the mean of 1 / runs; null where no trial has two values. */
function withinTrials(
  values: readonly (readonly number[])[],
): { readonly square: number; readonly inverse: number } | null {
  let [squares, degrees, inverse] = [0, 0, 0];
  for (const of of values) {
    const { std } = summarise(of);
    squares += (std ?? 0) ** 2 * (of.length - 1);
    degrees += of.length - 1;
    inverse += 1 / of.length / values.length;
  }
  return degrees === 0 ? null : { square: squares / degrees, inverse };
}
