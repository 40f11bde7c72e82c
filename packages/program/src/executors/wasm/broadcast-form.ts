import { type Shape, sizeOf } from '../../shape.ts';

/** How an operand repeats over a larger shape, seen as a matrix `[rows, columns]`. */
export type Form =
  | { readonly kind: 'whole' }
  | { readonly kind: 'scalar' }
  /** One row for all rows. */
  | { readonly kind: 'row'; readonly columns: number }
  /** One element a row. */
  | { readonly kind: 'column'; readonly columns: number };

/** The form of `operand` in `shape`, or null where it repeats along axes on both sides of one that it has. */
export function formOf(operand: Shape, shape: Shape): Form | null {
  if (sizeOf(operand) === sizeOf(shape)) return { kind: 'whole' };
  if (sizeOf(operand) === 1) return { kind: 'scalar' };
  const own = [...Array.from({ length: shape.length - operand.length }, () => 1), ...operand];
  // Axes of length 1 in the shape have no say.
  const repeated = shape.flatMap((length, axis) => (length === 1 ? [] : [{ length, repeats: own[axis] === 1 }]));
  const changes = repeated.filter(({ repeats }, i) => i > 0 && repeats !== repeated[i - 1]?.repeats).length;
  if (changes !== 1) return null;
  const last = repeated.at(-1)?.repeats;
  const columns = repeated.filter(({ repeats }) => repeats === last).reduce((n, { length }) => n * length, 1);
  return { kind: last ? 'column' : 'row', columns };
}

/** Whether forms can share one pass: all that have columns have equally many. @returns undefined where they cannot. */
export function columnsOf(forms: readonly (Form | null)[], columns: number | null): number | null | undefined {
  let shared = columns;
  for (const form of forms) {
    if (form === null) return undefined;
    if (form.kind === 'whole' || form.kind === 'scalar') continue;
    if (shared !== null && shared !== form.columns) return undefined;
    shared = form.columns;
  }
  return shared;
}
