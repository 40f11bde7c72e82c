import { type Configuration, type PathEnds, type Samples, STREAMS } from '@gansweep/domain';
import {
  type Executor,
  fastRandomStream,
  type LoadedProgram,
  type Program,
  type Tracer,
  traceProgram,
} from '@gansweep/program/browser';
import { classesOf, declareTable, toldRows } from './conditions.ts';
import { byteOf, unroundedOf } from './image-scale.ts';
import type { Network, SampleShape, StyleDraws } from './networks/network.ts';
import { networksOf } from './networks/networks-of.ts';
import { fillNoise } from './noise.ts';
import { totalSize, unflatten } from './parameters.ts';
import { programOf } from './program-library.ts';

/** The unit of the noise, so that a sample never depends on how many are asked for. */
export const CHUNK = 100;
/** Points are so small that a call for each chunk would cost most. */
const CHUNKS_PER_CALL = { plane: 10, images: 1 } as const satisfies Record<SampleShape['kind'], number>;

/** Samples of one call of a generator's program. */
export const samplesPerCall = ({ kind }: SampleShape): number => CHUNK * CHUNKS_PER_CALL[kind];

export interface SamplesWanted {
  readonly count: number;
  readonly seed: number;
  /** Number of the first sample, a multiple of 100; for streaming many in parts. */
  readonly start?: number;
  readonly stream?: number;
  /** Class of each sample by its number, or image whose vector it is told, for models that are told one; without it they take turns. */
  readonly classOf?: (sample: number) => number;
}

/** Which paths: the same number and seed give the same latent vectors. */
export interface PathsWanted {
  readonly count: number;
  readonly seed: number;
  /** Step of the path's parameter. */
  readonly epsilon: number;
}

/** A loaded generator that draws from whatever weights it is given. */
export interface Sampler extends AsyncDisposable {
  /**
   * Samples by the running statistics: uint8 images or points. Sample i depends on the seed and i alone.
   * @param tensors `pG`, and `sG` where G has statistics; others are left alone.
   */
  draw(tensors: Readonly<Record<string, Float32Array>>, wanted: SamplesWanted): Promise<Samples>;
  /** @see Generator.paths */
  paths(tensors: Readonly<Record<string, Float32Array>>, wanted: PathsWanted): Promise<PathEnds>;
}

export async function loadSampler(
  configuration: Configuration,
  shape: SampleShape,
  executor: Executor,
): Promise<Sampler> {
  const program = programOf('generator', executor, { configuration, shape }, () =>
    generatorProgram(configuration, shape),
  );
  const loaded = await executor.load(program);
  return {
    draw: (given, wanted) => {
      const tensors = Object.fromEntries(program.states.map(({ name }) => [name, tensorOf(given, name)]));
      return drawSamples(loaded, { tensors, configuration, shape, wanted });
    },
    paths: (given, wanted) => {
      const tensors = Object.fromEntries(program.states.map(({ name }) => [name, tensorOf(given, name)]));
      return drawPaths(loaded, { tensors, configuration, shape, wanted });
    },
    [Symbol.asyncDispose]: () => loaded[Symbol.asyncDispose](),
  };
}

function tensorOf(tensors: Readonly<Record<string, Float32Array>>, name: string): Float32Array {
  const tensor = tensors[name];
  if (!tensor) throw new Error(`a generator needs its tensor ${name}`);
  return tensor;
}

/** The generator as a program: states `pG` (and `sG`, and `told` where it is told vectors), input `noise` `[count, nz]`, output `samples`. */
export function generatorProgram(
  configuration: Configuration,
  shape: SampleShape,
  count = samplesPerCall(shape),
): Program {
  const { generator } = networksOf(configuration, shape);
  const classes = classesOf(configuration, shape);
  return traceProgram((tracer) => {
    const parameters = tracer.state('pG', [totalSize(generator.parameters)]);
    const statistics = generator.statistics.length > 0 ? tracer.state('sG', [totalSize(generator.statistics)]) : null;
    const table = declareTable(tracer, configuration, shape);
    const { output } = generator.apply({
      input: tracer.input('noise', [count, configuration.nz]),
      draws: drawsOf(tracer, generator, count),
      ...(classes > 0
        ? { condition: toldRows(tracer.input('classes', [count]), { configuration, shape, table }) }
        : {}),
      parameters: unflatten(parameters, generator.parameters),
      statistics: statistics ? unflatten(statistics, generator.statistics) : new Map(),
      mode: 'sample',
      probe: () => {},
    });
    return { outputs: { samples: output } };
  });
}

/** Noise of every layer and the truncation, for a G of styles. */
function drawsOf(tracer: Tracer, { draws }: Network, count: number): StyleDraws {
  if (!draws) return {};
  const truncation = tracer.input('truncation', [], { each: 'call' });
  return draws.layerNoise > 0
    ? { truncation, layerNoise: tracer.input('layerNoise', [count, draws.layerNoise]) }
    : { truncation };
}

async function drawSamples(
  loaded: LoadedProgram,
  request: {
    readonly tensors: Readonly<Record<string, Float32Array>>;
    readonly configuration: Configuration;
    readonly shape: SampleShape;
    readonly wanted: SamplesWanted;
  },
): Promise<Samples> {
  const { configuration, shape } = request;
  const { count, seed, start = 0, stream = STREAMS.evaluationNoise } = request.wanted;
  if (start % CHUNK !== 0) throw new RangeError(`samples are drawn from multiples of ${CHUNK}, not from ${start}`);
  await loaded.writeState(request.tensors);
  const byte = byteOf(configuration);
  const random = fastRandomStream(seed, stream);
  const styleInputs = styleInputsOf(networksOf(configuration, shape).generator, configuration, seed);
  const classes = classesOf(configuration, shape);
  const { classOf = (sample: number) => sample % classes } = request.wanted;
  const perCall = samplesPerCall(shape);
  const noise = new Float32Array(perCall * configuration.nz);
  const each = shape.kind === 'plane' ? 2 : shape.height * shape.width * shape.channels;
  const points = new Float32Array(shape.kind === 'plane' ? count * 2 : 0);
  const images = new Uint8Array(shape.kind === 'images' ? count * each : 0);
  for (let first = 0; first < count; first += perCall) {
    fillNoise(noise, random, (start + first) / CHUNK, configuration, CHUNK * configuration.nz);
    const told =
      classes > 0 ? { classes: Float32Array.from({ length: perCall }, (_, i) => classOf(start + first + i)) } : {};
    const { samples } = (await loaded.run({ noise, ...told, ...styleInputs((start + first) / CHUNK) }, 1)) as {
      samples: Float32Array;
    };
    const taken = Math.min(perCall, count - first);
    if (shape.kind === 'plane') points.set(samples.subarray(0, taken * 2), first * 2);
    else copyImages(samples, images.subarray(first * each, (first + taken) * each), { ...shape, byte });
  }
  if (shape.kind === 'plane') return { kind: 'points', count, data: points };
  return { kind: 'images', count, height: shape.height, width: shape.width, channels: shape.channels, data: images };
}

/**
 * Images at uniform places t of straight lines between pairs of latent vectors, and at t + ε; class, noise of the layers and
 * truncation are those of sample i at both ends.
 */
async function drawPaths(
  loaded: LoadedProgram,
  request: {
    readonly tensors: Readonly<Record<string, Float32Array>>;
    readonly configuration: Configuration;
    readonly shape: SampleShape;
    readonly wanted: PathsWanted;
  },
): Promise<PathEnds> {
  const { configuration, shape } = request;
  const { count, seed, epsilon } = request.wanted;
  if (shape.kind !== 'images') throw new RangeError('paths are measured between images');
  await loaded.writeState(request.tensors);
  const { height, width, channels } = shape;
  const each = height * width * channels;
  const unrounded = unroundedOf(configuration);
  const random = fastRandomStream(seed, STREAMS.paths);
  const styleInputs = styleInputsOf(networksOf(configuration, shape).generator, configuration, seed);
  const classes = classesOf(configuration, shape);
  const perCall = samplesPerCall(shape);
  const [nz, from, to] = [configuration.nz, new Float32Array(count * each), new Float32Array(count * each)];
  const [first, second] = [new Float32Array(perCall * nz), new Float32Array(perCall * nz)];
  const places = new Float64Array(perCall);
  for (let start = 0; start < count; start += perCall) {
    const call = start / perCall;
    fillNoise(first, random, 3 * call, configuration);
    fillNoise(second, random, 3 * call + 1, configuration);
    random.uniforms(3 * call + 2, places);
    const told =
      classes > 0 ? { classes: Float32Array.from({ length: perCall }, (_, i) => (start + i) % classes) } : {};
    const taken = Math.min(perCall, count - start);
    for (const [further, out] of [
      [0, from],
      [epsilon, to],
    ] as const) {
      const noise = first.map(
        (value, i) => value + ((places[Math.floor(i / nz)] as number) + further) * ((second[i] as number) - value),
      );
      const { samples } = (await loaded.run({ noise, ...told, ...styleInputs(start / CHUNK) }, 1)) as {
        samples: Float32Array;
      };
      copyImages(samples, out.subarray(start * each, (start + taken) * each), {
        height,
        width,
        channels,
        byte: unrounded,
      });
    }
  }
  const images = { kind: 'images', count, height, width, channels } as const;
  return { from: { ...images, data: from }, to: { ...images, data: to } };
}

/** What a G of styles takes beside z, by the number of the chunk. */
function styleInputsOf(
  { draws }: Network,
  configuration: Configuration,
  seed: number,
): (chunk: number) => Readonly<Record<string, Float32Array>> {
  if (!draws || !('truncation' in configuration)) return () => ({});
  const truncation = Float32Array.of(configuration.truncation);
  if (draws.layerNoise === 0) return () => ({ truncation });
  const random = fastRandomStream(seed, STREAMS.sampledLayerNoise);
  const layerNoise = new Float32Array(CHUNK * draws.layerNoise);
  return (chunk) => {
    random.normals(chunk, layerNoise);
    return { truncation, layerNoise };
  };
}

/** `[n, channels, height, width]` → `[n, height, width, channels]` in 0…255. */
function copyImages(
  samples: Float32Array,
  out: Uint8Array | Float32Array,
  {
    height,
    width,
    channels,
    byte,
  }: {
    readonly height: number;
    readonly width: number;
    readonly channels: number;
    readonly byte: (value: number) => number;
  },
): void {
  const pixels = height * width;
  for (let i = 0; i < out.length; i++) {
    const image = Math.floor(i / (pixels * channels));
    const pixel = Math.floor(i / channels) % pixels;
    const channel = i % channels;
    out[i] = byte(samples[(image * channels + channel) * pixels + pixel] as number);
  }
}

/** What networks make, `[n, 2]` or `[n, channels, height, width]`, as a person sees it: points, or uint8 images. */
export function asSamples(values: Float32Array, configuration: Configuration, shape: SampleShape): Samples {
  if (shape.kind === 'plane') return { kind: 'points', count: values.length / 2, data: values };
  const { height, width, channels } = shape;
  const data = new Uint8Array(values.length);
  copyImages(values, data, { height, width, channels, byte: byteOf(configuration) });
  return { kind: 'images', count: values.length / (height * width * channels), height, width, channels, data };
}
