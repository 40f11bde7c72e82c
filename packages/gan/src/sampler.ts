import {
  type Configuration,
  type ImageSamples,
  type PathEnds,
  type Samples,
  type ShiftedImages,
  STREAMS,
  type TurnedImages,
} from '@gansweep/domain';
import {
  type Executor,
  fastRandomStream,
  type LoadedProgram,
  type Program,
  type Tracer,
  traceProgram,
} from '@gansweep/program/browser';
import { classesOf, declareTable, toldRows } from './conditions.ts';
import { byteOf } from './image-scale.ts';
import {
  type BetweenWanted,
  drawBetween,
  drawPaths,
  drawShifted,
  drawTurned,
  type PathsWanted,
  type ShiftsWanted,
  type TurnsWanted,
} from './moved-inputs.ts';
import type { Network, SampleShape, StyleDraws } from './networks/network.ts';
import { networksOf } from './networks/networks-of.ts';
import { fillNoise } from './noise.ts';
import { totalSize, unflatten } from './parameters.ts';
import { programOf } from './program-library.ts';
import { CHUNK, copyImages, samplesPerCall, styleInputsOf } from './sample-calls.ts';

export interface SamplesWanted {
  readonly count: number;
  readonly seed: number;
  /** Number of the first sample, a multiple of 100; for streaming many in parts. */
  readonly start?: number;
  readonly stream?: number;
  /** Class of each sample by its number, or image whose vector it is told, for models that are told one; without it they take turns. */
  readonly classOf?: (sample: number) => number;
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
  /** @see Generator.between */
  between(tensors: Readonly<Record<string, Float32Array>>, wanted: BetweenWanted): Promise<ImageSamples>;
  /** @see Generator.shifted */
  shifted(tensors: Readonly<Record<string, Float32Array>>, wanted: ShiftsWanted): Promise<ShiftedImages>;
  /** @see Generator.turned */
  turned(tensors: Readonly<Record<string, Float32Array>>, wanted: TurnsWanted): Promise<TurnedImages>;
}

export async function loadSampler(
  configuration: Configuration,
  shape: SampleShape,
  executor: Executor,
): Promise<Sampler> {
  const owned: AsyncDisposable[] = [];
  const kept = new Map<string, Promise<LoadedProgram>>();
  const opened = (moves: GeneratorMoves) => {
    const kind = KIND_OF_MOVES[moves.walk ? 'walk' : moves.shift ? 'shift' : moves.turn ? 'turn' : 'none'];
    const program = programOf(kind, executor, { configuration, shape }, () =>
      generatorProgram(configuration, shape, samplesPerCall(shape), moves),
    );
    const load = async (): Promise<LoadedProgram> => {
      const loaded = await executor.load(program);
      owned.push(loaded);
      return loaded;
    };
    const loading = kept.get(kind) ?? load();
    kept.set(kind, loading);
    return {
      loaded: loading,
      tensors: (given: Readonly<Record<string, Float32Array>>) =>
        Object.fromEntries(program.states.map(({ name }) => [name, tensorOf(given, name)])),
    };
  };
  /** What is only asked for by some protocols is compiled when they ask. */
  const request = async <Wanted>(
    given: Readonly<Record<string, Float32Array>>,
    wanted: Wanted,
    moves: GeneratorMoves = {},
  ) => {
    const { loaded, tensors } = opened(moves);
    return [await loaded, { tensors: tensors(given), configuration, shape, wanted }] as const;
  };
  await opened({}).loaded;
  return {
    draw: async (given, wanted) => drawSamples(...(await request(given, wanted))),
    paths: async (given, wanted) => drawPaths(...(await request(given, wanted, { walk: wanted.space === 'w' }))),
    between: async (given, wanted) => drawBetween(...(await request(given, wanted))),
    shifted: async (given, wanted) => drawShifted(...(await request(given, wanted, { shift: true }))),
    turned: async (given, wanted) => drawTurned(...(await request(given, wanted, { turn: true }))),
    [Symbol.asyncDispose]: async () => {
      for (const one of owned.splice(0)) await one[Symbol.asyncDispose]();
    },
  };
}

/** What a generator's program takes besides, to be looked at along a path or moved. */
interface GeneratorMoves {
  /** Inputs `second` `[count, nz]` and `place` `[count]`: see `StyleDraws.walk`. */
  readonly walk?: boolean;
  /** Input `shift` `[count, 2]`. */
  readonly shift?: boolean;
  /** Input `turn` `[count, 2]`: cosine and sine. */
  readonly turn?: boolean;
}
const KIND_OF_MOVES = {
  none: 'generator',
  walk: 'walkedGenerator',
  shift: 'shiftedGenerator',
  turn: 'turnedGenerator',
} as const;

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
  moves: GeneratorMoves = {},
): Program {
  const { generator } = networksOf(configuration, shape);
  const classes = classesOf(configuration, shape);
  return traceProgram((tracer) => {
    const parameters = tracer.state('pG', [totalSize(generator.parameters)]);
    const statistics = generator.statistics.length > 0 ? tracer.state('sG', [totalSize(generator.statistics)]) : null;
    const table = declareTable(tracer, configuration, shape);
    const { output } = generator.apply({
      input: tracer.input('noise', [count, configuration.nz]),
      draws: { ...drawsOf(tracer, generator, count), ...movesOf(tracer, [count, configuration.nz], moves) },
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

function movesOf(
  tracer: Tracer,
  noise: readonly [number, number],
  { walk = false, shift = false, turn = false }: GeneratorMoves,
): StyleDraws {
  const [count] = noise;
  return {
    ...(walk ? { walk: { second: tracer.input('second', noise), place: tracer.input('place', [count]) } } : {}),
    ...(shift ? { shift: tracer.input('shift', [count, 2]) } : {}),
    ...(turn ? { turn: tracer.input('turn', [count, 2]) } : {}),
  };
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

/** What networks make, `[n, 2]` or `[n, channels, height, width]`, as a person sees it: points, or uint8 images. */
export function asSamples(values: Float32Array, configuration: Configuration, shape: SampleShape): Samples {
  if (shape.kind === 'plane') return { kind: 'points', count: values.length / 2, data: values };
  const { height, width, channels } = shape;
  const data = new Uint8Array(values.length);
  copyImages(values, data, { height, width, channels, byte: byteOf(configuration) });
  return { kind: 'images', count: values.length / (height * width * channels), height, width, channels, data };
}
