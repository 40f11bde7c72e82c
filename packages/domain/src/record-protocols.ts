/** Protocols of what a run has recorded, its curves and its scores so far, and the scores each one gives. */
export const RECORD_SCORES = {
  'stability/v1': ['late-deviation-d', 'late-deviation-g'],
  'colour-lag/v1': ['colour-lag'],
  'speed-js/v1': ['speed-js'],
  'speed-fd-points/v1': ['speed-fd-points'],
} as const satisfies Record<string, readonly string[]>;

/** Families of scores whose speed can be asked for by any extractor: `speed-kid-X/v1` is that of `kid-X`. */
export const SPEED_FAMILIES = ['fd', 'kid'] as const;
export type SpeedFamily = (typeof SPEED_FAMILIES)[number];

const SPEED = /^speed-(.+)\/v1$/;

/** Whether a protocol looks at what a run has recorded, so that a generator alone does not do. */
export function isRecordProtocol(id: string): boolean {
  return Object.hasOwn(RECORD_SCORES, id) || SPEED.test(id);
}

/** Scores of earlier evaluations that a protocol looks at, and the protocol that gives them; null where it needs none. */
export function scoresBehind(id: string): { readonly protocol: string; readonly scores: readonly string[] } | null {
  if (id === 'colour-lag/v1') return { protocol: 'stats/v1', scores: ['mean-red', 'mean-green', 'mean-blue'] };
  if (id === 'speed-js/v1') return { protocol: 'density2d/v1', scores: ['js'] };
  if (id === 'speed-fd-points/v1') return { protocol: 'points2d/v1', scores: ['fd-points'] };
  const [, score] = SPEED.exec(id) ?? [];
  return score === undefined ? null : { protocol: `${score}/v1`, scores: [score] };
}
