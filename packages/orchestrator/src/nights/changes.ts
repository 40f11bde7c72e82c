import type { Change, Circumstances } from './night.ts';

const LINES_AT_MOST = 50;
/** Behind a commit whose files were changed. */
const CHANGED = /\+changes$/;

/** What is not as it was when the baseline was saved. What one of the two does not know is no change. */
export function changesBetween(before: Circumstances, now: Circumstances): readonly Change[] {
  const changes: Change[] = [];
  const note = (what: Change['what'], baseline: string, tonight: string, details: readonly string[] = []): void => {
    if (baseline !== tonight) changes.push({ what, baseline, tonight, details });
  };
  const commits = before.commit === null || now.commit === null ? [] : commitLines(before.commit, now.commit);
  if (commits.length > 0)
    changes.push({ what: 'commit', baseline: before.commit ?? '', tonight: now.commit ?? '', details: commits });
  if (before.lockfile && now.lockfile)
    note('lockfile', before.lockfile.hash, now.lockfile.hash, linesOf(before.lockfile.packages, now.lockfile.packages));
  note('backend', before.backends.join(', '), now.backends.join(', '));
  note('data', textOf(before.data), textOf(now.data), linesOf(before.data, now.data));
  note('training version', String(before.trainingVersion), String(now.trainingVersion));
  return changes;
}

/** How to see what is between two states of the code, and what no command shows any more; nothing where they are the same. */
function commitLines(before: string, now: string): readonly string[] {
  const [a, b] = [before.replace(CHANGED, ''), now.replace(CHANGED, '')];
  const changed = [...(CHANGED.test(before) ? ['the baseline'] : []), ...(CHANGED.test(now) ? ['tonight'] : [])].join(
    ' and of ',
  );
  return [
    ...(a === b ? [] : [`git log --oneline ${a}..${b}`]),
    ...(changed === ''
      ? []
      : [`${a === b ? 'the same commit, but ' : ''}the code of ${changed} had changes that were not committed`]),
  ];
}
const textOf = (record: Readonly<Record<string, string>>): string =>
  Object.keys(record)
    .sort()
    .map((key) => `${key} ${record[key]?.slice(0, 12)}`)
    .join(', ');

/** Entries that differ, as `zod 4.6.6 → 4.6.7`. */
function linesOf(before: Readonly<Record<string, string>>, now: Readonly<Record<string, string>>): readonly string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort();
  const lines = names
    .filter((name) => before[name] !== now[name])
    .map((name) => `${name} ${before[name] ?? 'absent'} → ${now[name] ?? 'absent'}`);
  return lines.length <= LINES_AT_MOST
    ? lines
    : [...lines.slice(0, LINES_AT_MOST), `and ${lines.length - LINES_AT_MOST} more`];
}
