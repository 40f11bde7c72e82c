import { createHash } from 'node:crypto';
import { type FeatureMatrix, featureMatrix } from '../src/metrics/feature-matrix.ts';

/** Inputs of the golden tests: a generator simple enough to be written the same way in any language. */
export interface ReferenceGenerator {
  /** mulberry32, in [0, 1). */
  uniform(): number;
  /** Box–Muller: u1 = 1 − u, u2 = u, r = √(−2 ln u1); gives r·cos 2πu2, then r·sin 2πu2. */
  normal(): number;
}

export function referenceGenerator(seed: number): ReferenceGenerator {
  let state = seed | 0;
  let spare: number | null = null;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    uniform,
    normal: () => {
      if (spare !== null) {
        const value = spare;
        spare = null;
        return value;
      }
      const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
      const angle = 2 * Math.PI * uniform();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    },
  };
}

/** Rounds to six decimals, halves upwards. */
const sixDecimals = (value: number): number => Math.floor(value * 1e6 + 0.5) / 1e6;

export function gauss(seed: number, rows: number, columns: number): FeatureMatrix {
  const { normal } = referenceGenerator(seed);
  return featureMatrix(
    Array.from({ length: rows * columns }, () => sixDecimals(normal())),
    columns,
  );
}

/** Applies a function to every value and rounds; the function sees the column. */
export function mapped(matrix: FeatureMatrix, change: (value: number, column: number) => number): FeatureMatrix {
  return featureMatrix(
    Array.from(matrix.data, (value, i) => sixDecimals(change(value, i % matrix.columns))),
    matrix.columns,
  );
}

/** Correlates the columns: x_j = (1 + 0.1 j)·z_j + a·z_{j−1}. */
export function mixed(matrix: FeatureMatrix, a: number): FeatureMatrix {
  const { columns, data } = matrix;
  return featureMatrix(
    Array.from(data, (z, i) => {
      const j = i % columns;
      return sixDecimals((1 + 0.1 * j) * z + (j === 0 ? 0 : a * (data[i - 1] ?? 0)));
    }),
    columns,
  );
}

/** Points around modes: sample i belongs to mode `pick(i)`. */
export function drawAround(options: {
  seed: number;
  count: number;
  centres: readonly (readonly [number, number])[];
  sigma: number;
  pick: (i: number) => number;
}): FeatureMatrix {
  const { normal } = referenceGenerator(options.seed);
  const values: number[] = [];
  for (let i = 0; i < options.count; i++) {
    const centre = options.centres[options.pick(i)] ?? [Number.NaN, Number.NaN];
    for (const coordinate of centre) values.push(sixDecimals(coordinate + options.sigma * normal()));
  }
  return featureMatrix(values, 2);
}

/** SHA-256 of the rows as text: six decimals, commas, line feeds between rows. */
export function textHash({ rows, columns, data }: FeatureMatrix): string {
  const lines = Array.from({ length: rows }, (_, i) =>
    Array.from(data.subarray(i * columns, (i + 1) * columns), (value) => value.toFixed(6)).join(','),
  );
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}
