import { type ImageSamples, randomStream, STREAMS } from '@gansweep/domain';
import {
  add,
  cast,
  conv2d,
  type Executor,
  leakyRelu,
  mean,
  mul,
  reshape,
  traceProgram,
  transpose,
} from '@gansweep/program';
import type { FeatureExtractor } from './feature-extractor.ts';
import { inBatches } from './in-batches.ts';
import { type Tensor, tensorsHash } from './tensors-hash.ts';

const BATCH = 100;
const WIDTHS = [32, 64, 32] as const;
const KERNEL = 4;
const SLOPE = 0.2;
/** The last layer is averaged over quarters of the image, so that features know roughly where they are. */
const QUARTERS = 2;
const DIMENSION = WIDTHS[2] * QUARTERS * QUARTERS;
const WEIGHTS_SEED = 1;
/** Sides of the images must be divisible by this: three halvings and the quarters. */
const SIDE_UNIT = 2 ** WIDTHS.length * QUARTERS;

/**
 * Three convolutions of random weights that never learn (4×4, stride 2, He's variance, leaky ReLU), averaged over the
 * quarters of the image: an opinion that no pre-training biases.
 * @see Saxe et al. (2011), "On random weights and unsupervised feature learning"; He et al. (2015), arXiv:1502.01852.
 */
export async function openRandomConvolution(
  executor: Executor,
  { height, width, channels }: Pick<ImageSamples, 'height' | 'width' | 'channels'>,
): Promise<FeatureExtractor> {
  if (height % SIDE_UNIT !== 0 || width % SIDE_UNIT !== 0)
    throw new RangeError(
      `the extractor 'random' sees sides that are multiples of ${SIDE_UNIT}, not ${height}×${width}`,
    );
  const weights = randomKernels(channels);
  const programOf = (dtype: 'uint8' | 'float32') =>
    traceProgram((tracer) => {
      const images = tracer.input('images', [BATCH, height, width, channels], { dtype });
      let x = add(mul(transpose(cast(images), [0, 3, 1, 2]), 2 / 255), -1);
      for (const { name, shape } of weights)
        x = leakyRelu(conv2d(x, tracer.state(name, shape), { stride: 2, padding: 1 }), SLOPE);
      const [, depth = 0, rows = 0, columns = 0] = x.shape;
      const quarters = reshape(x, [BATCH, depth, QUARTERS, rows / QUARTERS, QUARTERS, columns / QUARTERS]);
      return { outputs: { features: reshape(mean(quarters, [3, 5]), [BATCH, DIMENSION]) } };
    });
  const load = async (dtype: 'uint8' | 'float32') => {
    const loaded = await executor.load(programOf(dtype));
    await loaded.writeState(Object.fromEntries(weights.map(({ name, values }) => [name, values])));
    return loaded;
  };
  const loaded = await load('uint8');
  let smooth: ReturnType<typeof load> | null = null;
  const checked = <Images extends Pick<ImageSamples, 'height' | 'width' | 'channels'>>(images: Images): Images => {
    if (images.height !== height || images.width !== width || images.channels !== channels)
      throw new RangeError(
        `the extractor was opened for ${height}×${width}×${channels}, not ${images.height}×${images.width}×${images.channels}`,
      );
    return images;
  };
  return {
    facts: {
      id: 'random',
      version: 1,
      weights: tensorsHash(weights),
      layer: 'conv3 by quarters',
      dimension: DIMENSION,
    },
    preprocessing: {
      size: `${height}×${width}×${channels}`,
      resize: 'none',
      range: '[−1, 1]',
      channels: 'as they are',
      quantised: 'uint8',
    },
    features: async (images) =>
      inBatches(loaded, { images: checked(images), batch: BATCH, output: 'features', columns: DIMENSION }),
    smoothFeatures: async (images) => {
      smooth ??= load('float32');
      return inBatches(await smooth, { images: checked(images), batch: BATCH, output: 'features', columns: DIMENSION });
    },
    [Symbol.asyncDispose]: async () => {
      await loaded[Symbol.asyncDispose]();
      await (await smooth)?.[Symbol.asyncDispose]();
    },
  };
}

/** Kernels `[out, in, 4, 4]` of standard deviation √(2/((1 + slope²)·in·16)); the same on every machine. */
function randomKernels(channels: number): readonly Tensor[] {
  const random = randomStream(WEIGHTS_SEED, STREAMS.extractorWeights);
  return WIDTHS.map((width, layer) => {
    const from = WIDTHS[layer - 1] ?? channels;
    const values = new Float32Array(width * from * KERNEL * KERNEL);
    random.normals(layer, values);
    const deviation = Math.sqrt(2 / ((1 + SLOPE * SLOPE) * from * KERNEL * KERNEL));
    return {
      name: `conv${layer + 1}.kernel`,
      shape: [width, from, KERNEL, KERNEL],
      values: values.map((value) => value * deviation),
    };
  });
}
