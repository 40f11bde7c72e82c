/** What a night says of a score beside its baseline. `inconclusive`: neither a difference nor its absence is shown. */
export const VERDICTS = ['improved', 'unchanged', 'regressed', 'inconclusive'] as const;
export type Verdict = (typeof VERDICTS)[number];

/**
 * What a whole night says: the worst of its scores, or why there is none. `could-not-run`: not all of it was trained.
 * `not-compared`: there was nothing to compare with, as on the first night, which saves a baseline.
 */
export const NIGHT_VERDICTS = [...VERDICTS, 'could-not-run', 'not-compared'] as const;
export type NightVerdict = (typeof NIGHT_VERDICTS)[number];
