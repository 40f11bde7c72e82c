/** What one iteration records; each is the mean over the iteration's updates. */
export const RECORDED = [
  'lossD',
  'dReal',
  'dFake',
  'accReal',
  'accFake',
  'gradNormD',
  'frozenD',
  'adaP',
  'lossG',
  'gradNormG',
  'lossE',
  'gradNormE',
] as const;
export type Recorded = (typeof RECORDED)[number];

/** What steps of penalties record, each the mean over those of an interval; an interval without one has no point. */
export const PENALTIES = ['r1', 'pathLength'] as const;
export type Penalty = (typeof PENALTIES)[number];

/** Not curves: 0 while loss, gradients and weights of an update are finite, NaN when one of them is not. */
export const CHECKS = ['checkE', 'checkD', 'checkG'] as const;
export type Check = (typeof CHECKS)[number];
