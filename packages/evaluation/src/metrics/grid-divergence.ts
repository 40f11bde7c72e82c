import type { LawBox } from '@gansweep/domain';
import { jensenShannon, kullbackLeibler } from './divergences.ts';
import type { FeatureMatrix } from './feature-matrix.ts';

/**
 * Shares of points in the cells of a square grid over the box, and in one more cell for everything outside.
 * @param points `[n, 2]`. @returns `[cellsPerSide² + 1]`, sums to 1; the last cell is the outside.
 */
export function gridShares(options: { points: FeatureMatrix; box: LawBox; cellsPerSide: number }): Float64Array {
  const { points, box, cellsPerSide } = options;
  const outside = cellsPerSide * cellsPerSide;
  const counts = new Float64Array(outside + 1);
  const scale = cellsPerSide / (box.high - box.low);
  for (let i = 0; i < points.rows; i++) {
    const column = Math.floor(((points.data[2 * i] as number) - box.low) * scale);
    const row = Math.floor(((points.data[2 * i + 1] as number) - box.low) * scale);
    const within = column >= 0 && column < cellsPerSide && row >= 0 && row < cellsPerSide;
    const cell = within ? row * cellsPerSide + column : outside;
    counts[cell] = (counts[cell] as number) + 1;
  }
  return counts.map((count) => count / points.rows);
}

/**
 * KL(real ‖ fake) and Jensen–Shannon divergence of two point sets on a grid, in nats. `floor` is added to the share of
 * every cell, then the shares are renormalised, so empty cells are finite and both sides still sum to 1.
 */
export function gridDivergence(options: {
  readonly real: FeatureMatrix;
  readonly fake: FeatureMatrix;
  readonly box: LawBox;
  readonly cellsPerSide: number;
  readonly floor: number;
}): { readonly kl: number; readonly js: number } {
  const { box, cellsPerSide, floor } = options;
  const smooth = (points: FeatureMatrix): Float64Array => {
    const shares = gridShares({ points, box, cellsPerSide });
    return shares.map((share) => (share + floor) / (1 + floor * shares.length));
  };
  const [p, q] = [smooth(options.real), smooth(options.fake)];
  return { kl: kullbackLeibler(p, q), js: jensenShannon(p, q) };
}
