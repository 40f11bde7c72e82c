import { planeReals } from '@gansweep/datasets';
import { type Configuration, isPlaneLaw, type RealSource, shapeKey } from '@gansweep/domain';
import {
  createStepProgram,
  heldImages,
  type IterationInputs,
  iterationInputs,
  type SampleShape,
  type StepProgram,
} from '@gansweep/gan';
import type { Executor, InputValues, LoadedProgram } from '@gansweep/program';
import type { ContenderJob } from './messages.ts';

interface CallEnd {
  /** Of the last step. */
  readonly lossD: number;
  readonly lossG: number;
  /** Milliseconds inside the executor. */
  readonly executorMs: number;
}

/** Runs of one shape, each loaded for itself with its own settings, seed and state, through the public executor. */
export interface OurTraining extends AsyncDisposable {
  /** Of one run. */
  readonly parameters: number;
  /**
   * The next steps of every run, in turn or together where the executor joins their calls, the making of their inputs
   * included; the last run's losses at their end.
   */
  call(): Promise<CallEnd>;
}

/** @throws Error when the executor does not take the program. */
export async function openTraining(
  { configurations, shape, stepsPerCall }: Pick<ContenderJob, 'configurations' | 'shape' | 'stepsPerCall'>,
  executor: Executor,
): Promise<OurTraining> {
  // As trainings do: runs that differ in what a lane may have of its own share one program.
  const programs = new Map<string, StepProgram>();
  const runs: Run[] = [];
  const dispose = async (): Promise<void> => {
    for (const { loaded } of runs) await loaded[Symbol.asyncDispose]();
  };
  try {
    for (const [lane, configuration] of configurations.entries()) {
      const seed = lane + 1;
      const key = shapeKey(configuration);
      const reals = realsOf(configuration, shape);
      const images = heldImages(reals, executor);
      const step = programs.get(key) ?? createStepProgram(configuration, shape, images);
      programs.set(key, step);
      const loaded = await executor.load(step.program);
      runs.push({ loaded, inputs: iterationInputs(configuration, seed, reals, { held: images !== null }) });
      await loaded.writeState(step.initialState(seed));
    }
  } catch (error) {
    await dispose();
    throw error;
  }
  const [first] = programs.values();
  const { pG, pD } = first?.initialState(1) ?? {};
  let done = 0;
  /** The next steps of some runs at once. */
  const callOf = async (some: readonly Run[]): Promise<CallEnd> => {
    const values = some.map(({ inputs }) => inputs.forIterations(done, stepsPerCall));
    const start = performance.now();
    const outputs = await Promise.all(some.map(({ loaded }, i) => loaded.run(values[i] as InputValues, stepsPerCall)));
    const executorMs = performance.now() - start;
    const { lossD, lossG } = outputs.at(-1) ?? {};
    return { lossD: lossD?.at(-1) ?? Number.NaN, lossG: lossG?.at(-1) ?? Number.NaN, executorMs };
  };
  const groups = executor.lanesPerCall ? [runs] : runs.map((run) => [run]);
  return {
    parameters: (pG?.length ?? 0) + (pD?.length ?? 0),
    call: async () => {
      let last: CallEnd = { lossD: Number.NaN, lossG: Number.NaN, executorMs: 0 };
      for (const group of groups) {
        const end = await callOf(group);
        last = { ...end, executorMs: last.executorMs + end.executorMs };
      }
      done += stepsPerCall;
      return last;
    },
    [Symbol.asyncDispose]: dispose,
  };
}

/** A run of a case on its executor. */
interface Run {
  readonly loaded: LoadedProgram;
  readonly inputs: IterationInputs;
}

const IMAGES = 4_096;

/** The law of the plane that is trained on, or images of the right shape: what they show does not change the time. */
function realsOf({ dataset }: Configuration, shape: SampleShape): RealSource {
  if (shape.kind === 'plane') {
    if (!isPlaneLaw(dataset)) throw new Error(`${dataset} is no law of the plane`);
    return planeReals(dataset);
  }
  const each = shape.height * shape.width * shape.channels;
  const images = new Uint8Array(IMAGES * each);
  for (let i = 0; i < images.length; i += 1) images[i] = i * 31 + Math.floor(i / each) * 7;
  return {
    ...shape,
    count: IMAGES,
    content: `${IMAGES} images of ${each} bytes`,
    copy: (positions, out) => {
      positions.forEach((position, i) => {
        out.set(images.subarray(position * each, (position + 1) * each), i * each);
      });
    },
  };
}
