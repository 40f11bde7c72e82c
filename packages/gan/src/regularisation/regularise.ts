import { type Configuration, type ImageReals, STREAMS } from '@gansweep/domain';
import {
  type Executor,
  fastRandomStream,
  type InputValues,
  type LoadedProgram,
  type Program,
  sizeOf,
} from '@gansweep/program/browser';
import { classesOf, toClasses } from '../conditions.ts';
import { optimisersBegan } from '../growth.ts';
import type { SampleShape } from '../networks/network.ts';
import { fillNoise } from '../noise.ts';
import { adamCorrections } from '../optimisers.ts';
import { programOf } from '../program-library.ts';
import { decaysOf } from '../scalars.ts';
import { pathBatch, regularisingProgram } from './regularising-program.ts';
import { isDue, type Regularisation, regularisationsOf, stepsBefore, stepsBy } from './schedule.ts';

/** What the steps before an iteration came to. */
export interface Regularised {
  /** Each penalty's value, where it was due. */
  readonly values: Readonly<Partial<Record<Regularisation['name'], number>>>;
  /** The penalty whose step left something that is not finite, or null. */
  readonly bad: Regularisation['name'] | null;
}

/** The loaded programs of a training's penalties. */
export interface Regularisers extends AsyncDisposable {
  /**
   * Makes the steps that are due before an iteration, on the state of the training.
   * @param values inputs of the call that begins with it: its real batches count.
   */
  before(iteration: number, training: LoadedProgram, values: InputValues): Promise<Regularised>;
}

const NOTHING: Regularised = { values: {}, bad: null };

export async function loadRegularisers(
  executor: Executor,
  {
    configuration,
    shape,
    seed,
    held,
  }: {
    readonly configuration: Configuration;
    readonly shape: SampleShape;
    readonly seed: number;
    /** The images that the training's program holds, whose positions its calls are given; null where they are given images. */
    readonly held: ImageReals | null;
  },
): Promise<Regularisers> {
  const parts: Part[] = [];
  for (const one of regularisationsOf(configuration)) {
    const program = programOf(one.name, executor, { configuration, shape }, () =>
      regularisingProgram(configuration, shape, one),
    );
    parts.push({
      one,
      program,
      loaded: await executor.load(program),
      own: ownInputs(one, { configuration, program, seed, classes: classesOf(configuration, shape) }),
    });
  }
  return {
    before: async (iteration, training, values) => {
      const due = parts.filter(({ one }) => isDue(configuration, one, iteration));
      if (due.length === 0) return NOTHING;
      const found: Partial<Record<Regularisation['name'], number>> = {};
      const state = await training.readState();
      for (const { one, program, loaded, own } of due) {
        await loaded.writeState(Object.fromEntries(program.states.map(({ name }) => [name, tensorOf(state, name)])));
        const outputs = await loaded.run(inputsOf(program, own(iteration), values, held), 1);
        const value = outputs[one.name]?.[0] as number;
        if (outputs.check?.[0] !== 0 || !Number.isFinite(value)) return { values: found, bad: one.name };
        found[one.name] = value;
        const after = await loaded.readState();
        const moved = program.states.flatMap(({ name, symbol, update }) => (symbol === update ? [] : [name]));
        const changed = Object.fromEntries(moved.map((name) => [name, tensorOf(after, name)]));
        await training.writeState(changed);
        Object.assign(state, changed);
      }
      return { values: found, bad: null };
    },
    [Symbol.asyncDispose]: async () => {
      for (const { loaded } of parts) await loaded[Symbol.asyncDispose]();
    },
  };
}

interface Part {
  readonly one: Regularisation;
  readonly program: Program;
  readonly loaded: LoadedProgram;
  readonly own: (iteration: number) => InputValues;
}

function tensorOf(state: Readonly<Record<string, Float32Array>>, name: string): Float32Array {
  const tensor = state[name];
  if (!tensor) throw new Error(`the training has no state ${name}`);
  return tensor;
}

/** A program's own inputs, and the first iteration's part of those that it shares with the training's call. */
function inputsOf(program: Program, own: InputValues, values: InputValues, held: ImageReals | null): InputValues {
  return Object.fromEntries(
    program.inputs.map(({ name, shape }) => {
      const given = name === 'real' && held ? imagesAt(held, values, sizeOf(shape)) : values[name];
      const value = own[name] ?? given?.subarray(0, sizeOf(shape));
      if (!value) throw new Error(`a penalty's step has no input ${name}`);
      return [name, value];
    }),
  );
}

/** The first images of a call that was given their positions: penalties are due now and then, and look at the images themselves. */
function imagesAt(held: ImageReals, { positions }: InputValues, bytes: number): Uint8Array | undefined {
  if (!positions) return undefined;
  const out = new Uint8Array(bytes);
  held.copy(Uint32Array.from(positions.subarray(0, bytes / (held.height * held.width * held.channels))), out);
  return out;
}

function ownInputs(
  one: Regularisation,
  {
    configuration,
    program,
    seed,
    classes,
  }: {
    readonly configuration: Configuration;
    readonly program: Program;
    readonly seed: number;
    /** That the networks are told; 0 for none. */
    readonly classes: number;
  },
): (iteration: number) => InputValues {
  const updates = one.side === 'D' ? configuration.dSteps : configuration.gSteps;
  const lengthOf = (input: string): number => sizeOf(program.inputs.find(({ name }) => name === input)?.shape ?? [0]);
  const streams = {
    pathNoise: fastRandomStream(seed, STREAMS.pathNoise),
    pathLayerNoise: fastRandomStream(seed, STREAMS.pathLayerNoise),
    pathDirections: fastRandomStream(seed, STREAMS.pathDirections),
    pathClasses: fastRandomStream(seed, STREAMS.pathClasses),
  };
  return (iteration) => {
    const step = stepsBy(configuration, one, iteration);
    const values: Record<string, Float32Array> = { weight: Float32Array.of(one.weight) };
    if (configuration.optimizer === 'adam') {
      const decays = decaysOf(configuration, one.side);
      const began = optimisersBegan(configuration, iteration);
      const steps = (iteration - began) * updates + step - stepsBefore(configuration, one, began);
      values.corrections = Float32Array.from(adamCorrections(steps, decays));
    }
    if (one.name === 'pathLength') {
      values.pathNoise = new Float32Array(pathBatch(configuration) * configuration.nz);
      fillNoise(values.pathNoise, streams.pathNoise, step, configuration);
      for (const name of ['pathLayerNoise', 'pathDirections'] as const) {
        values[name] = new Float32Array(lengthOf(name));
        streams[name].normals(step, values[name] as Float32Array);
      }
      if (classes > 0) {
        const uniforms = new Float32Array(pathBatch(configuration));
        streams.pathClasses.uniforms(step, uniforms);
        values.pathClasses = toClasses(uniforms, classes);
      }
    }
    return values;
  };
}
