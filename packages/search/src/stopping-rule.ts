/** When trials of a sweep are set down before their end. Images are real images seen. */
export type StoppingRule =
  /** At each rung about one trial in `eta` goes on; a rung is `eta` times as far as the one before. */
  | { readonly type: 'asha'; readonly minImages: number; readonly eta: number }
  /** At each rung a trial goes on that is not worse than the median of those before it; rungs are twice as far apart each time. */
  | { readonly type: 'median'; readonly minImages: number; readonly minTrials: number };

/** Images at which trials are compared: the first and its multiples by powers of `eta` (2 under `median`), below the end. */
export function rungsOf(rule: StoppingRule, images: number): readonly number[] {
  const factor = rule.type === 'asha' ? rule.eta : 2;
  const rungs: number[] = [];
  for (let rung = rule.minImages; rung < images; rung = Math.ceil(rung * factor)) rungs.push(rung);
  return rungs;
}

const NINTHS = [7, 8, 9];

/**
 * Images at which a run is scored for a rung, ascending: seven and eight ninths of it, and the rung itself. A decision is
 * by the mean of these, never by one score. Far apart, the mean would be of a worse network than the one that is judged;
 * near together, of the same moment of an oscillation. Ninths lie between, and are whole steps of the reference problem.
 */
export function scoringPoints(rung: number): readonly number[] {
  return [...new Set(NINTHS.map((ninths) => Math.ceil((rung * ninths) / 9)))];
}

/** What one seed of a trial has at a rung. Lower values are better. */
export type RungScore =
  /** Scores at the rung's scoring points, in their order. */
  | { readonly kind: 'scored'; readonly values: readonly number[] }
  /** It ended before, or its score is not finite: the worst there is, not missing. */
  | { readonly kind: 'worst' }
  | { readonly kind: 'pending' };

/** Seeds of a trial at a rung, as one. */
export interface PooledScore {
  /** Seeds that ended before it: a trial with fewer is better, whatever the others score. */
  readonly lost: number;
  /** Mean over the other seeds of each seed's mean; infinite when there is none. */
  readonly mean: number;
  /** Scores of each other seed at the scoring points, in their order. */
  readonly series: readonly (readonly number[])[];
}

/** @returns 'pending' until every seed has its scores. */
export function pooled(seeds: readonly RungScore[]): PooledScore | 'pending' {
  const scored: (readonly number[])[] = [];
  let lost = 0;
  for (const seed of seeds) {
    if (seed.kind === 'pending') return 'pending';
    if (seed.kind === 'scored' && seed.values.length > 0 && seed.values.every(Number.isFinite))
      scored.push(seed.values);
    else lost += 1;
  }
  const mean = scored.length === 0 ? Number.POSITIVE_INFINITY : meanOf(scored.map(meanOf));
  return { lost, mean, series: scored };
}

/** Negative when `a` is better. */
export function compareScores(a: PooledScore, b: PooledScore): number {
  if (a.lost !== b.lost) return a.lost - b.lost;
  return a.mean === b.mean ? 0 : a.mean - b.mean;
}

/** Median of a χ² with one degree of freedom: what the median of squared errors from three scores is to their mean. */
const MEDIAN_OF_CHI_SQUARED = 0.4549;

/**
 * Standard error of one trial's score at a rung, from the scatter within the series of the better half of those that are
 * there: whoever is far behind scatters on another scale. The second difference of three scores is free of a trend,
 * (x1 − 2·x2 + x3)²/6 has the variance of one score as its mean; where a run's borders are so far apart that two scores are
 * all there is, their difference is taken against the median difference. A median over trials, so that one collapse
 * within the three scores does not count as noise. 0 where nothing says how scores scatter.
 */
export function standardErrorOf(scores: readonly PooledScore[]): number {
  const better = [...scores].sort(compareScores).slice(0, Math.ceil(scores.length / 2));
  const steps = better.flatMap(({ series }) => series.flatMap(([a, b, c]) => stepOf(a, b, c)));
  const trend = steps.length === 0 ? 0 : medianOf(steps);
  const squares = better.flatMap(({ series }) => {
    const points = series.reduce((sum, values) => sum + values.length, 0);
    return series.flatMap((values) => varianceOf(values, trend).map((variance) => variance / points));
  });
  return squares.length === 0 ? 0 : Math.sqrt(medianOf(squares) / MEDIAN_OF_CHI_SQUARED);
}

const stepOf = (a?: number, b?: number, c?: number): readonly number[] =>
  a === undefined || b === undefined || c !== undefined ? [] : [b - a];

/** Of one score, from a series of three or of two; empty from a single score. */
function varianceOf([a, b, c]: readonly number[], trend: number): readonly number[] {
  if (a === undefined || b === undefined) return [];
  return c === undefined ? [(b - a - trend) ** 2 / 2] : [(a - 2 * b + c) ** 2 / 6];
}

export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low, high] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]];
  if (low === undefined || high === undefined) throw new RangeError('the median of nothing');
  return low === high ? low : (low + high) / 2;
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
