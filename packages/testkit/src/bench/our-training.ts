import { type RealSource, randomStream } from '@gansweep/domain';
import { createStepProgram, iterationInputs, type SampleShape } from '@gansweep/gan';
import type { Executor } from '@gansweep/program';
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
  /** The next steps of every run in turn, the making of their inputs included; the last run's losses at their end. */
  call(): Promise<CallEnd>;
}

/** @throws Error when the executor does not take the program. */
export async function openTraining(
  { configurations, shape, stepsPerCall }: Pick<ContenderJob, 'configurations' | 'shape' | 'stepsPerCall'>,
  executor: Executor,
): Promise<OurTraining> {
  const reals = noiseReals(shape);
  const runs: (AsyncDisposable & { readonly call: () => Promise<CallEnd>; readonly parameters: number })[] = [];
  const dispose = async (): Promise<void> => {
    for (const run of runs) await run[Symbol.asyncDispose]();
  };
  try {
    for (const [lane, configuration] of configurations.entries()) {
      const seed = lane + 1;
      const step = createStepProgram(configuration, shape);
      const loaded = await executor.load(step.program);
      const state = step.initialState(seed);
      const inputs = iterationInputs(configuration, seed, reals);
      let done = 0;
      runs.push({
        parameters: (state.pG?.length ?? 0) + (state.pD?.length ?? 0),
        call: async () => {
          const values = inputs.forIterations(done, stepsPerCall);
          const start = performance.now();
          const { lossD, lossG } = await loaded.run(values, stepsPerCall);
          const executorMs = performance.now() - start;
          done += stepsPerCall;
          return { lossD: lossD?.at(-1) ?? Number.NaN, lossG: lossG?.at(-1) ?? Number.NaN, executorMs };
        },
        [Symbol.asyncDispose]: () => loaded[Symbol.asyncDispose](),
      });
      await loaded.writeState(state);
    }
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    parameters: runs[0]?.parameters ?? 0,
    call: async () => {
      let last: CallEnd = { lossD: Number.NaN, lossG: Number.NaN, executorMs: 0 };
      for (const run of runs) {
        const end = await run.call();
        last = { ...end, executorMs: last.executorMs + end.executorMs };
      }
      return last;
    },
    [Symbol.asyncDispose]: dispose,
  };
}

const IMAGES = 4_096;

/** Reals of the right shape; what they show does not change the time. */
function noiseReals(shape: SampleShape): RealSource {
  const random = randomStream(1, 1);
  if (shape.kind === 'plane') return { kind: 'plane', draw: (_, draw, out) => random.normals(draw, out) };
  const each = shape.height * shape.width * shape.channels;
  const images = new Uint8Array(IMAGES * each);
  for (let i = 0; i < images.length; i += 1) images[i] = i * 31 + Math.floor(i / each) * 7;
  return {
    ...shape,
    count: IMAGES,
    copy: (positions, out) => {
      positions.forEach((position, i) => {
        out.set(images.subarray(position * each, (position + 1) * each), i * each);
      });
    },
  };
}
