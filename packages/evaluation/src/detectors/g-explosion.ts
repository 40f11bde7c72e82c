import { lossGAtTurn } from './loss-phases.ts';
import type { Detector } from './run-history.ts';
import { slopeWindow, smoothed, trendAt } from './smoothing.ts';

const FACTOR = 3;
/** G's non-saturating loss where D cannot tell: a smaller reference would make noise an explosion. */
const REFERENCE_MIN = Math.LN2;
/** Before [2] L_G rises in every healthy run; where [2] does not come in the first half of the run, it is late. */
const PATIENCE_SHARE = 0.5;
/** A rise by this factor is not that of [1], and needs no patience after this share of the run. */
const RUNAWAY_FACTOR = 6;
const RUNAWAY_SHARE = 0.4;

/**
 * G's loss runs away: sm(L_G) rises and is three times its value at t23; or where [2] never came, three times its least
 * value after half of the run, or six times after two fifths.
 */
export const gExplosion: Detector = (history) => {
  const lossG = smoothed(history, 'lossG');
  const last = lossG.length - 1;
  const now = lossG[last];
  if (now === undefined || trendAt(lossG, last, slopeWindow(history)) !== 'rising') return null;
  const atTurn = lossGAtTurn(history);
  const seen = history.imagesSeen.at(-1) ?? 0;
  const reference = Math.max(REFERENCE_MIN, atTurn ?? lossG.reduce((least, value) => Math.min(least, value)));
  const factor = now / reference;
  const share = seen / history.totalImages;
  const isTime = atTurn !== null || share >= PATIENCE_SHARE || (share >= RUNAWAY_SHARE && factor >= RUNAWAY_FACTOR);
  return isTime && factor >= FACTOR ? { lossG: now, reference, factor } : null;
};
