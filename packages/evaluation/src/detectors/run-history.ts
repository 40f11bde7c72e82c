import type { CurveName } from '@gansweep/domain';

/** What a run has recorded so far, as columns; detectors are functions of it. One object for each time that it grows. */
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

/** A value of a curve and its border. */
export interface Recorded {
  readonly imagesSeen: number;
  readonly value: number;
}

/** Values of a curve that are there, with their borders. */
export const recorded = onceOf(({ imagesSeen, curves }: RunHistory, name: CurveName): readonly Recorded[] =>
  (curves[name] ?? []).flatMap((value, i) => (value === null ? [] : [{ imagesSeen: imagesSeen[i] as number, value }])),
);

/** The same function, which derives what it does once from a history: several detectors ask for the same. */
export function onceOf<Key extends string, Derived>(
  derive: (history: RunHistory, key: Key) => Derived,
): (history: RunHistory, key: Key) => Derived {
  const derived = new WeakMap<RunHistory, Map<Key, Derived>>();
  return (history, key) => {
    const known = derived.get(history) ?? new Map<Key, Derived>();
    derived.set(history, known);
    const value = known.get(key) ?? derive(history, key);
    known.set(key, value);
    return value;
  };
}
