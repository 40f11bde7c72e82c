import type { CurveName } from '@gansweep/domain';
import { bordersWithin, onceOf, type RunHistory, recorded } from './run-history.ts';

/** Iterations of the trailing mean sm(L). */
const MEAN_ITERATIONS = 100;
/** Iterations over which a slope is taken, or this share of the run where that is shorter. */
const SLOPE_ITERATIONS = 500;
const SLOPE_SHARE = 0.05;
/** A slope over fewer borders would be noise. */
const SLOPE_BORDERS_MIN = 6;
/** A slope counts when the line moves by this part of the curve's size over its window … */
const MOVE_MIN = 0.01;
/** … and by so many standard deviations of what is left beside the line. */
const MOVE_DEVIATIONS = 3;

export type Trend = 'rising' | 'falling' | 'level';

/** sm(L): the trailing mean of a recorded loss over 100 iterations, at each of its borders. */
export const smoothed = onceOf((history: RunHistory, name: CurveName): readonly number[] => {
  const values = recorded(history, name).map(({ value }) => value);
  const width = Math.max(1, bordersWithin(history, MEAN_ITERATIONS * history.imagesPerIteration));
  let sum = 0;
  return values.map((value, i) => {
    sum += value - (i >= width ? (values[i - width] as number) : 0);
    return sum / Math.min(i + 1, width);
  });
});

/** Borders of the window over which slopes are taken. */
export function slopeWindow(history: RunHistory): number {
  const { totalImages, imagesPerIteration } = history;
  const images = Math.min(SLOPE_ITERATIONS * imagesPerIteration, SLOPE_SHARE * totalImages);
  return Math.max(SLOPE_BORDERS_MIN, bordersWithin(history, images));
}

/** Sign of the least-squares slope over the `window` values that end at `at`, where it stands out of its noise. */
export function trendAt(values: readonly number[], at: number, window: number): Trend {
  if (at + 1 < window) return 'level';
  const from = at + 1 - window;
  let mean = 0;
  for (let i = from; i <= at; i++) mean += (values[i] as number) / window;
  const middle = (window - 1) / 2;
  let products = 0;
  for (let i = 0; i < window; i++) products += (i - middle) * ((values[from + i] as number) - mean);
  const slope = products / ((window * (window * window - 1)) / 12);
  let squares = 0;
  for (let i = 0; i < window; i++) squares += ((values[from + i] as number) - mean - slope * (i - middle)) ** 2;
  const move = slope * (window - 1);
  const noise = Math.sqrt(squares / (window - 2));
  if (Math.abs(move) < MOVE_MIN * Math.abs(mean) || Math.abs(move) < MOVE_DEVIATIONS * noise) return 'level';
  return move > 0 ? 'rising' : 'falling';
}
