import type { Configuration } from '@gansweep/domain';
import { type Axis, assignmentAt, sizeOf } from './axes.ts';
import type { FieldValue } from './fields.ts';
import { expand, type ParameterName } from './parameters.ts';
import type { Context, Point, SearchSpace } from './search-space.ts';

/**
 * Where a configuration stands in a space: the inverse of completing a point's assignment. Null where the space does not
 * have it.
 */
export function locatePoint(space: SearchSpace, configuration: Configuration): Point | null {
  const fields = configuration as unknown as Fields;
  for (const context of contextsOf(space, fields)) {
    const coordinates = context.axes.map((axis) => coordinateIn(axis, fields));
    if (coordinates.every((coordinate) => coordinate !== null)) return { context, coordinates };
  }
  return null;
}

type Fields = Readonly<Record<string, FieldValue | undefined>>;

function contextsOf({ deciding, contexts }: SearchSpace, fields: Fields): readonly Context[] {
  let index = 0;
  for (const axis of deciding) {
    const row = coordinateIn(axis, fields);
    if (row === null) return [];
    index = index * axis.rows.length + row;
  }
  const context = contexts[index];
  return context === undefined ? [] : [context];
}

function coordinateIn(axis: Axis, fields: Fields): number | null {
  switch (axis.kind) {
    case 'list': {
      const row = axis.rows.findIndex((_, k) => agrees(axis, k, fields));
      return row === -1 ? null : row;
    }
    case 'steps': {
      const value = numberOf(axis.names[0], fields);
      const k = value === null ? null : axis.indexOf(value);
      return k !== null && k < Number(sizeOf(axis)) ? k : null;
    }
    case 'real':
      return numberOf(axis.names[0], fields);
  }
}

/** True where every field that the values set, and that the configuration has, is what they set. */
function agrees(axis: Axis, coordinate: number, fields: Fields): boolean {
  const values = Object.entries(assignmentAt(axis, coordinate)) as readonly [ParameterName, FieldValue][];
  return values.every(([name, value]) =>
    expand(name, value).every(([field, set]) => fields[field] === undefined || fields[field] === set),
  );
}

/** The number that a parameter has in a configuration; a shorthand is what the first of its fields is. */
function numberOf(name: ParameterName, fields: Fields): number | null {
  for (const [field] of expand(name, 0)) if (typeof fields[field] === 'number') return fields[field];
  return null;
}
