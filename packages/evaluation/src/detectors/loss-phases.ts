import { type Detector, onceOf, type RunHistory, recorded } from './run-history.ts';
import { slopeWindow, smoothed, trendAt } from './smoothing.ts';

/** Borders of the three phases of the losses, as positions among the borders that have both losses. */
interface Phases {
  /** First border of [1], or null. */
  readonly t1: number | null;
  /** First border of [2], or null. */
  readonly t12: number | null;
  /** Border of the least sm(L_G) of [2], where [3] has begun, or null. */
  readonly t23: number | null;
}

/** A turn counts when sm(L_G) has moved by this part since: smaller ones come and go. */
const TURN_SHARE = 0.04;

/**
 * The three phases of the losses: [1] sm(L_D) falls and sm(L_G) rises, D learns first; [2] sm(L_G) falls and sm(L_D)
 * rises, G catches up, from t12 on; [3] sm(L_G) rises and sm(L_D) falls again, from t23, the least sm(L_G) since t12.
 * @see docs/numerics.md, Findings.
 */
function phasesOf(lossD: readonly number[], lossG: readonly number[], window: number): Phases {
  let t1: number | null = null;
  let peak: number | null = null;
  let turned: number | null = null;
  let t12: number | null = null;
  let least = 0;
  const end = Math.min(lossD.length, lossG.length);
  for (let at = window - 1; at < end; at++) {
    const g = lossG[at] as number;
    const [trendD, trendG] = [trendAt(lossD, at, window), trendAt(lossG, at, window)];
    const isLead = trendD === 'falling' && trendG === 'rising';
    if (t12 !== null) {
      if (g < (lossG[least] as number)) least = at;
      if (isLead && g >= (1 + TURN_SHARE) * (lossG[least] as number)) return { t1, t12, t23: least };
      continue;
    }
    if (peak === null && !isLead) continue;
    t1 ??= at;
    if (peak === null || g > peak) {
      peak = g;
      turned = null;
    }
    if (trendD === 'rising' && trendG === 'falling') turned ??= at;
    if (turned !== null && g <= (1 - TURN_SHARE) * peak) {
      t12 = turned;
      least = at;
    }
  }
  return { t1, t12, t23: null };
}

const phases = onceOf((history: RunHistory, _: 'phases') =>
  phasesOf(smoothed(history, 'lossD'), smoothed(history, 'lossG'), slopeWindow(history)),
);
const phasesIn = (history: RunHistory): Phases => phases(history, 'phases');

/** D learns first. */
export const lossPhase1: Detector = (history) => {
  const at = recorded(history, 'lossG')[phasesIn(history).t1 ?? -1];
  return at ? { t1: at.imagesSeen, lossG: at.value } : null;
};

/** G catches up with D. */
export const lossPhase2: Detector = (history) => {
  const { t12 } = phasesIn(history);
  const at = t12 === null ? undefined : recorded(history, 'lossG')[t12];
  return at ? { t12: at.imagesSeen, lossG: at.value } : null;
};

/** D takes the lead again. */
export const lossPhase3: Detector = (history) => {
  const { t12, t23 } = phasesIn(history);
  const lossG = recorded(history, 'lossG');
  const [began, turned] = [lossG[t12 ?? -1], lossG[t23 ?? -1]];
  return began && turned
    ? { t12: began.imagesSeen, t23: turned.imagesSeen, growthOfDeviationG: growthOfDeviation(history, t23 ?? 0) }
    : null;
};

/** sm(L_G) at t23, or null before [3]. */
export function lossGAtTurn(history: RunHistory): number | null {
  const { t12 } = phasesIn(history);
  return t12 === null ? null : Math.min(...smoothed(history, 'lossG').slice(t12));
}

/** Standard deviation of L_G over a slope's window that ends now / over the one that ends at t23; 1 where there was none. */
function growthOfDeviation(history: RunHistory, t23: number): number {
  const values = recorded(history, 'lossG').map(({ value }) => value);
  const window = slopeWindow(history);
  const deviation = (end: number): number => {
    const part = values.slice(Math.max(0, end - window), end);
    const mean = part.reduce((sum, value) => sum + value, 0) / part.length;
    return Math.sqrt(part.reduce((sum, value) => sum + (value - mean) ** 2, 0) / part.length);
  };
  const before = deviation(t23 + 1);
  return before > 0 ? deviation(values.length) / before : 1;
}
