import type { CurveName, Finding, FindingName } from '@gansweep/domain';
import { collapse } from './collapse.ts';
import { dDominance } from './d-dominance.ts';
import { frozenLoss } from './frozen-loss.ts';
import { gExplosion } from './g-explosion.ts';
import { lossPhase1, lossPhase2, lossPhase3 } from './loss-phases.ts';
import { memorisation } from './memorisation.ts';
import { oscillation } from './oscillation.ts';
import type { Detector } from './run-history.ts';

/** What detectors have to know of a run besides its curves. */
export interface DetectedRun {
  /** Budget in real images. */
  readonly totalImages: number;
  readonly imagesPerIteration: number;
  /** Separate modes of the law, or null. */
  readonly modesOfLaw: number | null;
}

/** The detectors of one run, which look at every recording border. */
export interface RunDetectors {
  /**
   * What is newly seen with these values of a border; values of one border may come in parts. Findings depend on the
   * sequence of borders and values alone, and each is told once.
   */
  take(imagesSeen: number, values: Readonly<Partial<Record<CurveName, number>>>): readonly Finding[];
}

const DETECTORS: Readonly<Record<Exclude<FindingName, 'non-finite'>, Detector>> = {
  'loss-phase-1': lossPhase1,
  'loss-phase-2': lossPhase2,
  'loss-phase-3': lossPhase3,
  'd-dominance': dDominance,
  'g-explosion': gExplosion,
  collapse,
  oscillation,
  'frozen-loss': frozenLoss,
  memorisation,
};
const NAMES = Object.keys(DETECTORS) as readonly Exclude<FindingName, 'non-finite'>[];

/** The curves that detectors read. */
export const DETECTED_CURVES = [
  'lossD',
  'lossG',
  'dReal',
  'dFake',
  'accReal',
  'accFake',
  'gradNormD',
  'gradNormG',
  'sampleDiversity',
  'sampleModes',
  'sampleNovelty',
] as const satisfies readonly CurveName[];

/** Detectors read at most so many rows; in longer runs a row is the mean of some neighbouring borders. */
const ROWS_MAX = 400;

export function openDetectors({ totalImages, imagesPerIteration, modesOfLaw }: DetectedRun): RunDetectors {
  const rows: number[] = [];
  const curves: Partial<Record<CurveName, (number | null)[]>> = {};
  /** Values of each curve that the newest row is the mean of. */
  let counts: Partial<Record<CurveName, number>> = {};
  let borders = 0;
  let bordersOfRow = 1;
  const told = new Set<FindingName>();
  const reach = (imagesSeen: number): void => {
    if (rows.at(-1) === imagesSeen) return;
    if (borders === 0) bordersOfRow = Math.ceil(totalImages / imagesSeen / ROWS_MAX);
    if (borders % bordersOfRow === 0) {
      rows.push(imagesSeen);
      for (const column of Object.values(curves)) column.push(null);
      counts = {};
    } else rows[rows.length - 1] = imagesSeen;
    borders += 1;
  };
  const add = (name: CurveName, value: number): void => {
    if (!Number.isFinite(value)) return;
    curves[name] ??= rows.map(() => null);
    const column = curves[name] as (number | null)[];
    const count = (counts[name] ?? 0) + 1;
    const before = column[rows.length - 1] ?? 0;
    column[rows.length - 1] = before + (value - before) / count;
    counts[name] = count;
  };
  return {
    take: (imagesSeen, values) => {
      reach(imagesSeen);
      for (const [name, value] of Object.entries(values) as [CurveName, number][]) add(name, value);
      if (borders % bordersOfRow !== 0 && imagesSeen < totalImages) return [];
      const history = { totalImages, imagesPerIteration, modesOfLaw, imagesSeen: rows, curves };
      return NAMES.filter((name) => !told.has(name)).flatMap((name): Finding[] => {
        const evidence = DETECTORS[name](history);
        if (!evidence) return [];
        told.add(name);
        return [{ name, imagesSeen, evidence }];
      });
    },
  };
}
