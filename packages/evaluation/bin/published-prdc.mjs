/**
 * Precision, recall, density and coverage of 10,000 against 10,000 samples of N(0, I) in 1,000 dimensions, k = 5, beside
 * the values that clovaai/generative-evaluation-prdc publishes. Some minutes on one core.
 *
 *     node --import tsx packages/evaluation/bin/published-prdc.mjs [samples]
 */
import { randomStream } from '@gansweep/domain';
import { featureMatrix } from '../src/metrics/feature-matrix.ts';
import { neighbourhoods, neighbourScores } from '../src/metrics/neighbour-scores.ts';

const PUBLISHED = { precision: 0.4772, recall: 0.4705, density: 1.0555, coverage: 0.9735 };
const [samples, dimensions, k] = [Number(process.argv[2] ?? 10_000), 1_000, 5];
const start = performance.now();
const sideOf = (seed) => {
  const values = new Float64Array(samples * dimensions);
  randomStream(seed, 0).normals(0, values);
  return neighbourhoods(featureMatrix(values, dimensions), k);
};
const found = neighbourScores({ real: sideOf(1), fake: sideOf(2), manifoldK: k, coverageK: k });
for (const [name, published] of Object.entries(PUBLISHED))
  console.log(`${name.padEnd(10)} ${found[name].toFixed(4)}  published ${published.toFixed(4)}`);
console.log(`${samples} samples a side, ${((performance.now() - start) / 1_000).toFixed(1)} s`);
