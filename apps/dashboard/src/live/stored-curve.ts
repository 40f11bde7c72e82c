import type { Curves, RunAnswer } from '@gansweep/contract';
import type { CurveName } from '@gansweep/domain';
import type { LivePoint } from '@gansweep/gan/browser';

const COMPARED = ['lossD', 'lossG'] as const satisfies readonly CurveName[];

/** How far a live training has followed a stored one. */
export interface Agreement {
  /** Recorded points of both that were compared. */
  readonly compared: number;
  /** Of those, in how many each value is the same to the bit. */
  readonly equal: number;
  /** Largest difference of a loss as a share of the stored value's size, and where the first one is. */
  readonly largestShare: number;
  readonly firstAt: number | null;
}

export const NOTHING_COMPARED: Agreement = { compared: 0, equal: 0, largestShare: 0, firstAt: null };

/** What executes a training; null where nobody told. */
type Build = RunAnswer['backend'];

/** Whether two trainings are computed alike to the last bit: by the same backend in the same version, with the same instructions. */
export function isSameBuild(a: Build, b: Build): boolean {
  return a !== null && b !== null && a.name === b.name && a.version === b.version && a.device === b.device;
}

/** Compares the losses of live points with those that a run recorded at the same images seen. */
export function compareWithStored(stored: Curves): (before: Agreement, points: readonly LivePoint[]) => Agreement {
  const known = new Map<number, Partial<Record<CurveName, number | null>>>();
  for (const name of COMPARED)
    stored.series[name]?.images.forEach((imagesSeen, i) => {
      known.set(imagesSeen, { ...known.get(imagesSeen), [name]: stored.series[name]?.value[i] ?? null });
    });
  return (before, points) => {
    let { compared, equal, largestShare, firstAt } = before;
    for (const { imagesSeen, values } of points) {
      const there = known.get(imagesSeen);
      if (!there) continue;
      const shares = COMPARED.map((name) => shareOf(values[name], there[name]));
      compared += 1;
      const largest = Math.max(...shares);
      if (largest === 0) equal += 1;
      else firstAt ??= imagesSeen;
      largestShare = Math.max(largestShare, largest);
    }
    return { compared, equal, largestShare, firstAt };
  };
}

function shareOf(live: number | undefined, stored: number | null | undefined): number {
  if (live === undefined || stored === undefined || stored === null) return live === stored ? 0 : 1;
  return live === stored ? 0 : Math.abs(live - stored) / Math.max(Math.abs(stored), Number.MIN_VALUE);
}
