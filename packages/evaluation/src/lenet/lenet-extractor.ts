import type { ImageSamples } from '@gansweep/domain';
import { type Executor, traceProgram } from '@gansweep/program';
import { featureMatrix } from '../metrics/feature-matrix.ts';
import type { FeatureExtractor } from '../protocols/feature-extractor.ts';
import { LENET_CLASSES, LENET_FEATURES, LENET_INPUT, lenetForward, lenetState } from './lenet-network.ts';
import { LENET_SHA256, type LenetWeights, readLenetWeights } from './lenet-weights.ts';

/** The classifier on an executor. */
export interface Lenet extends FeatureExtractor, AsyncDisposable {
  /** Digit 0…9 of each image. */
  classify(images: ImageSamples): Promise<Uint8Array>;
}

const BATCH = 250;
const { height, width, channels } = LENET_INPUT;
const IMAGE_BYTES = height * width * channels;

/**
 * Loads the classifier for digits. Its 64 penultimate features (after the activation) are what `…-lenet` scores see.
 * @param weights those of the repository unless a test or the training brings its own.
 */
export async function openLenet(executor: Executor, weights?: LenetWeights): Promise<Lenet> {
  const program = traceProgram((tracer) => {
    const images = tracer.input('images', [BATCH, height, width, channels], { dtype: 'uint8' });
    return { outputs: { ...lenetForward(images, lenetState(tracer)) } };
  });
  const trained = weights ?? (await readLenetWeights());
  const loaded = await executor.load(program);
  await loaded.writeState(trained);
  const forward = async (
    images: ImageSamples,
    output: 'features' | 'logits',
    columns: number,
  ): Promise<Float32Array> => {
    if (images.height !== height || images.width !== width || images.channels !== channels)
      throw new RangeError(
        `the classifier sees ${height}×${width}×${channels}, not ${images.height}×${images.width}×${images.channels}`,
      );
    const out = new Float32Array(images.count * columns);
    const batch = new Uint8Array(BATCH * IMAGE_BYTES);
    for (let first = 0; first < images.count; first += BATCH) {
      const count = Math.min(BATCH, images.count - first);
      // The last batch is filled up with what the one before left; those rows are dropped.
      batch.set(images.data.subarray(first * IMAGE_BYTES, (first + count) * IMAGE_BYTES));
      const result = (await loaded.run({ images: batch }, 1))[output];
      if (result === undefined) throw new Error(`the classifier gave no ${output}`);
      out.set(result.subarray(0, count * columns), first * columns);
    }
    return out;
  };
  return {
    facts: { id: 'lenet', version: 1, weights: LENET_SHA256, layer: 'features', dimension: LENET_FEATURES },
    preprocessing: {
      size: `${height}×${width}×${channels}`,
      resize: 'none',
      range: '[0, 1]',
      channels: 'as they are',
      quantised: 'uint8',
    },
    features: async (images) => featureMatrix(await forward(images, 'features', LENET_FEATURES), LENET_FEATURES),
    classify: async (images) => {
      const logits = await forward(images, 'logits', LENET_CLASSES);
      return Uint8Array.from({ length: images.count }, (_, i) => {
        const row = logits.subarray(i * LENET_CLASSES, (i + 1) * LENET_CLASSES);
        return row.indexOf(Math.max(...row));
      });
    },
    [Symbol.asyncDispose]: () => loaded[Symbol.asyncDispose](),
  };
}
