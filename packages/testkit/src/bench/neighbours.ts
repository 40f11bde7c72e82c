import { randomStream } from '@gansweep/domain';
import { type FeatureMatrix, featureMatrix, neighbourhoods, neighbourScores } from '@gansweep/evaluation';
import type { NeighbourCase } from './cases.ts';
import type { NeighbourFigures } from './result.ts';

const SEED = 1;
const STREAM = 1;

/** Both sides are drawn from N(0, I), so the scores are those of one law against itself. */
export function measureNeighbours(
  { columns, k }: Pick<NeighbourCase, 'columns' | 'k'>,
  rows: number,
): NeighbourFigures {
  const [real, fake] = [normal(0, rows, columns), normal(1, rows, columns)];
  const start = performance.now();
  const scores = neighbourScores({
    real: neighbourhoods(real, k),
    fake: neighbourhoods(fake, k),
    manifoldK: k,
    coverageK: k,
  });
  return { rows, ...scores, seconds: (performance.now() - start) / 1_000 };
}

function normal(draw: number, rows: number, columns: number): FeatureMatrix {
  const values = new Float64Array(rows * columns);
  randomStream(SEED, STREAM).normals(draw, values);
  return featureMatrix(values, columns);
}
