import { type Configuration, type RandomStream, type Samples, STREAMS } from '@gansweep/domain';
import { type Executor, fastRandomStream, type LoadedProgram, type Program, traceProgram } from '@gansweep/program';
import { CheckpointError, decodeCheckpoint, encodeCheckpoint } from './checkpoint.ts';
import type { SampleShape } from './networks/network.ts';
import { networksOf } from './networks/networks-of.ts';
import { fillNoise } from './noise.ts';
import { totalSize, unflatten } from './parameters.ts';
import { programOf } from './program-library.ts';

/** Samples of one call of the program: also the unit of the noise, so a sample never depends on how many are asked for. */
const CHUNK = 100;

/** A generator at one moment of its training. */
export interface Generator {
  /**
   * Samples by the running statistics: uint8 images or points. Sample i depends on the seed and i alone.
   * @param start number of the first sample, a multiple of 100; for streaming many in parts.
   */
  draw(options: {
    readonly count: number;
    readonly seed: number;
    readonly start?: number;
    readonly stream?: number;
  }): Promise<Samples>;
  /** The generator-only checkpoint. */
  bytes(): Promise<Uint8Array>;
}

/** The generator as a program: states `pG` (and `sG`), input `noise` `[chunk, nz]`, output `samples`. */
function generatorProgram(configuration: Configuration, shape: SampleShape): Program {
  const { generator } = networksOf(configuration, shape);
  return traceProgram((tracer) => {
    const parameters = tracer.state('pG', [totalSize(generator.parameters)]);
    const statistics = generator.statistics.length > 0 ? tracer.state('sG', [totalSize(generator.statistics)]) : null;
    const { output } = generator.apply({
      input: tracer.input('noise', [CHUNK, configuration.nz]),
      parameters: unflatten(parameters, generator.parameters),
      statistics: statistics ? unflatten(statistics, generator.statistics) : new Map(),
      mode: 'sample',
      probe: () => {},
    });
    return { outputs: { samples: output } };
  });
}

/** A loaded program that draws from whatever G it is given; one per training. */
export interface GeneratorRunner extends AsyncDisposable {
  use(
    tensors: Readonly<Record<string, Float32Array>>,
    facts: { readonly seed: number; readonly imagesSeen: number },
  ): Generator;
}

export async function loadGenerator(
  configuration: Configuration,
  shape: SampleShape,
  executor: Executor,
): Promise<GeneratorRunner> {
  const program = programOf('generator', executor, { configuration, shape }, () =>
    generatorProgram(configuration, shape),
  );
  const loaded = await executor.load(program);
  return {
    use: (tensors, { seed, imagesSeen }) => {
      const own = generatorTensors(tensors);
      return {
        draw: ({ count, seed: noiseSeed, start = 0, stream = STREAMS.evaluationNoise }) =>
          drawSamples(loaded, {
            tensors: own,
            configuration,
            shape,
            count,
            start,
            random: fastRandomStream(noiseSeed, stream),
          }),
        bytes: async () =>
          encodeCheckpoint({ kind: 'generator', format: 1, configuration, seed, shape, imagesSeen, tensors: own }),
      };
    },
    [Symbol.asyncDispose]: () => loaded[Symbol.asyncDispose](),
  };
}

/**
 * Opens a generator from the bytes of either kind of checkpoint; the caller disposes of it.
 * @throws CheckpointError when the bytes are damaged.
 */
export async function openGenerator(
  bytes: Uint8Array,
  executor: Executor,
): Promise<Generator & AsyncDisposable & { readonly configuration: Configuration; readonly imagesSeen: number }> {
  const { configuration, shape, seed, imagesSeen, tensors } = decodeCheckpoint(bytes);
  const runner = await loadGenerator(configuration, shape, executor);
  return {
    ...runner.use(tensors, { seed, imagesSeen }),
    configuration,
    imagesSeen,
    [Symbol.asyncDispose]: () => runner[Symbol.asyncDispose](),
  };
}

function generatorTensors(tensors: Readonly<Record<string, Float32Array>>): Record<string, Float32Array> {
  const { pG, sG } = tensors;
  if (!pG) throw new CheckpointError('the checkpoint holds no generator');
  return sG ? { pG, sG } : { pG };
}

async function drawSamples(
  loaded: LoadedProgram,
  request: {
    readonly tensors: Readonly<Record<string, Float32Array>>;
    readonly configuration: Configuration;
    readonly shape: SampleShape;
    readonly count: number;
    readonly start: number;
    readonly random: RandomStream;
  },
): Promise<Samples> {
  const { configuration, shape, count, start, random } = request;
  if (start % CHUNK !== 0) throw new RangeError(`samples are drawn from multiples of ${CHUNK}, not from ${start}`);
  await loaded.writeState(request.tensors);
  const noise = new Float32Array(CHUNK * configuration.nz);
  const each = shape.kind === 'plane' ? 2 : shape.height * shape.width * shape.channels;
  const points = new Float32Array(shape.kind === 'plane' ? count * 2 : 0);
  const images = new Uint8Array(shape.kind === 'images' ? count * each : 0);
  for (let first = 0; first < count; first += CHUNK) {
    fillNoise(noise, random, (start + first) / CHUNK, configuration);
    const { samples } = (await loaded.run({ noise }, 1)) as { samples: Float32Array };
    const taken = Math.min(CHUNK, count - first);
    if (shape.kind === 'plane') points.set(samples.subarray(0, taken * 2), first * 2);
    else copyImages(samples, images.subarray(first * each, (first + taken) * each), shape);
  }
  if (shape.kind === 'plane') return { kind: 'points', count, data: points };
  return { kind: 'images', count, height: shape.height, width: shape.width, channels: shape.channels, data: images };
}

/** `[n, channels, height, width]` in [−1, 1] → `[n, height, width, channels]` in 0…255, rounded. */
function copyImages(
  samples: Float32Array,
  out: Uint8Array,
  { height, width, channels }: { readonly height: number; readonly width: number; readonly channels: number },
): void {
  const pixels = height * width;
  for (let i = 0; i < out.length; i++) {
    const image = Math.floor(i / (pixels * channels));
    const pixel = Math.floor(i / channels) % pixels;
    const channel = i % channels;
    const value = ((samples[(image * channels + channel) * pixels + pixel] as number) + 1) * 127.5;
    out[i] = Math.min(Math.max(Math.round(value), 0), 255);
  }
}
