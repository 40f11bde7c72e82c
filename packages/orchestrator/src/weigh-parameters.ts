import type { SweepId, TrialId } from '@gansweep/domain';
import { type MetricGoal, planOf } from '@gansweep/spec';
import { type Importance, importanceOf, type ScoreScale } from '@gansweep/verdict';
import { type ComparisonRefusal, scoredTrials } from './compare-sweep.ts';
import type { ReadModel } from './read-model.ts';
import { storedSpec } from './submit-sweep.ts';

/** Predicted scores over two parameters. */
export interface Surface {
  readonly names: readonly [string, string];
  /** Of each of them, where the score is predicted. */
  readonly values: readonly (readonly (string | number | boolean)[])[];
  /** [first][second]. */
  readonly means: readonly (readonly number[])[];
}

export interface WeighedParameters {
  readonly kind: 'weighed';
  readonly metric: string;
  readonly goal: MetricGoal['goal'];
  /** Null while too few trials have a score; `because` says so. */
  readonly importance: Omit<Importance<TrialId>, 'surface'> | null;
  readonly because: string | null;
  readonly surface: Surface | null;
}

/** Which parameters of a sweep matter to a score, and how it goes with them. @param pair two parameters to predict over. */
export async function weighParameters(
  id: SweepId,
  {
    metric,
    scale,
    pair,
  }: { readonly metric: string | null; readonly scale: ScoreScale; readonly pair: readonly [string, string] | null },
  read: ReadModel,
): Promise<WeighedParameters | ComparisonRefusal> {
  const sweep = await read.getSweep(id);
  if (!sweep) return { kind: 'not-found' };
  const { metrics, factors } = planOf(storedSpec(sweep.spec));
  const name = metric ?? metrics[0]?.name;
  if (name === undefined)
    return { kind: 'bad-question', message: 'the sweep has no metric of its own: name one with ?metric=' };
  const names = factors.map((factor) => factor.name);
  if (pair !== null && (pair[0] === pair[1] || pair.some((one) => !names.includes(one))))
    return {
      kind: 'bad-question',
      message: `pair must be two of ${names.join(', ') || 'the parameters that vary; none does'}`,
    };
  const goal = metrics.find((known) => known.name === name) ?? { name, goal: 'minimize', at: 'last' };
  const trials = await scoredTrials(id, goal, read, { unscored: false });
  const answer = importanceOf(trials, factors, { goal: goal.goal, scale });
  const base = { kind: 'weighed', metric: name, goal: goal.goal } as const;
  switch (answer.kind) {
    case 'not-above-zero':
      return {
        kind: 'bad-question',
        message: `${name} is not above 0 everywhere, so it has no logarithm: leave scale out`,
      };
    case 'too-few':
      return {
        ...base,
        importance: null,
        surface: null,
        because:
          names.length === 0
            ? 'nothing varies in this sweep'
            : `${answer.trials} ${answer.trials === 1 ? 'configuration has' : 'configurations have'} a score, and at least ${answer.needed} are needed, or a whole grid`,
      };
    case 'told': {
      const { surface, ...importance } = answer.importance;
      return {
        ...base,
        importance,
        because: null,
        surface:
          pair === null
            ? null
            : {
                names: pair,
                values: pair.map((one) => factors[names.indexOf(one)]?.levels.map(({ value }) => value) ?? []),
                means: surface(...pair),
              },
      };
    }
  }
}
