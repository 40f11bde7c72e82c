import type { CurveName } from '@gansweep/domain';

/** What a run has recorded so far, as columns; detectors are functions of it. */
export interface RunHistory {
  /** Budget of the run in real images. */
  readonly totalImages: number;
  /** Real images of an iteration. */
  readonly imagesPerIteration: number;
  /** Separate modes of the law, or null. */
  readonly modesOfLaw: number | null;
  /** Recording borders, ascending. */
  readonly imagesSeen: readonly number[];
  /** A value or null at each border; a curve that the run does not record is absent. */
  readonly curves: Readonly<Partial<Record<CurveName, readonly (number | null)[]>>>;
}

/** The numbers that a finding rests on, by name. */
export type Evidence = Readonly<Record<string, number | string>>;

/** Looks at everything recorded so far; its answer depends on nothing else. */
export type Detector = (history: RunHistory) => Evidence | null;

/** Borders within so many images; the interval of the newest one counts for all. */
export function bordersWithin({ imagesSeen }: RunHistory, images: number): number {
  const last = imagesSeen.length - 1;
  const interval = (imagesSeen[last] ?? 0) - (imagesSeen[last - 1] ?? 0);
  return interval > 0 ? Math.round(images / interval) : 1;
}

/** Values of a curve that are there, with their borders. */
export function recorded(
  { imagesSeen, curves }: RunHistory,
  name: CurveName,
): readonly { readonly imagesSeen: number; readonly value: number }[] {
  return (curves[name] ?? []).flatMap((value, i) =>
    value === null ? [] : [{ imagesSeen: imagesSeen[i] as number, value }],
  );
}
