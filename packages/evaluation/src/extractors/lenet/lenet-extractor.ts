import type { ImageSamples } from '@gansweep/domain';
import { type Executor, traceProgram } from '@gansweep/program';
import { type FeatureMatrix, largestOfRows } from '../../metrics/feature-matrix.ts';
import type { FeatureExtractor } from '../feature-extractor.ts';
import { inBatches } from '../in-batches.ts';
import { LENET_CLASSES, LENET_FEATURES, LENET_INPUT, lenetForward, lenetState } from './lenet-network.ts';
import { LENET_SHA256, type LenetWeights, readLenetWeights } from './lenet-weights.ts';

/** The classifier on an executor. */
export interface Lenet extends FeatureExtractor {
  readonly logits: (images: ImageSamples) => Promise<FeatureMatrix>;
  /** Digit 0…9 of each image. */
  classify(images: ImageSamples): Promise<Uint8Array>;
}

const BATCH = 250;
const { height, width, channels } = LENET_INPUT;

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
  const forward = (images: ImageSamples, output: 'features' | 'logits', columns: number): Promise<FeatureMatrix> => {
    if (images.height !== height || images.width !== width || images.channels !== channels)
      throw new RangeError(
        `the classifier sees ${height}×${width}×${channels}, not ${images.height}×${images.width}×${images.channels}`,
      );
    return inBatches(loaded, { images, batch: BATCH, output, columns });
  };
  const logits = (images: ImageSamples): Promise<FeatureMatrix> => forward(images, 'logits', LENET_CLASSES);
  return {
    facts: { id: 'lenet', version: 1, weights: LENET_SHA256, layer: 'features', dimension: LENET_FEATURES },
    preprocessing: {
      size: `${height}×${width}×${channels}`,
      resize: 'none',
      range: '[0, 1]',
      channels: 'as they are',
      quantised: 'uint8',
    },
    features: async (images) => forward(images, 'features', LENET_FEATURES),
    logits,
    classify: async (images) => largestOfRows(await logits(images)),
    [Symbol.asyncDispose]: () => loaded[Symbol.asyncDispose](),
  };
}
