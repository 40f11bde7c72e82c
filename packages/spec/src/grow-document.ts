import { err, ok, type Result } from '@gansweep/domain';
import { contentHash } from './canonical-json.ts';
import { nearestName } from './nearest-name.ts';
import { ProblemList, pathTo, type SpecProblem, shown } from './spec-problem.ts';

type Group = Readonly<Record<string, unknown>>;

/** What a sweep that exists may be given more of; everything else its runs were made with. */
const GROWABLE = ['parameters', 'seeds', 'run_cap', 'priority'] as const;
const FIXED = [
  'version',
  'name',
  'description',
  'method',
  'metric',
  'zip',
  'exclude',
  'when',
  'order',
  'reuse',
  'evaluation',
  'budget',
  'checkpoints',
  'trainer',
  'onFinding',
  'early_terminate',
  'initFrom',
] as const;
/** Hashes that the service wrote into the stored document, by section. */
const FILLED_IN: Readonly<Record<string, readonly string[]>> = {
  evaluation: ['extractors', 'plugins'],
  trainer: ['files'],
};

export interface GrownDocument {
  /** The stored document with the patch in it; its own parser judges it. */
  readonly document: Group;
  /** What changed, a line each: `lrG: 0.001 → 0.001, 0.002`. */
  readonly changes: readonly string[];
}

/**
 * A stored spec with a part of a spec merged into it. An entry of `parameters` takes the place of the one of its name and
 * must hold all that it held; `images` are added to those there, since a longer run is another trial. Sections that
 * cannot change may be there if they say what they said, so that a whole file with more in it is a patch too.
 */
export function growDocument(stored: unknown, patch: unknown): Result<GrownDocument, readonly SpecProblem[]> {
  const problems = new ProblemList();
  const before = stored as Group;
  if (!isGroup(patch)) {
    problems.add('', `must be a group of keys, not ${shown(patch)}: write what there is to be more of, as in a spec`);
    return err(problems.all);
  }
  const changes: string[] = [];
  const merged: Record<string, unknown> = { ...before };
  for (const [key, value] of Object.entries(patch)) {
    if (isOneOf(FIXED, key)) {
      if (!saysTheSame(key, before[key], value))
        problems.add(
          key,
          'cannot change in a sweep that exists, whose runs were made and are compared by it: submit another sweep, which adopts the runs that it shares with this one',
        );
    } else if (!isOneOf(GROWABLE, key))
      problems.add(key, `unknown key; did you mean ${nearestName(key, [...GROWABLE, ...FIXED])}?`);
    else if (key === 'parameters')
      merged.parameters = grownParameters(before.parameters as Group, value, changes, problems);
    else {
      if (key === 'run_cap' && typeof value === 'number' && value < Number(before.run_cap ?? 0))
        problems.add('run_cap', `${value} is less than the ${before.run_cap} there: runs are never taken away`);
      if (!same(before[key], value)) changes.push(`${key}: ${written(before[key])} → ${written(value)}`);
      merged[key] = value;
    }
  }
  return problems.isEmpty ? ok({ document: merged, changes }) : err(problems.all);
}

function grownParameters(before: Group, patch: unknown, changes: string[], problems: ProblemList): unknown {
  if (!isGroup(patch)) {
    problems.add('parameters', `must be a group of keys, not ${shown(patch)}`);
    return before;
  }
  const grown: Record<string, unknown> = { ...before };
  for (const [name, entry] of Object.entries(patch)) {
    const old = before[name];
    const next = name === 'images' && old !== undefined ? withImages(old, entry) : entry;
    const path = pathTo('parameters', name);
    if (old !== undefined) checkHolds({ name, old, next, path }, problems);
    if (!same(old, next))
      changes.push(`${name}: ${old === undefined ? 'its default' : inWords(old)} → ${inWords(next)}`);
    grown[name] = next;
  }
  return grown;
}

/** Numbers of images of both, ascending; what is no list is left to the parser. */
function withImages(old: unknown, next: unknown): unknown {
  const [there, added] = [valuesOf(old), valuesOf(next)];
  if (there === null || added === null) return next;
  const all = [...new Set([...there, ...added])].sort((a, b) => Number(a) - Number(b));
  return all.length === 1 ? { value: all[0] } : { values: all };
}

/** An entry must hold all values that the one before it held: trials are never taken out of a sweep. */
function checkHolds(
  {
    name,
    old,
    next,
    path,
  }: { readonly name: string; readonly old: unknown; readonly next: unknown; readonly path: string },
  problems: ProblemList,
): void {
  if (!isGroup(old) || !isGroup(next)) return;
  const values = valuesOf(old);
  if (values !== null) {
    const listed = valuesOf(next);
    const [min, max] = [next.min, next.max].map(Number) as [number, number];
    const isThere = (value: unknown): boolean =>
      listed === null ? Number(value) >= min && Number(value) <= max : listed.includes(value);
    const missing = values.filter((value) => !isThere(value));
    if (missing.length > 0)
      problems.add(
        path,
        `leaves out ${missing.slice(0, 3).map(written).join(', ')}, which trials of the sweep have, and trials are never taken out: ${
          listed === null
            ? 'take a wider range'
            : `write values: [${[...values, ...listed.filter((one) => !values.includes(one))].slice(0, 8).map(written).join(', ')}]`
        }`,
      );
    return;
  }
  if (valuesOf(next) !== null) {
    problems.add(path, `${name} has a range, and a list does not hold it: write a wider range`);
    return;
  }
  for (const key of ['distribution', 'q'])
    if (!same(old[key], next[key]))
      problems.add(pathTo(path, key), `is ${written(old[key])} in the sweep and stays so: only min and max can grow`);
  if (Number(next.min) > Number(old.min) || Number(next.max) < Number(old.max))
    problems.add(
      path,
      `is narrower than the ${inWords(old)} there, and trials are never taken out: write a wider range`,
    );
}

/** The values of a constant or a list, null of a range. */
function valuesOf(entry: unknown): readonly unknown[] | null {
  if (!isGroup(entry)) return null;
  if (Object.hasOwn(entry, 'value')) return [entry.value];
  return Array.isArray(entry.values) ? entry.values : null;
}

function inWords(entry: unknown): string {
  const values = valuesOf(entry);
  if (values !== null) return values.length > 12 ? `${values.length} values` : values.map(written).join(', ');
  if (!isGroup(entry)) return written(entry);
  const { distribution, min, max, q } = entry;
  return `${written(min)} … ${written(max)}${q === undefined ? '' : ` by ${written(q)}`}${distribution === undefined ? '' : ` (${written(distribution)})`}`;
}

function saysTheSame(key: string, before: unknown, value: unknown): boolean {
  const without = (section: unknown): unknown =>
    isGroup(section)
      ? Object.fromEntries(Object.entries(section).filter(([name]) => !(FILLED_IN[key] ?? []).includes(name)))
      : section;
  return same(without(before), without(value));
}

const same = (a: unknown, b: unknown): boolean =>
  a === undefined || b === undefined ? a === b : contentHash(a) === contentHash(b);
const written = (value: unknown): string =>
  value === undefined ? 'none' : typeof value === 'string' ? value : JSON.stringify(value);
const isGroup = (value: unknown): value is Group =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isOneOf = (names: readonly string[], name: string): boolean => names.includes(name);
