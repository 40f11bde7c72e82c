/** What detectors look for; `packages/evaluation/src/detectors` defines each. */
export const FINDING_NAMES = [
  'loss-phase-1',
  'loss-phase-2',
  'loss-phase-3',
  'd-dominance',
  'g-explosion',
  'collapse',
  'oscillation',
  'frozen-loss',
  'memorisation',
  'non-finite',
] as const;
export type FindingName = (typeof FINDING_NAMES)[number];

/** Something that a detector saw in what a run recorded. */
export interface Finding {
  readonly name: FindingName;
  /** Real images seen at the recording border at which it could first be told. */
  readonly imagesSeen: number;
  /** The numbers that it rests on. */
  readonly evidence: Readonly<Record<string, number | string>>;
}
