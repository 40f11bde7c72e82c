/**
 * Trains the classifier of the `…-lenet` scores anew and writes its weights file. New weights are a new extractor:
 * raise its version, put the printed sha256 into src/extractors/lenet/lenet-weights.ts, and say so in the changelog.
 *
 *     node --import tsx packages/evaluation/bin/train-lenet.mjs [file]
 */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { loadMnist } from '@gansweep/datasets';
import { onnxExecutor } from '@gansweep/program';
import { openLenet } from '../src/extractors/lenet/lenet-extractor.ts';
import { encodeLenetWeights } from '../src/extractors/lenet/lenet-weights.ts';
import { trainLenet } from '../src/extractors/lenet/train-lenet.ts';

const file = process.argv[2] ?? new URL('../src/extractors/lenet/lenet-v1.bin', import.meta.url);
const settings = { seed: 1, epochs: 14, batch: 128, lr: 2e-3, shift: 2 };
const executor = await onnxExecutor({ threads: 1 });
const images = await loadMnist('train');
const start = performance.now();
const seconds = () => ((performance.now() - start) / 1000).toFixed(1);
const weights = await trainLenet({
  ...settings,
  images,
  executor,
  onEpoch: (epoch, loss) => console.log(`epoch ${epoch}: loss ${loss.toFixed(4)} after ${seconds()} s`),
});
const bytes = encodeLenetWeights(weights, settings);
await writeFile(file, bytes);

const test = await loadMnist('test');
const data = new Uint8Array(test.count * test.height * test.width);
test.copy(
  Uint32Array.from({ length: test.count }, (_, i) => i),
  data,
);
const lenet = await openLenet(executor, weights);
const found = await lenet.classify({ ...test, kind: 'images', data });
await lenet[Symbol.asyncDispose]();
const right = found.filter((digit, i) => digit === test.labels[i]).length;
console.log(`test accuracy ${(right / test.count).toFixed(4)}, ${bytes.length} bytes`);
console.log(`sha256 ${createHash('sha256').update(bytes).digest('hex')}`);
