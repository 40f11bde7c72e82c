import { summarise } from '../../summarise.ts';
import type { Cell } from '../answers.ts';
import { runsIn } from '../answers.ts';
import { last } from '../measures.ts';
import type { StudyRun } from '../study-record.ts';

/** The laws that claims of GAN Lab are tried on, with their separate modes. */
export const LAWS = [
  { dataset: 'gaussians', modes: null },
  { dataset: 'ring8', modes: 8 },
  { dataset: 'grid25', modes: 25 },
] as const;

/**
 * A js that tells learning from not yet: half way, in ratio, between a generator that shares nothing with the law (ln 2)
 * and the last js of a balanced cell. @returns 0 where the cell has no run.
 */
export function learnedJs(runs: readonly StudyRun[], balanced: Cell): number {
  const { mean } = summarise(runsIn(runs, balanced).flatMap((run) => last('js').of(run) ?? []));
  return mean === null || mean <= 0 ? 0 : Math.sqrt(Math.LN2 * mean);
}
