import { type Configuration, EVALUATION_SEED, err, ok, type Result, type Samples, STREAMS } from '@gansweep/domain';
import { type Executor, fastRandomStream, type Program, reshape, traceProgram } from '@gansweep/program/browser';
import { CheckpointError, decodeCheckpoint, type FullCheckpoint } from './checkpoint.ts';
import { classesOf, declareTable, toldRows } from './conditions.ts';
import { inCalls, judgedTogether, loadCritic, loadPull, widthOf, writeTensors } from './critic.ts';
import { generatorTensors } from './generator.ts';
import { scaledBy } from './image-scale.ts';
import type { SampleShape } from './networks/network.ts';
import { networksOf } from './networks/networks-of.ts';
import { fillNoise, noiseAtShares } from './noise.ts';
import { totalSize, unflatten } from './parameters.ts';
import { programOf } from './program-library.ts';
import { samplesPerCall } from './sample-calls.ts';
import { asSamples, generatorProgram } from './sampler.ts';

/** What a generator is to make images of; the same layer noise goes into all of them. */
export interface Latents {
  /** `[n, nz]`. */
  readonly z: Float32Array;
  /** Class of each, for models that are told one. */
  readonly classes?: ArrayLike<number>;
}

/** A generator whose layers each take a style. */
export interface StyledGenerator {
  readonly layers: number;
  /**
   * @param latents `truncation`: ψ of each row, 1 where it is left out; `mixing`: latents `[n, nz]` whose styles the layers
   * from number `from` on take; `classes`: of each row, where it is told one, the first for all where they are left out.
   */
  generate(latents: {
    readonly z: Float32Array;
    readonly classes?: ArrayLike<number>;
    readonly truncation?: Float32Array;
    readonly mixing?: { readonly second: Float32Array; readonly from: number };
  }): Promise<Float32Array>;
}

/** All networks of a full checkpoint, to be looked at: each works on rows as the networks see them. */
export interface OpenNetworks extends AsyncDisposable {
  readonly configuration: Configuration;
  readonly shape: SampleShape;
  readonly imagesSeen: number;
  /** Classes that the networks are told; 0 where they are told none. */
  readonly classCount: number;
  /** Noise that is the same for every run of the same law and length. @returns `[count, nz]`. */
  noise(count: number, draw?: number): Float32Array;
  /** Noise at shares of its law, each in (0, 1). @see noiseAtShares */
  noiseAt(shares: Float32Array): Float32Array;
  /** G by its running statistics; the averaged one where there is one. @returns `[n, 2]` or `[n, channels, height, width]`. */
  generate(latents: Latents): Promise<Float32Array>;
  /** σ(D). @see Critic */
  judge(samples: Float32Array, classes?: ArrayLike<number>): Promise<Float32Array>;
  /** σ(D) at points of the plane, each judged in no company but its own. @returns `[n]`. @see Company */
  surface(points: Float32Array): Promise<Float32Array>;
  /** ∂σ(D)/∂x at points of the plane. @returns `[n, 2]`. */
  pull(points: Float32Array): Promise<Float32Array>;
  /** E by its running statistics; absent where nothing encodes. @returns `[n, nz]`. */
  readonly encode?: (samples: Float32Array) => Promise<Float32Array>;
  /** Absent where G takes no styles. */
  readonly styled?: StyledGenerator;
  /** Samples as a person sees them. */
  shown(samples: Float32Array): Samples;
  /** Samples as networks see them. */
  seen(samples: Samples): Float32Array;
}

/**
 * Opens the networks of a full checkpoint; programs are loaded when they are first wanted. The caller disposes of it.
 * @param checkpoint `name`: the file or run that the bytes are of, for people.
 * @returns what is wrong with the bytes, whose they are and what to do, where they are damaged or hold no networks to look at.
 */
export function openNetworks(
  checkpoint: { readonly bytes: Uint8Array; readonly name: string },
  executor: Executor,
): Result<OpenNetworks, string> {
  try {
    return ok(networksIn(fullOf(checkpoint.bytes), executor));
  } catch (error) {
    if (error instanceof CheckpointError) return err(`${checkpoint.name}: ${error.message}`);
    throw error;
  }
}

/** A full checkpoint with every tensor of its networks at its length. */
function fullOf(bytes: Uint8Array): FullCheckpoint {
  const checkpoint = decodeCheckpoint(bytes);
  if (checkpoint.kind !== 'full')
    throw new CheckpointError('a generator alone was kept here, without D: take a full checkpoint of the run');
  const { configuration, shape, tensors } = checkpoint;
  const { generator, discriminator, encoder } = networksOf(configuration, shape);
  const needed = { pG: generator, pD: discriminator, ...(encoder ? { pE: encoder } : {}) };
  for (const [name, { parameters }] of Object.entries(needed)) {
    const [here, wanted] = [tensors[name]?.length ?? 0, totalSize(parameters)];
    if (here !== wanted)
      throw new CheckpointError(
        `the tensor ${name} of the checkpoint has ${here} elements instead of ${wanted}: another version of gansweep wrote it; use that one`,
      );
  }
  return checkpoint;
}

function networksIn({ configuration, shape, imagesSeen, tensors }: FullCheckpoint, executor: Executor): OpenNetworks {
  const own = { ...tensors, ...generatorTensors(tensors) };
  const { nz } = configuration;
  const classCount = classesOf(configuration, shape);
  const owned: AsyncDisposable[] = [];
  const once = <Loaded extends AsyncDisposable>(load: () => Promise<Loaded>): (() => Promise<Loaded>) => {
    let loading: Promise<Loaded> | null = null;
    return () => {
      loading ??= load().then((loaded) => {
        owned.push(loaded);
        return loaded;
      });
      return loading;
    };
  };
  const loadedProgram = (programNow: () => Program) => async () => {
    const program = programNow();
    const loaded = await executor.load(program);
    await writeTensors(loaded, program, own);
    return loaded;
  };
  const generator = once(
    loadedProgram(() =>
      programOf('generator', executor, { configuration, shape }, () => generatorProgram(configuration, shape)),
    ),
  );
  const critic = once(() => loadCritic(configuration, shape, executor));
  const surveyor =
    judgedTogether(configuration) > 1 ? once(() => loadCritic(configuration, shape, executor, 'itself')) : critic;
  const puller = once(() => loadPull(configuration, executor));
  const random = fastRandomStream(EVALUATION_SEED, STREAMS.panelNoise);
  const { generator: network, encoder } = networksOf(configuration, shape);
  const { draws } = network;
  const rows = samplesPerCall(shape);
  const layerNoise = new Float32Array(rows * (draws?.layerNoise ?? 0));
  if (draws && draws.layerNoise > 0) {
    const each = layerNoise.subarray(0, draws.layerNoise);
    fastRandomStream(EVALUATION_SEED, STREAMS.panelLayerNoise).normals(0, each);
    for (let i = 1; i < rows; i++) layerNoise.set(each, i * draws.layerNoise);
  }
  const encode = once(
    loadedProgram(() =>
      programOf('encoder', executor, { configuration, shape }, () => encoderProgram(configuration, shape)),
    ),
  );
  const styled = once(
    loadedProgram(() =>
      programOf('styledGenerator', executor, { configuration, shape }, () => styledProgram(configuration, shape)),
    ),
  );
  return {
    configuration,
    shape,
    imagesSeen,
    classCount,
    noise: (count, draw = 0) => {
      const out = new Float32Array(count * nz);
      fillNoise(out, random, draw, configuration);
      return out;
    },
    noiseAt: (shares) => noiseAtShares(shares, configuration),
    generate: async ({ z, classes }) => {
      const loaded = await generator();
      return inCalls({ samples: z, width: nz, rows, outputs: widthOf(shape) }, async (noise, numbers) => {
        const told =
          classCount > 0 ? { classes: Float32Array.from(numbers, (i) => classes?.[i] ?? i % classCount) } : {};
        const truncation = draws ? { truncation: Float32Array.of(truncationOf(configuration)) } : {};
        const layers = layerNoise.length > 0 ? { layerNoise } : {};
        return (await loaded.run({ noise, ...told, ...truncation, ...layers }, 1)).samples as Float32Array;
      });
    },
    judge: async (samples, classes) => (await critic()).judge(own, { samples, ...(classes ? { classes } : {}) }),
    surface: async (points) => (await surveyor()).judge(own, { samples: points }),
    pull: async (points) => (await puller()).at(own, points),
    ...(encoder
      ? {
          encode: async (samples) => {
            const loaded = await encode();
            return inCalls(
              { samples, width: widthOf(shape), rows, outputs: nz },
              async (images) => (await loaded.run({ images }, 1)).codes as Float32Array,
            );
          },
        }
      : {}),
    ...(draws
      ? {
          styled: {
            layers: draws.layers,
            generate: async ({ z, classes, truncation, mixing }) => {
              const loaded = await styled();
              const crossover = new Float32Array(rows).fill(mixing?.from ?? draws.layers);
              const layers = layerNoise.length > 0 ? { layerNoise } : {};
              return inCalls({ samples: z, width: nz, rows, outputs: widthOf(shape) }, async (noise, numbers) => {
                const psi = Float32Array.from(numbers, (i) => truncation?.[i] ?? 1);
                const second = new Float32Array(rows * nz);
                const others = mixing?.second ?? z;
                numbers.forEach((number, i) => {
                  second.set(others.subarray(number * nz, (number + 1) * nz), i * nz);
                });
                const told = classCount > 0 ? { classes: Float32Array.from(numbers, (i) => classes?.[i] ?? 0) } : {};
                const given = { noise, ...told, mixedNoise: second, crossover, truncation: psi, ...layers };
                return (await loaded.run(given, 1)).samples as Float32Array;
              });
            },
          },
        }
      : {}),
    shown: (samples) => asSamples(samples, configuration, shape),
    seen: (samples) => asSeen(samples, configuration),
    [Symbol.asyncDispose]: async () => {
      for (const one of owned.splice(0)) await one[Symbol.asyncDispose]();
    },
  };
}

/** States `pE` (and `sE`), input `images`, output `codes` `[rows, nz]`. */
function encoderProgram(configuration: Configuration, shape: SampleShape): Program {
  const { encoder } = networksOf(configuration, shape);
  if (!encoder || shape.kind !== 'images') throw new Error(`${configuration.model} has no encoder`);
  const { parameters, statistics } = encoder;
  const rows = samplesPerCall(shape);
  return traceProgram((tracer) => {
    const { output } = encoder.apply({
      input: tracer.input('images', [rows, shape.channels, shape.height, shape.width]),
      parameters: unflatten(tracer.state('pE', [totalSize(parameters)]), parameters),
      statistics:
        statistics.length > 0 ? unflatten(tracer.state('sE', [totalSize(statistics)]), statistics) : new Map(),
      mode: 'sample',
      probe: () => {},
    });
    return { outputs: { codes: output } };
  });
}

/** `generatorProgram` with inputs `mixedNoise` `[rows, nz]`, `crossover` and `truncation` `[rows]` besides. */
function styledProgram(configuration: Configuration, shape: SampleShape): Program {
  const { generator } = networksOf(configuration, shape);
  const { parameters, statistics, draws } = generator;
  const rows = samplesPerCall(shape);
  const classes = classesOf(configuration, shape);
  return traceProgram((tracer) => {
    const { nz } = configuration;
    const table = declareTable(tracer, configuration, shape);
    const { output } = generator.apply({
      input: tracer.input('noise', [rows, nz]),
      ...(classes > 0 ? { condition: toldRows(tracer.input('classes', [rows]), { configuration, shape, table }) } : {}),
      draws: {
        mixing: { second: tracer.input('mixedNoise', [rows, nz]), from: tracer.input('crossover', [rows]) },
        truncation: reshape(tracer.input('truncation', [rows]), [rows, 1, 1]),
        ...(draws && draws.layerNoise > 0 ? { layerNoise: tracer.input('layerNoise', [rows, draws.layerNoise]) } : {}),
      },
      parameters: unflatten(tracer.state('pG', [totalSize(parameters)]), parameters),
      statistics:
        statistics.length > 0 ? unflatten(tracer.state('sG', [totalSize(statistics)]), statistics) : new Map(),
      mode: 'sample',
      probe: () => {},
    });
    return { outputs: { samples: output } };
  });
}

function truncationOf(configuration: Configuration): number {
  return 'truncation' in configuration ? configuration.truncation : 1;
}

/** `[n, height, width, channels]` in 0…255 → `[n, channels, height, width]` in the scale of the training. */
function asSeen(samples: Samples, configuration: Configuration): Float32Array {
  if (samples.kind === 'points') return samples.data;
  const { count, height, width, channels, data } = samples;
  const value = scaledBy(configuration);
  const out = new Float32Array(data.length);
  const plane = height * width;
  for (let image = 0; image < count; image++)
    for (let c = 0; c < channels; c++)
      for (let at = 0; at < plane; at++)
        out[(image * channels + c) * plane + at] = value(data[(image * plane + at) * channels + c] as number);
  return out;
}
