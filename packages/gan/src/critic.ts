import type { Configuration } from '@gansweep/domain';
import {
  type Executor,
  expand,
  gradients,
  type LoadedProgram,
  type Program,
  reshape,
  type Sym,
  sigmoid,
  sum,
  type Tracer,
  traceProgram,
} from '@gansweep/program/browser';
import { classesOf, declareTable, toldRows } from './conditions.ts';
import type { SampleShape } from './networks/network.ts';
import { networksOf } from './networks/networks-of.ts';
import { totalSize, unflatten } from './parameters.ts';
import { programOf } from './program-library.ts';

/** Points, and images, of one call of the program. */
const POINTS_A_CALL = 256;
const IMAGES_A_CALL = 100;

/** What is judged: samples as the networks see them, `[n, 2]` or `[n, channels, height, width]`, and what D is told of them. */
interface Judged {
  readonly samples: Float32Array;
  /** Class of each, for models that are told one. */
  readonly classes?: ArrayLike<number>;
}

/** A loaded discriminator that judges by whatever weights it is given. */
export interface Critic extends AsyncDisposable {
  /**
   * σ(D), the probability of being real. Points are judged one by one, or where D judges several together, as `company` says;
   * images as in training, by the statistics of their batches of a hundred, the last being filled up with the first of them.
   * @param tensors D's: `pD`, and `sD` where it has statistics. @returns `[n]`.
   */
  judge(tensors: Readonly<Record<string, Float32Array>>, judged: Judged): Promise<Float32Array>;
}

/**
 * Whom a D that judges several points together sees beside one: `others`, those that follow it, as in training, which all get
 * the same answer; or `itself`, again and again, so that every point of the plane has an answer of its own.
 */
export type Company = 'others' | 'itself';

export async function loadCritic(
  configuration: Configuration,
  shape: SampleShape,
  executor: Executor,
  company: Company = 'others',
): Promise<Critic> {
  const kind = company === 'itself' && judgedTogether(configuration) > 1 ? 'surface' : 'critic';
  const program = programOf(kind, executor, { configuration, shape }, () =>
    criticProgram(configuration, shape, company),
  );
  const loaded = await executor.load(program);
  const isTold = classesOf(configuration, shape) > 0;
  return {
    judge: async (tensors, { samples, classes }) => {
      await writeTensors(loaded, program, tensors);
      return inCalls(
        { samples, width: widthOf(shape), rows: rowsOf(shape, configuration), outputs: 1 },
        async (rows, numbers) => {
          const told = isTold ? { classes: Float32Array.from(numbers, (i) => classes?.[i] ?? 0) } : {};
          return (await loaded.run({ samples: rows, ...told }, 1)).probabilities as Float32Array;
        },
      );
    },
    [Symbol.asyncDispose]: () => loaded[Symbol.asyncDispose](),
  };
}

/** A loaded gradient of a discriminator of the plane. */
export interface Pull extends AsyncDisposable {
  /** ∂σ(D)/∂x: where the probability of being real grows, in the company of itself. @param points `[n, 2]`. @returns `[n, 2]`. */
  at(tensors: Readonly<Record<string, Float32Array>>, points: Float32Array): Promise<Float32Array>;
}

export async function loadPull(configuration: Configuration, executor: Executor): Promise<Pull> {
  const shape = { kind: 'plane' } as const;
  const program = programOf('pull', executor, { configuration, shape }, () =>
    traceProgram((tracer) => {
      const { points, probabilities } = judgedPass(tracer, { configuration, shape, company: 'itself' });
      return { outputs: { pull: gradients(sum(probabilities, [0, 1]), [points])[0] as Sym } };
    }),
  );
  const loaded = await executor.load(program);
  return {
    at: async (tensors, points) => {
      await writeTensors(loaded, program, tensors);
      return inCalls(
        { samples: points, width: 2, rows: rowsOf(shape, configuration), outputs: 2 },
        async (rows) => (await loaded.run({ samples: rows }, 1)).pull as Float32Array,
      );
    },
    [Symbol.asyncDispose]: () => loaded[Symbol.asyncDispose](),
  };
}

/** Samples that D judges at a time. */
export const judgedTogether = (configuration: Configuration): number =>
  configuration.model === 'mlp2d' ? configuration.samplesD : 1;

/** As many as are judged together, as often as that goes into a call. */
function rowsOf({ kind }: SampleShape, configuration: Configuration): number {
  const together = judgedTogether(configuration);
  return kind === 'plane' ? Math.floor(POINTS_A_CALL / together) * together : IMAGES_A_CALL;
}

/** Numbers of one sample. */
export function widthOf(shape: SampleShape): number {
  return shape.kind === 'plane' ? 2 : shape.height * shape.width * shape.channels;
}

/** Gives a program the tensors that it has as states. @throws Error naming the one that is missing. */
export async function writeTensors(
  loaded: LoadedProgram,
  { states }: Program,
  tensors: Readonly<Record<string, Float32Array>>,
): Promise<void> {
  const own: Record<string, Float32Array> = {};
  for (const { name } of states) {
    const tensor = tensors[name];
    if (!tensor) throw new Error(`a network needs its tensor ${name}`);
    own[name] = tensor;
  }
  await loaded.writeState(own);
}

/**
 * Calls with a fixed number of rows each until all samples are through; the last call is filled up with the first samples.
 * @param call gets the rows and their numbers, and answers `outputs` numbers for each. @returns `[n, outputs]`.
 */
export async function inCalls(
  {
    samples,
    width,
    rows,
    outputs,
  }: { readonly samples: Float32Array; readonly width: number; readonly rows: number; readonly outputs: number },
  call: (rows: Float32Array, numbers: readonly number[]) => Promise<Float32Array>,
): Promise<Float32Array> {
  const count = samples.length / width;
  const out = new Float32Array(count * outputs);
  const given = new Float32Array(rows * width);
  for (let first = 0; first < count; first += rows) {
    const numbers = Array.from({ length: rows }, (_, i) => (first + i) % count);
    numbers.forEach((number, i) => {
      given.set(samples.subarray(number * width, (number + 1) * width), i * width);
    });
    const answers = await call(given, numbers);
    out.set(answers.subarray(0, Math.min(rows, count - first) * outputs), first * outputs);
  }
  return out;
}

/** States `pD` (and `sD`), input `samples` (and `classes`), output `probabilities` `[rows, 1]`. */
function criticProgram(configuration: Configuration, shape: SampleShape, company: Company): Program {
  return traceProgram((tracer) => ({
    outputs: { probabilities: judgedPass(tracer, { configuration, shape, company }).probabilities },
  }));
}

function judgedPass(
  tracer: Tracer,
  {
    configuration,
    shape,
    company,
  }: { readonly configuration: Configuration; readonly shape: SampleShape; readonly company: Company },
): { readonly points: Sym; readonly probabilities: Sym } {
  const { discriminator } = networksOf(configuration, shape);
  const { parameters, statistics } = discriminator;
  const rows = rowsOf(shape, configuration);
  const together = judgedTogether(configuration);
  const each = shape.kind === 'plane' ? [2] : [shape.channels, shape.height, shape.width];
  const points = tracer.input('samples', [rows, ...each]);
  const classes = classesOf(configuration, shape);
  const table = declareTable(tracer, configuration, shape);
  const { output } = discriminator.apply({
    input: together > 1 && company === 'itself' ? eachTimes(points, together) : points,
    ...(classes > 0 ? { condition: toldRows(tracer.input('classes', [rows]), { configuration, shape, table }) } : {}),
    parameters: unflatten(tracer.state('pD', [totalSize(parameters)]), parameters),
    statistics: statistics.length > 0 ? unflatten(tracer.state('sD', [totalSize(statistics)]), statistics) : new Map(),
    mode: shape.kind === 'plane' ? 'sample' : 'train',
    probe: () => {},
  });
  const judged = sigmoid(output);
  return { points, probabilities: together > 1 && company === 'others' ? eachTimes(judged, together) : judged };
}

/** Every row so many times, behind one another. @param x `[n, width]`. @returns `[n · times, width]`. */
function eachTimes(x: Sym, times: number): Sym {
  const [count, width] = x.shape as readonly [number, number];
  return reshape(expand(reshape(x, [count, 1, width]), [count, times, width]), [count * times, width]);
}
