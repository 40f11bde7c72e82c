import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { CurveName } from '@gansweep/domain';

/** What one labelled run recorded. */
export interface LabelledRun {
  readonly kind: string;
  readonly seed: number;
  readonly imagesPerIteration: number;
  readonly totalImages: number;
  readonly endedAt: number;
  readonly firstBadTensor: string | null;
  /** Recording borders, ascending; every curve has a value or null at each. */
  readonly imagesSeen: readonly number[];
  readonly curves: Readonly<Partial<Record<CurveName, readonly (number | null)[]>>>;
}

/** Thresholds and recipes were chosen by these alone. */
export const TUNING_SEEDS = [1, 2, 3, 11, 12, 21, 22, 23, 24, 25, 31, 32, 33, 34, 35] as const;
/** Precision and recall are those of these, which were recorded once thresholds and recipes stood. */
export const JUDGED_SEEDS = [41, 42, 43, 44, 45] as const;
export const LABELLED_SEEDS = [...TUNING_SEEDS, ...JUDGED_SEEDS];

export const labelledRunsFile = fileURLToPath(new URL('labelled-runs.jsonl.gz', import.meta.url));

/** Every recorded run, by kind and seed. */
export function readLabelledRuns(): readonly LabelledRun[] {
  return gunzipSync(readFileSync(labelledRunsFile))
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LabelledRun);
}
