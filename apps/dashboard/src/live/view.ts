import { lawBox, type PlaneLaw } from '@gansweep/domain';

/** Room around the law's box, as a share of its width, so that points that stray are seen. */
const MARGIN = 0.1;

/** Points of D's field along each side of the view. */
export const FIELD_SIDE = 48;

/** The square of the plane that is drawn. */
export interface View {
  readonly low: number;
  readonly high: number;
}

export function viewOf(law: PlaneLaw): View {
  const { low, high } = lawBox(law);
  const margin = (high - low) * MARGIN;
  return { low: low - margin, high: high + margin };
}

/** Centres of the field's cells, `[FIELD_SIDE², 2]`, row by row from the lower left. */
export function fieldPoints(law: PlaneLaw): Float32Array {
  const { low, high } = viewOf(law);
  const at = (cell: number): number => low + ((cell + 0.5) / FIELD_SIDE) * (high - low);
  const points = new Float32Array(2 * FIELD_SIDE * FIELD_SIDE);
  for (let row = 0, i = 0; row < FIELD_SIDE; row++)
    for (let column = 0; column < FIELD_SIDE; column++, i += 2) points.set([at(column), at(row)], i);
  return points;
}
