import { type Axis, assignmentAt, coordinateOf, sizeOf } from './axes.ts';
import type { FieldValue } from './fields.ts';
import { type Assignment, decides, expand, type ParameterName } from './parameters.ts';
import { inTableOrder, isWhollyExcluded, type SearchSpace } from './search-space.ts';

/** One direction in which the trials of a sweep differ, cut into places that are equally likely. */
export interface Factor {
  /** As the spec writes it: a parameter, a shorthand, or the members of a zip joined by `+`. */
  readonly name: string;
  readonly levels: readonly FactorLevel[];
  /** Numbers, and not choices. */
  readonly isOrdered: boolean;
}

interface FactorLevel {
  /** The listed value, or the middle of the stretch by probability. */
  readonly value: FieldValue;
  /** What a configuration that has the field has there: a value, or for a stretch the first one and the one after its last. */
  readonly fields: Readonly<Record<string, FieldValue | readonly [number, number]>>;
}

/** Stretches of a range; numbers and choices that are listed have a level each as long as they are no more than `LISTED_MAX`. */
const STRETCHES = 16;
const LISTED_MAX = 32;

/**
 * What varies in a space, in the order of the parameter table: one factor for each axis, so that what walks together
 * (a zip, `lr`, `stepRatio`) is one, and what only some configurations have is one too. Axes that entries of `when`
 * give the same parameters are one with the values of all; ranges that differ between entries count as the first.
 */
export function factorsOf(space: SearchSpace): readonly Factor[] {
  const byName = new Map<string, Axis>();
  const live = space.contexts.filter((context) => !isWhollyExcluded(context));
  for (const axis of [...space.deciding, ...live.flatMap((context) => context.axes)]) {
    const name = axis.names.join('+');
    const known = byName.get(name);
    if (known === undefined) byName.set(name, axis);
    else if (known !== axis && known.kind === 'list' && axis.kind === 'list')
      byName.set(name, { ...known, rows: distinct([...known.rows, ...axis.rows]) });
  }
  return inTableOrder([...byName.values()]).flatMap((axis) => {
    const levels = levelsOf(axis);
    const isOrdered = axis.names.length === 1 && levels.every(({ value }) => typeof value === 'number');
    return levels.length > 1 ? [{ name: axis.names.join('+'), levels, isOrdered }] : [];
  });
}

function levelsOf(axis: Axis): readonly FactorLevel[] {
  if (axis.kind === 'list') {
    const rows = distinct(axis.rows);
    const numbers =
      axis.names.length === 1 && rows.every((row) => typeof row[axis.names[0] as ParameterName] === 'number');
    const sorted = numbers
      ? rows.toSorted((a, b) => Number(a[axis.names[0] as ParameterName]) - Number(b[axis.names[0] as ParameterName]))
      : rows;
    return numbers && sorted.length > LISTED_MAX
      ? groupsOf(
          axis.names[0] as ParameterName,
          sorted.map((row) => Number(row[axis.names[0] as ParameterName])),
        )
      : sorted.slice(0, LISTED_MAX).map(listedLevel);
  }
  const [name] = axis.names;
  const size = sizeOf(axis);
  if (size !== null && size <= BigInt(LISTED_MAX))
    return Array.from({ length: Number(size) }, (_, k) => listedLevel(assignmentAt(axis, k)));
  const numberAt = (uniform: number): number =>
    Number(assignmentAt(axis, coordinateOf(axis, Math.min(uniform, 1 - 2 ** -53)))[name]);
  return Array.from({ length: STRETCHES }, (_, k) =>
    stretch(name, numberAt((k + 0.5) / STRETCHES), [
      k === 0 ? Number.NEGATIVE_INFINITY : numberAt(k / STRETCHES),
      k === STRETCHES - 1 ? Number.POSITIVE_INFINITY : numberAt((k + 1) / STRETCHES),
    ]),
  );
}

function listedLevel(row: Assignment): FactorLevel {
  const entries = Object.entries(row) as [ParameterName, FieldValue][];
  return {
    value:
      entries.length === 1
        ? (entries[0] as [ParameterName, FieldValue])[1]
        : entries.map(([, value]) => value).join(', '),
    fields: Object.fromEntries(entries.flatMap(([name, value]) => expand(name, value))),
  };
}

function stretch(name: ParameterName, value: number, ends: readonly [number, number]): FactorLevel {
  return { value, fields: Object.fromEntries(decides(name).map((field) => [field, ends])) };
}

/** Neighbouring values of a long list together, about as many in each group. */
function groupsOf(name: ParameterName, values: readonly number[]): readonly FactorLevel[] {
  const startOf = (group: number): number => Math.floor((group * values.length) / STRETCHES);
  return Array.from({ length: STRETCHES }, (_, k) =>
    stretch(name, values[Math.floor((startOf(k) + startOf(k + 1) - 1) / 2)] as number, [
      k === 0 ? Number.NEGATIVE_INFINITY : (values[startOf(k)] as number),
      k === STRETCHES - 1 ? Number.POSITIVE_INFINITY : (values[startOf(k + 1)] as number),
    ]),
  );
}

function distinct(rows: readonly Assignment[]): readonly Assignment[] {
  return [...new Map(rows.map((row) => [JSON.stringify(row), row])).values()];
}
