import { type Detector, recorded } from './run-history.ts';

/** A swing is a way back of this part of the mean of |L|, and of this at least. */
const SWING_SHARE = 0.12;
const SWING_MIN = 0.06;
/** Share of the run that is looked at. */
const WINDOW_SHARE = 0.5;
const BORDERS_MIN = 20;
const TURNS_MIN = 8;

/**
 * The players go round each other: within half a run G's loss, or the mean score of fakes, turns back at least eight
 * times by an eighth of its size.
 * @see Mescheder, Geiger, Nowozin (2018), "Which training methods for GANs do actually converge?", arXiv:1801.04406.
 */
export const oscillation: Detector = (history) => {
  const from = (history.imagesSeen.at(-1) ?? 0) - WINDOW_SHARE * history.totalImages;
  const values = recorded(history, 'lossG')
    .filter(({ imagesSeen }) => imagesSeen > from)
    .map(({ value }) => value);
  if (values.length < BORDERS_MIN) return null;
  const size = values.reduce((sum, value) => sum + Math.abs(value), 0) / values.length;
  const swing = Math.max(SWING_MIN, SWING_SHARE * size);
  const turns = turnsOf(values, swing);
  return turns >= TURNS_MIN ? { turns, swing, meanLossG: size } : null;
};

/** How often a curve turns back by `swing` or more. */
function turnsOf(values: readonly number[], swing: number): number {
  let [low, high] = [values[0] as number, values[0] as number];
  let direction = 0;
  let turns = 0;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
    if (direction >= 0 && high - value >= swing) {
      if (direction > 0) turns += 1;
      direction = -1;
      low = value;
      high = value;
    } else if (direction <= 0 && value - low >= swing) {
      if (direction < 0) turns += 1;
      direction = 1;
      low = value;
      high = value;
    }
  }
  return turns;
}
