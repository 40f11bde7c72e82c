/** What a night says of a score beside its baseline. `inconclusive`: neither a difference nor its absence is shown. */
export const VERDICTS = ['improved', 'unchanged', 'regressed', 'inconclusive'] as const;
export type Verdict = (typeof VERDICTS)[number];
