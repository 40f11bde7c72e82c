import {
  type Configuration,
  factsOf,
  GENERATOR_NOTES,
  type ImageSamples,
  latentLawOf,
  type PathEnds,
  type Samples,
  type ShiftedImages,
  type TurnedImages,
} from '@gansweep/domain';
import type { Executor, Program } from '@gansweep/program/browser';
import { CheckpointError, decodeCheckpoint, encodeCheckpoint } from './checkpoint.ts';
import { classesOf } from './conditions.ts';
import { normalizes } from './image-scale.ts';
import type { BetweenWanted, PathsWanted, ShiftsWanted, TurnsWanted } from './moved-inputs.ts';
import type { SampleShape } from './networks/network.ts';
import { generatorProgram, loadSampler, type SamplesWanted } from './sampler.ts';

/** A generator at one moment of its training. */
export interface Generator {
  /** @see Sampler */
  draw(options: SamplesWanted): Promise<Samples>;
  /** Images at places of paths between latent vectors, and `epsilon` further. @throws RangeError where it has none. */
  paths(options: PathsWanted): Promise<PathEnds>;
  /** Images of latent vectors between pairs of them. @throws RangeError where it makes points. */
  between(options: BetweenWanted): Promise<ImageSamples>;
  /** Images, and those of moved inputs. @throws RangeError where its input cannot be moved. */
  shifted(options: ShiftsWanted): Promise<ShiftedImages>;
  /** Images, and those of turned inputs. @throws RangeError where its input cannot be turned. */
  turned(options: TurnsWanted): Promise<TurnedImages>;
  /** The generator-only checkpoint. */
  bytes(): Promise<Uint8Array>;
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
  const sampler = await loadSampler(configuration, shape, executor);
  return {
    use: (tensors, { seed, imagesSeen }) => {
      const own = generatorTensors(tensors);
      return {
        draw: (options) => sampler.draw(own, options),
        paths: (options) => sampler.paths(own, options),
        between: (options) => sampler.between(own, options),
        shifted: (options) => sampler.shifted(own, options),
        turned: (options) => sampler.turned(own, options),
        bytes: async () =>
          encodeCheckpoint({ kind: 'generator', format: 1, configuration, seed, shape, imagesSeen, tensors: own }),
      };
    },
    [Symbol.asyncDispose]: () => sampler[Symbol.asyncDispose](),
  };
}

/**
 * A kept generator as a program of one pass, for whoever writes it down in another format: input `noise` `[count, nz]`
 * (and what a G of styles takes besides), output `samples`, `[count, channels, height, width]` as the network scales them,
 * or `[count, 2]`.
 * @throws CheckpointError when the bytes are damaged.
 */
export function generatorFunction(
  bytes: Uint8Array,
  count: number,
): {
  readonly program: Program;
  readonly tensors: Readonly<Record<string, Float32Array>>;
  readonly configuration: Configuration;
  /** How the function is read (`GENERATOR_NOTES`): the law of its noise, the range of its pixels, what it is told. */
  readonly notes: Readonly<Record<string, string>>;
} {
  const { configuration, shape, tensors } = decodeCheckpoint(bytes);
  const { model, noise } = configuration;
  const { unitNoise, learns } = factsOf(model);
  const classes = classesOf(configuration, shape);
  return {
    program: generatorProgram(configuration, shape, count),
    tensors: generatorTensors(tensors),
    configuration,
    notes: {
      [GENERATOR_NOTES.law]: latentLawOf({ noise, unit: unitNoise, plane: learns === 'points' }),
      ...(shape.kind === 'images' ? { [GENERATOR_NOTES.range]: normalizes(configuration) ? 'signed' : 'unit' } : {}),
      ...(classes > 0 ? { [GENERATOR_NOTES.classes]: String(classes) } : {}),
      ...('truncation' in configuration ? { [GENERATOR_NOTES.truncation]: String(configuration.truncation) } : {}),
    },
  };
}

/** A generator from the bytes of a checkpoint. */
export interface OpenGenerator extends Generator, AsyncDisposable {
  readonly configuration: Configuration;
  readonly imagesSeen: number;
  /** Classes that it is told, or images whose numbers it is told; 0 where it is told nothing. */
  readonly toldOf: number;
}

/**
 * Opens a generator from the bytes of either kind of checkpoint; the caller disposes of it.
 * @param truncation ψ to draw with in place of the configuration's, of a G of styles: 1 leaves styles, 0 is their mean.
 * @throws CheckpointError when the bytes are damaged. @throws RangeError for a truncation of a G without styles.
 */
export async function openGenerator(
  bytes: Uint8Array,
  executor: Executor,
  { truncation }: { readonly truncation?: number | undefined } = {},
): Promise<OpenGenerator> {
  const { configuration: kept, shape, seed, imagesSeen, tensors } = decodeCheckpoint(bytes);
  if (truncation !== undefined && !('truncation' in kept))
    throw new RangeError(`${kept.model} has no styles that could be truncated`);
  const configuration = truncation === undefined ? kept : ({ ...kept, truncation } as Configuration);
  const runner = await loadGenerator(configuration, shape, executor);
  return {
    ...runner.use(tensors, { seed, imagesSeen }),
    configuration,
    imagesSeen,
    toldOf: classesOf(configuration, shape),
    [Symbol.asyncDispose]: () => runner[Symbol.asyncDispose](),
  };
}

/** G's own tensors of a training's: its averaged parameters where there are any, and the vectors that it is told. */
export function generatorTensors(tensors: Readonly<Record<string, Float32Array>>): Record<string, Float32Array> {
  const { eG, sG, told } = tensors;
  const pG = eG ?? tensors.pG;
  if (!pG) throw new CheckpointError('the checkpoint holds no generator');
  return { pG, ...(sG ? { sG } : {}), ...(told ? { told } : {}) };
}
