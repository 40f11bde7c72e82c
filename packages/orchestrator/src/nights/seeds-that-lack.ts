import type { NightQuestion } from './night.ts';

/**
 * Seeds that a second look at a sweep trains: as many as would settle its open questions as far as the spread tells, half
 * as many as the first look at least, all of them where nobody knows. Empty where no question is open.
 * @param all the sweep's seeds that the baseline has, in order. @param used those of the looks so far.
 */
export function seedsThatLack({
  all,
  used,
  questions,
}: {
  readonly all: readonly number[];
  readonly used: ReadonlySet<number>;
  readonly questions: readonly Pick<NightQuestion, 'verdict' | 'because' | 'seedsNeeded'>[];
}): readonly number[] {
  const open = questions.filter(({ verdict, because }) => verdict === 'inconclusive' && because === null);
  if (open.length === 0) return [];
  const wanted = Math.max(...open.map(({ seedsNeeded }) => seedsNeeded ?? Number.POSITIVE_INFINITY));
  return all.filter((seed) => !used.has(seed)).slice(0, Math.max(wanted, Math.ceil(1.5 * used.size)) - used.size);
}
