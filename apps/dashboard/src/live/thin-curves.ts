import type { CurveName } from '@gansweep/domain';
import type { LivePoint } from '@gansweep/gan/browser';

/** Points of a curve that are kept: more than a plot has pixels. */
const KEPT = 1_000;

/** Curves that never grow long: whenever there are twice as many points as are kept, neighbours become their mean. */
export interface ThinCurves {
  add(points: readonly LivePoint[]): void;
  curve(name: CurveName): { readonly images: readonly number[]; readonly values: readonly (number | null)[] };
}

interface Row {
  readonly imagesSeen: number;
  readonly values: LivePoint['values'];
  /** Recorded points that it is the mean of. */
  readonly weight: number;
}

export function thinCurves(): ThinCurves {
  const rows: Row[] = [];
  let weight = 1;
  return {
    add: (points) => {
      for (const point of points) {
        const last = rows.at(-1);
        if (last && last.weight < weight) rows[rows.length - 1] = merged(last, { ...point, weight: 1 });
        else rows.push({ ...point, weight: 1 });
        if (rows.length < 2 * KEPT || (rows.at(-1)?.weight ?? 0) < weight) continue;
        for (let i = 0; i < KEPT; i++) rows[i] = merged(rows[2 * i] as Row, rows[2 * i + 1] as Row);
        rows.length = KEPT;
        weight *= 2;
      }
    },
    curve: (name) => ({
      images: rows.map(({ imagesSeen }) => imagesSeen),
      values: rows.map(({ values }) => values[name] ?? null),
    }),
  };
}

/** The mean of both, where the later one stands. */
function merged(earlier: Row, later: Row): Row {
  const weight = earlier.weight + later.weight;
  const values: Partial<Record<CurveName, number>> = {};
  for (const name of Object.keys(later.values) as CurveName[]) {
    const [before, after] = [earlier.values[name], later.values[name]];
    if (before !== undefined && after !== undefined)
      values[name] = (before * earlier.weight + after * later.weight) / weight;
  }
  return { imagesSeen: later.imagesSeen, values, weight };
}
