import { type Detector, type RunHistory, recorded } from './run-history.ts';

/** Share of the run within which nothing moves. */
const WINDOW_SHARE = 0.25;
const BORDERS_MIN = 10;
/** Largest range of a loss that stands, as part of its mean. */
const RANGE_MAX = 0.01;
/** A gradient that is gone. */
const GRADIENT_MIN = 1e-6;
/** A gradient that is still what it was: within this part of its first value at every border of the window. */
const GRADIENT_CHANGE_MAX = 0.1;

/**
 * Nothing is learned: over a quarter of the run every recorded loss stays within one per cent, while the gradients are
 * gone, or are still those of the beginning. At an equilibrium the losses stand too, but the gradients have become small
 * and noisy on the way.
 */
export const frozenLoss: Detector = (history) => {
  const seen = history.imagesSeen.at(-1) ?? 0;
  const from = seen - WINDOW_SHARE * history.totalImages;
  if (from < 0) return null;
  let widest = 0;
  for (const name of ['lossD', 'lossG'] as const) {
    const values = recorded(history, name);
    if (values.length === 0) continue;
    const part = values.filter(({ imagesSeen }) => imagesSeen > from).map(({ value }) => value);
    if (part.length < BORDERS_MIN) return null;
    const range = Math.max(...part) - Math.min(...part);
    widest = Math.max(widest, range / Math.max(Math.abs(part[0] as number), Number.MIN_VALUE));
    if (range > RANGE_MAX * Math.abs(part[0] as number)) return null;
  }
  const gradients = (['gradNormD', 'gradNormG'] as const).flatMap((name) => gradientOf(history, name, from) ?? []);
  if (gradients.length === 0) return null;
  const gone = gradients.some(({ window }) => window.every((norm) => norm < GRADIENT_MIN));
  const unchanged = gradients.every(({ first, window }) =>
    window.every((norm) => Math.abs(norm - first) <= GRADIENT_CHANGE_MAX * first),
  );
  if (!gone && !unchanged) return null;
  return { range: widest, gradients: gone ? 'gone' : 'those of the beginning' };
};

function gradientOf(
  history: RunHistory,
  name: 'gradNormD' | 'gradNormG',
  from: number,
): { readonly first: number; readonly window: readonly number[] } | null {
  const values = recorded(history, name);
  const [first] = values;
  return first
    ? { first: first.value, window: values.filter(({ imagesSeen }) => imagesSeen > from).map(({ value }) => value) }
    : null;
}
