import {
  atValues,
  type Configuration,
  type PluginField,
  type PluginName,
  type PluginValue,
  pluginValues,
  randomStream,
  valuesToTry,
} from '@gansweep/domain';
import * as operations from '@gansweep/program/browser';
import { evaluateProgram, gradients, mean, type Sym, table, traceProgram } from '@gansweep/program/browser';
import { batchNorm, batchNormParameters, batchNormStatistics } from '../networks/batch-norm.ts';
import { conditionOf, type Network, type Networks, type Pass, tensorNamed } from '../networks/network.ts';
import { spectralStatistics, weightsOf } from '../networks/spectral-norm.ts';
import { initialValues, type ParameterSpec, totalSize, unflatten } from '../parameters.ts';
import type { Operations } from './losses.ts';

type Values = Readonly<Record<string, PluginValue>>;

/** What a network is built for; `side` and `channels` of images, 0 for points; `classes`, how many numbers it is told, 0 for none. */
export interface NetworkSettings {
  readonly nz: number;
  readonly side: number;
  readonly channels: number;
  readonly classes: number;
}

/** What a pass gives beside tensors. */
export interface PassHelp {
  /** Batch normalisation, declared under `norms`, of `[batch, channels, height, width]` or `[batch, channels]`. */
  readonly normalise: (name: string, x: Sym) => Sym;
  /** The class as a row of one 1, or the numbers of an image, `[batch, classes]`; null for a model that is told nothing. */
  readonly condition: Sym | null;
}

/** A network of a plugin: its tensors by name, with normal or constant first values, and a pure function of them. */
export interface PluginNetwork {
  readonly parameters: Readonly<
    Record<string, { readonly shape: readonly number[]; readonly deviation?: number; readonly value?: number }>
  >;
  /** Batch normalisations by name, each with its channels. */
  readonly norms?: Readonly<Record<string, number>>;
  readonly apply: (input: Sym, tensors: Readonly<Record<string, Sym>>, operations: Operations, help: PassHelp) => Sym;
}

/** A model from a plugin. */
export interface PluginModel {
  readonly name: string;
  readonly doc: string;
  readonly hash: string;
  readonly file: string;
  readonly fields: readonly PluginField[];
  readonly learns: 'points' | 'images';
  /** Sides of its images in pixels; null for any, and of points. */
  readonly sides: readonly number[] | null;
  /** Told the class of a sample, or the numbers of an image; absent where nothing. */
  readonly condition?: 'classes' | undefined;
  /** `[batch, nz]` → `[batch, 2]`, or `[batch, channels, side, side]` in [−1, 1]. */
  readonly generator: (settings: NetworkSettings, fields: Values) => PluginNetwork;
  /** The same samples → logits `[batch, 1]`. */
  readonly discriminator: (settings: NetworkSettings, fields: Values) => PluginNetwork;
}

const models = new Map<string, PluginModel>();

/** Makes a model known in this process beside ours. */
export function addModel(name: PluginName, model: PluginModel): void {
  models.set(name, model);
}

/** The networks of a plugin's model. @param samples 0 channels for points. */
export function pluginNetworks(
  name: PluginName,
  configuration: Configuration,
  { channels, classes }: { readonly channels: number; readonly classes: number },
): Networks {
  const model = models.get(name);
  if (model === undefined) throw new Error(`no model is called ${name}`);
  const side = 'resolution' in configuration ? configuration.resolution : 0;
  return networksBy(model, { nz: configuration.nz, side, channels, classes }, pluginValues(name, configuration), {
    spectral: configuration.spectralNorm,
  });
}

function networksBy(
  model: PluginModel,
  settings: NetworkSettings,
  values: Values,
  { spectral }: { readonly spectral: boolean },
): Networks {
  const { side, channels } = settings;
  const sample = model.learns === 'points' ? [2] : [channels, side, side];
  return {
    generator: networkOf(model.generator(settings, values), { what: 'generator', output: sample, spectral: false }),
    discriminator: networkOf(model.discriminator(settings, values), { what: 'discriminator', output: [1], spectral }),
  };
}

function networkOf(
  { parameters: declared, norms = {}, apply }: PluginNetwork,
  { what, output, spectral }: { readonly what: string; readonly output: readonly number[]; readonly spectral: boolean },
): Network {
  const parameters = Object.entries(declared).map(
    ([name, { shape, deviation, value }]): ParameterSpec => ({
      name,
      shape: [...shape],
      initial:
        value === undefined ? { kind: 'normal', mean: 0, deviation: deviation ?? 0.02 } : { kind: 'constant', value },
    }),
  );
  if (parameters.length === 0) throw new Error(`the ${what} has no parameters`);
  const channelsOf = Object.entries(norms);
  const twin = channelsOf.find(([name]) => declared[`${name}.scale`] ?? declared[`${name}.bias`]);
  if (twin) throw new Error(`the ${what} has a normalisation and a parameter called ${twin[0]}: rename either`);
  const ofNorms = channelsOf.flatMap(([name, channels]) => batchNormParameters(name, channels, { deviation: 0 }));
  return {
    parameters: [...parameters, ...ofNorms],
    statistics: [
      ...spectralStatistics(parameters, { on: spectral }),
      ...channelsOf.flatMap(([name, channels]) => batchNormStatistics(name, channels)),
    ],
    apply: (pass: Pass) => {
      const moved = new Map<string, Sym>();
      const normalise = (name: string, x: Sym): Sym => {
        if (norms[name] !== x.shape[1])
          throw new Error(
            norms[name] === undefined
              ? `the ${what} normalises '${name}', which is not among its norms`
              : `the ${what} normalises ${x.shape[1]} channels by '${name}', which has ${norms[name]}`,
          );
        if (moved.has(`${name}.mean`)) throw new Error(`the ${what} normalises by '${name}' twice in a pass`);
        const { output, statistics } = batchNorm(x, pass, { name, epsilon: NORM_EPSILON, momentum: NORM_MOMENTUM });
        for (const end of ['mean', 'variance']) moved.set(`${name}.${end}`, tensorNamed(statistics, `${name}.${end}`));
        return output;
      };
      const weights = weightsOf(pass, { spectral });
      const plain = weightsOf(pass, { spectral: false });
      // Spectral norm is of weights; biases and the like stay as they are.
      const tensors = Object.fromEntries(
        parameters.map(({ name }) => [name, (name.endsWith('.weight') ? weights : plain).named(name)]),
      );
      const made = apply(pass.input, tensors, operations, {
        normalise,
        condition: pass.condition === undefined ? null : conditionOf(pass),
      });
      const wanted = [pass.input.shape[0], ...output];
      if (!made || !Array.isArray(made.shape)) throw new Error(`the ${what} gives no symbolic tensor`);
      if (made.shape.join() !== wanted.join())
        throw new Error(`the ${what} gives [${made.shape}], and [${wanted}] is wanted`);
      pass.probe('output', made);
      return { output: made, statistics: new Map([...weights.statistics, ...moved]) };
    },
  };
}

/** PyTorch's own. */
const NORM_EPSILON = 1e-5;
const NORM_MOMENTUM = 0.1;

const BATCH = 3;
/** Classes that a conditional model is tried with. */
const TRIED_CLASSES = 2;
const NZ = 4;
const SEED = 1;
const STEP = 1e-6;
const TOLERANCE = 1e-3;
const SMALLEST_SIDE = 16;

/** What the check of a model found. */
export interface ModelCheck {
  /** Largest relative error of the derivatives of D(G(z)) along a direction, of either network's parameters. */
  readonly error: number;
  /** What is wrong with it, for a person; null when nothing is. */
  readonly problem: string | null;
}

/**
 * Builds both networks at the defaults and at the ends of the fields, in grey and in colour, and compares the derivative
 * of mean D(G(z)) along a random direction of each network's parameters with its central difference, in float64.
 */
export function checkModel(model: PluginModel): ModelCheck {
  const kinds: readonly NetworkSettings[] =
    model.learns === 'points'
      ? [{ nz: NZ, side: 0, channels: 0, classes: 0 }]
      : [1, 3].map((channels) => ({
          nz: NZ,
          side: model.sides?.[0] ?? SMALLEST_SIDE,
          channels,
          classes: model.condition === 'classes' ? TRIED_CLASSES : 0,
        }));
  let error = 0;
  for (const [i, values] of valuesToTry(model.fields).entries())
    for (const settings of kinds) {
      const frozen = Object.freeze({ ...values });
      try {
        const judge = judgedBy(networksBy(model, settings, frozen, { spectral: false }), settings.classes);
        // Ends of fields may be large, so that they are built and not computed.
        if (i > 0) continue;
        const found = judge();
        if (found.problem !== null) return found;
        error = Math.max(error, found.error);
      } catch (thrown) {
        const message = thrown instanceof Error ? thrown.message : String(thrown);
        return { error: Number.NaN, problem: `${message}${atValues(values)}` };
      }
    }
  return { error, problem: null };
}

/** Traces the networks. @returns what compares their derivatives. */
function judgedBy({ generator, discriminator }: Networks, classes: number): () => ModelCheck {
  const program = traceProgram((tracer) => {
    const [pG, pD] = [
      tracer.input('pG', [totalSize(generator.parameters)]),
      tracer.input('pD', [totalSize(discriminator.parameters)]),
    ];
    const noise = tracer.input('noise', [BATCH, NZ]);
    const pass = (network: Network) =>
      ({
        // A pass in training normalises by its batch, and only moves the running statistics.
        statistics: new Map(
          network.statistics.map(({ name, shape }) => [
            name,
            table(
              noise,
              Array.from({ length: shape[0] ?? 1 }, () => 1),
              shape,
            ),
          ]),
        ),
        mode: 'train',
        probe: () => {},
        ...(classes > 0
          ? {
              condition: table(
                noise,
                Array.from({ length: BATCH * classes }, (_, i) =>
                  Math.floor(i / classes) % classes === i % classes ? 1 : 0,
                ),
                [BATCH, classes],
              ),
            }
          : {}),
      }) as const;
    const fake = generator.apply({
      ...pass(generator),
      input: noise,
      parameters: unflatten(pG, generator.parameters),
    }).output;
    const parameters = unflatten(pD, discriminator.parameters);
    const score = mean(discriminator.apply({ ...pass(discriminator), input: fake, parameters }).output, [0, 1]);
    const [ofG, ofD] = gradients(score, [pG, pD]) as [Sym, Sym];
    return { outputs: { score, ofG, ofD } };
  });
  const initial = { pG: first(generator, 1), pD: first(discriminator, 2) };
  const noise = normals(BATCH * NZ, 3);
  const computed = (pG: Float64Array, pD: Float64Array) => {
    const inputs = new Map([
      ['pG', pG],
      ['pD', pD],
      ['noise', noise],
    ]);
    const results = evaluateProgram(program, { state: new Map(), inputs });
    const valuesOf = (name: string): readonly number[] => {
      const output = program.outputs.find((one) => one.name === name);
      return Array.from((output && results.get(output.symbol)?.data) ?? []);
    };
    return { score: valuesOf('score')[0] as number, ofG: valuesOf('ofG'), ofD: valuesOf('ofD') };
  };
  return () => {
    const { pG, pD } = initial;
    const { score, ofG, ofD } = computed(pG, pD);
    if (![score, ...ofG, ...ofD].every(Number.isFinite))
      return { error: Number.NaN, problem: 'is not finite, or its gradient is not, at its first parameters' };
    let error = 0;
    for (const [what, gradient, start] of [
      ['generator', ofG, pG],
      ['discriminator', ofD, pD],
    ] as const) {
      if (gradient.every((slope) => slope === 0))
        return { error: 0, problem: `D(G(z)) does not depend on the parameters of the ${what}` };
      const direction = normals(start.length, 4);
      const moved = (by: number): Float64Array => start.map((value, i) => value + by * (direction[i] as number));
      const scoreAt = (by: number): number =>
        (what === 'generator' ? computed(moved(by), pD) : computed(pG, moved(by))).score;
      const slope = gradient.reduce((sum, one, i) => sum + one * (direction[i] as number), 0);
      const difference = (scoreAt(STEP) - scoreAt(-STEP)) / (2 * STEP);
      const off = Math.abs(slope - difference) / Math.max(Math.abs(slope), Math.abs(difference), 1e-9);
      if (off > TOLERANCE)
        return {
          error: off,
          problem: `the gradient of the ${what} is ${off.toExponential(1)} off its finite difference (at most ${TOLERANCE}): does it use stopGradient, or jump?`,
        };
      error = Math.max(error, off);
    }
    return { error, problem: null };
  };
}

function first({ parameters }: Network, stream: number): Float64Array {
  return Float64Array.from(initialValues(parameters, SEED, stream));
}

function normals(count: number, stream: number): Float64Array {
  const out = new Float64Array(count);
  randomStream(SEED, stream).normals(0, out);
  return out;
}
