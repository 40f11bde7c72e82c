import { type DatasetId, isPlaneLaw } from './datasets.ts';

/** Curves a run may record, in the order pages show them. */
export const CURVE_NAMES = [
  'lossD',
  'lossG',
  'dReal',
  'dFake',
  'accReal',
  'accFake',
  'gradNormD',
  'gradNormG',
  'frozenD',
  'imagesPerSecond',
  'dataWait',
] as const;
export type CurveName = (typeof CURVE_NAMES)[number];

/** Curves that tell of the machine and not of the training: the only ones that two attempts at one run do not share. */
export const MACHINE_CURVES = ['imagesPerSecond', 'dataWait'] as const satisfies readonly CurveName[];

/** Evaluation protocols and the scores each one gives. */
export const PROTOCOL_SCORES = {
  'density2d/v1': ['js', 'kl'],
  'modes2d/v1': ['modes', 'hq', 'mode-kl', 'mode-js'],
  'points2d/v1': ['fd-points', 'sw2'],
  'fd-lenet/v1': ['fd-lenet'],
  'kid-lenet/v1': ['kid-lenet'],
  'prdc-lenet/v1': ['precision-lenet', 'recall-lenet', 'density-lenet', 'coverage-lenet'],
} as const satisfies Record<string, readonly string[]>;
export type ProtocolId = keyof typeof PROTOCOL_SCORES;
export type ScoreName = (typeof PROTOCOL_SCORES)[ProtocolId][number];
export const PROTOCOL_IDS = Object.keys(PROTOCOL_SCORES) as readonly ProtocolId[];

/** Laws with separate modes, on which `modes2d/v1` is defined. */
export const MODE_LAWS = ['ring8', 'grid25', 'disjoint'] as const;

/** Protocols that are defined on a data set, in the order of reports. */
export function protocolsFor(dataset: DatasetId): readonly ProtocolId[] {
  if (!isPlaneLaw(dataset)) return ['fd-lenet/v1', 'kid-lenet/v1', 'prdc-lenet/v1'];
  const hasModes = (MODE_LAWS as readonly string[]).includes(dataset);
  return hasModes ? ['density2d/v1', 'modes2d/v1', 'points2d/v1'] : ['density2d/v1', 'points2d/v1'];
}
