import { decimalSteps } from './decimal-steps.ts';
import type { FieldKind, FieldValue } from './fields.ts';
import { nearestName } from './nearest-name.ts';
import { type Assignment, expectationOf, kindOf, type ParameterName, readValue } from './parameters.ts';
import { type ProblemList, pathTo, shown } from './spec-problem.ts';

/** One direction of a search space: what it sets and which values it takes. */
export type Axis =
  /** Listed values; a constant is a list of one, a zip sets several parameters in a row. */
  | { readonly kind: 'list'; readonly names: readonly ParameterName[]; readonly rows: readonly Assignment[] }
  /** Equidistant values, never listed in memory. */
  | {
      readonly kind: 'steps';
      readonly names: readonly [ParameterName];
      readonly size: number;
      readonly at: (k: number) => number;
      readonly indexOf: (value: number) => number | null;
    }
  | {
      readonly kind: 'real';
      readonly names: readonly [ParameterName];
      readonly at: (uniform: number) => number;
      /** The uniform number in [0, 1] that gives a value of the range. */
      readonly uniformOf: (value: number) => number;
    };

const DISTRIBUTIONS = ['uniform', 'log_uniform_values', 'int_uniform', 'q_uniform'] as const;
type Distribution = (typeof DISTRIBUTIONS)[number];
const ENTRY_KEYS = ['value', 'values', 'distribution', 'min', 'max', 'q'] as const;

/** More values than this in one list are a range written out. */
const LIST_MAX = 10_000;

/** How many values an axis takes; null for a continuous one. */
export function sizeOf(axis: Axis): bigint | null {
  switch (axis.kind) {
    case 'list':
      return BigInt(axis.rows.length);
    case 'steps':
      return BigInt(axis.size);
    case 'real':
      return null;
  }
}

/**
 * What an axis sets at a coordinate: an index for lists and steps, the value itself for continuous axes.
 */
export function assignmentAt(axis: Axis, coordinate: number): Assignment {
  switch (axis.kind) {
    case 'list':
      return axis.rows[coordinate] ?? {};
    case 'steps':
      return { [axis.names[0]]: axis.at(coordinate) };
    case 'real':
      return { [axis.names[0]]: coordinate };
  }
}

/** Coordinate of a uniform number in [0, 1). */
export function coordinateOf(axis: Axis, uniform: number): number {
  switch (axis.kind) {
    case 'list':
      return Math.min(axis.rows.length - 1, Math.floor(uniform * axis.rows.length));
    case 'steps':
      return Math.min(axis.size - 1, Math.floor(uniform * axis.size));
    case 'real':
      return axis.at(uniform);
  }
}

/** Joins lists that walk together. @param lists equally long, of one parameter each. */
export function zipAxes(lists: readonly Extract<Axis, { kind: 'list' }>[]): Axis {
  const length = lists[0]?.rows.length ?? 0;
  return {
    kind: 'list',
    names: lists.flatMap((list) => list.names),
    rows: Array.from({ length }, (_, i) => Object.assign({}, ...lists.map((list) => list.rows[i])) as Assignment),
  };
}

/**
 * Reads one entry under `parameters`: `{ value }`, `{ values }` or a range.
 * @param mayRepeat lists of a zip may hold a value twice; their rows may not.
 */
export function readAxis(
  entry: { readonly name: ParameterName; readonly raw: unknown; readonly path: string; readonly mayRepeat: boolean },
  problems: ProblemList,
): Axis | null {
  const { name, raw, path } = entry;
  const kind = kindOf(name);
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    const form = Array.isArray(raw)
      ? `{ values: [...] }`
      : `{ value: ${typeof raw === 'string' ? raw.slice(0, 40) : String(raw)} }`;
    problems.add(path, `must be a group of keys, not ${shown(raw)}: write ${name}: ${form}`);
    return null;
  }
  const record = raw as Readonly<Record<string, unknown>>;
  let readable = true;
  for (const key of Object.keys(record))
    if (!(ENTRY_KEYS as readonly string[]).includes(key)) {
      problems.add(pathTo(path, key), `unknown key; did you mean ${nearestName(key, ENTRY_KEYS)}?`);
      readable = false;
    }
  const forms = (['value', 'values'] as const).filter((key) => Object.hasOwn(record, key));
  const isRange = ['distribution', 'min', 'max', 'q'].some((key) => Object.hasOwn(record, key));
  if (forms.length + (isRange ? 1 : 0) !== 1) {
    if (readable || forms.length > 0)
      problems.add(path, 'must have one of value, values, or min and max: keep the one that is meant');
    return null;
  }
  if (!readable) return null;
  if (forms[0] === 'value') return readConstant(name, record.value, pathTo(path, 'value'), problems);
  if (forms[0] === 'values') return readList(entry, record.values, problems);
  return readRange({ name, kind, record, path }, problems);
}

function readConstant(name: ParameterName, raw: unknown, path: string, problems: ProblemList): Axis | null {
  const read = readValue(name, raw);
  if ('problem' in read) {
    problems.add(path, Array.isArray(raw) ? `holds a list: write values: [...] for several` : read.problem);
    return null;
  }
  return { kind: 'list', names: [name], rows: [{ [name]: read.value }] };
}

function readList(
  entry: { readonly name: ParameterName; readonly path: string; readonly mayRepeat: boolean },
  raw: unknown,
  problems: ProblemList,
): Axis | null {
  const { name } = entry;
  const path = pathTo(entry.path, 'values');
  if (!Array.isArray(raw)) {
    problems.add(path, `must be a list, not ${shown(raw)}: write values: [...], or value for a constant`);
    return null;
  }
  if (raw.length === 0) {
    problems.add(path, `is empty: list at least one value, or take ${name} out for its default`);
    return null;
  }
  if (raw.length > LIST_MAX) {
    problems.add(path, `has ${raw.length} values, and at most ${LIST_MAX} may be listed: use a range`);
    return null;
  }
  const seen = new Map<FieldValue, number>();
  const rows: Assignment[] = [];
  raw.forEach((item: unknown, i) => {
    const read = readValue(name, item);
    if ('problem' in read) {
      problems.add(pathTo(path, i), read.problem);
      return;
    }
    const first = seen.get(read.value);
    if (first !== undefined && !entry.mayRepeat)
      problems.add(pathTo(path, i), `${read.value} stands at position ${first} already: take one out`);
    seen.set(read.value, first ?? i);
    rows.push({ [name]: read.value });
  });
  return rows.length === raw.length ? { kind: 'list', names: [name], rows } : null;
}

interface RangeEntry {
  readonly name: ParameterName;
  readonly kind: FieldKind;
  readonly record: Readonly<Record<string, unknown>>;
  readonly path: string;
}

function readRange({ name, kind, record, path }: RangeEntry, problems: ProblemList): Axis | null {
  if (kind.type === 'choice' || kind.type === 'ratio') {
    problems.add(path, `${name} has no range, it is ${expectationOf(kind)}: write values: [...]`);
    return null;
  }
  const distribution = readDistribution(kind, record.distribution, pathTo(path, 'distribution'), problems);
  const [min, max] = (['min', 'max'] as const).map((key) => {
    const read = Object.hasOwn(record, key)
      ? readValue(name, record[key])
      : { problem: 'is missing: a range needs min and max' };
    if ('value' in read) return Number(read.value);
    problems.add(pathTo(path, key), read.problem);
    return null;
  });
  if (typeof min === 'number' && typeof max === 'number' && min >= max) {
    const mend = min === max ? `write value: ${min}` : 'swap them';
    problems.add(path, `min ${min} is ${min === max ? 'equal to' : 'above'} max ${max}: ${mend}`);
    return null;
  }
  const q = readStep(distribution, kind, record, path, problems);
  if (distribution === null || min === undefined || min === null || max === undefined || max === null || q === null)
    return null;
  switch (distribution) {
    case 'uniform':
      return {
        kind: 'real',
        names: [name],
        at: (uniform) => clamp(min + uniform * (max - min), min, max),
        uniformOf: (value) => clamp((value - min) / (max - min), 0, 1),
      };
    case 'log_uniform_values': {
      if (min <= 0) {
        problems.add(pathTo(path, 'min'), `a log range can't touch ${min}: start above 0, or use uniform`);
        return null;
      }
      const [low, high] = [Math.log(min), Math.log(max)];
      return {
        kind: 'real',
        names: [name],
        at: (uniform) => clamp(Math.exp(low + uniform * (high - low)), min, max),
        uniformOf: (value) => clamp((Math.log(value) - low) / (high - low), 0, 1),
      };
    }
    case 'int_uniform':
    case 'q_uniform': {
      const steps = decimalSteps({ min, max, q });
      if (steps.count > BigInt(Number.MAX_SAFE_INTEGER)) {
        problems.add(pathTo(path, 'q'), `makes ${steps.count} values: take a larger q, or uniform`);
        return null;
      }
      return { kind: 'steps', names: [name], size: Number(steps.count), at: steps.at, indexOf: steps.indexOf };
    }
  }
}

function readDistribution(
  kind: Extract<FieldKind, { min: number }>,
  raw: unknown,
  path: string,
  problems: ProblemList,
): Distribution | null {
  if (raw === undefined) return kind.type === 'integer' ? 'int_uniform' : 'uniform';
  if (raw === 'log_uniform') {
    problems.add(path, 'log_uniform takes exponents in W&B: write log_uniform_values with min and max as values');
    return null;
  }
  const known = DISTRIBUTIONS.find((name) => name === raw);
  if (known === undefined) {
    const hint = typeof raw === 'string' ? `; did you mean ${nearestName(raw, DISTRIBUTIONS)}?` : '';
    problems.add(path, `must be one of ${DISTRIBUTIONS.join(', ')}, not ${shown(raw)}${hint}`);
    return null;
  }
  if (kind.type === 'integer' && (known === 'uniform' || known === 'log_uniform_values')) {
    problems.add(
      path,
      `${known} gives fractions, and this parameter is ${expectationOf(kind)}: use int_uniform, q_uniform or values`,
    );
    return null;
  }
  return known;
}

/** Distance of the values of a stepped range; 1 where the distribution has none. Null when it can't be read. */
function readStep(
  distribution: Distribution | null,
  kind: FieldKind,
  record: Readonly<Record<string, unknown>>,
  path: string,
  problems: ProblemList,
): number | null {
  const at = pathTo(path, 'q');
  if (distribution === null) return null;
  if (distribution !== 'q_uniform') {
    if (!Object.hasOwn(record, 'q')) {
      if (distribution !== 'int_uniform' || kind.type === 'integer') return 1;
      const fraction = ['min', 'max'].find((key) => !Number.isInteger(record[key]));
      if (fraction === undefined || typeof record[fraction] !== 'number') return 1;
      problems.add(pathTo(path, fraction), 'int_uniform needs whole numbers: round it, or use q_uniform');
      return null;
    }
    problems.add(at, 'goes with distribution: q_uniform only: add that, or take q out');
    return null;
  }
  const q = record.q;
  if (typeof q !== 'number' || !(q > 0) || (kind.type === 'integer' && !Number.isInteger(q))) {
    problems.add(at, `q_uniform needs q, ${kind.type === 'integer' ? 'a whole' : 'a'} number above 0, not ${shown(q)}`);
    return null;
  }
  return q;
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}
