import { type Configuration, type RealSource, randomStream } from '@gansweep/domain';
import { createStepProgram, iterationInputs, type SampleShape } from '@gansweep/gan';
import type { Executor } from '@gansweep/program';

/** A whole iteration (one update of D, one of G, Adam) whose time is told. */
interface BenchCase {
  readonly name: string;
  readonly configuration: Configuration;
  readonly shape: SampleShape;
  /** Iterations of one call, as a training would choose them. */
  readonly stepsPerCall: number;
  readonly callsPerRound: number;
}

const ITERATION = {
  lrG: 2e-4,
  lrD: 2e-4,
  weightDecay: 0,
  batch: 64,
  images: 1_000_000,
  dSteps: 1,
  gSteps: 1,
  noise: 'gaussian',
  loss: 'non-saturating',
  realLabel: 1,
  fakeLabel: 0,
  optimizer: 'adam',
  beta1: 0.5,
  beta2: 0.999,
  adamEps: 1e-8,
} as const;

export const BENCH_CASES: readonly BenchCase[] = [
  {
    name: 'dcgan 32×32, 3 channels, ngf = ndf = 32, batch 64',
    configuration: {
      ...ITERATION,
      model: 'dcgan',
      dataset: 'mnist',
      resolution: 32,
      nz: 100,
      ngf: 32,
      ndf: 32,
      leak: 0.2,
      bnEps: 1e-5,
      bnMomentum: 0.1,
    },
    shape: { kind: 'images', height: 32, width: 32, channels: 3 },
    stepsPerCall: 2,
    callsPerRound: 1,
  },
  {
    name: 'mlp2d 3×16, batch 64',
    configuration: {
      ...ITERATION,
      model: 'mlp2d',
      dataset: 'ring8',
      nz: 2,
      layersG: 3,
      layersD: 3,
      widthG: 16,
      widthD: 16,
    },
    shape: { kind: 'plane' },
    stepsPerCall: 50,
    callsPerRound: 10,
  },
];

/** Milliseconds of one iteration: of the executor's call alone, and with the making of its inputs. */
interface RoundTimes {
  readonly call: number;
  readonly whole: number;
}

export interface PreparedCase extends AsyncDisposable {
  readonly nodes: number;
  readonly parameters: number;
  readonly loadMs: number;
  readonly round: () => Promise<RoundTimes>;
  /** Losses of the last iteration, both finite if the training is one. */
  readonly losses: () => { readonly lossD: number; readonly lossG: number };
}

/** Traces, loads and warms up a case, from its own initial state. @param now monotonic milliseconds. */
export async function prepareCase(
  { configuration, shape, stepsPerCall, callsPerRound }: BenchCase,
  executor: Executor,
  now: () => number,
): Promise<PreparedCase> {
  const seed = 1;
  const begun = now();
  const step = createStepProgram(configuration, shape);
  const loaded = await executor.load(step.program);
  const loadMs = now() - begun;
  const state = step.initialState(seed);
  await loaded.writeState(state);
  const inputs = iterationInputs(configuration, seed, noiseReals(shape));
  let done = 0;
  let outputs: Record<string, Float32Array> = {};
  const call = async (): Promise<RoundTimes> => {
    const start = now();
    const values = inputs.forIterations(done, stepsPerCall);
    const made = now();
    outputs = await loaded.run(values, stepsPerCall);
    const end = now();
    done += stepsPerCall;
    return { call: (end - made) / stepsPerCall, whole: (end - start) / stepsPerCall };
  };
  await call();
  return {
    nodes: step.program.nodes.length,
    parameters: (state.pG?.length ?? 0) + (state.pD?.length ?? 0),
    loadMs,
    round: async () => {
      let [inCalls, whole] = [0, 0];
      for (let i = 0; i < callsPerRound; i += 1) {
        const times = await call();
        inCalls += times.call / callsPerRound;
        whole += times.whole / callsPerRound;
      }
      return { call: inCalls, whole };
    },
    losses: () => ({ lossD: outputs.lossD?.at(-1) ?? Number.NaN, lossG: outputs.lossG?.at(-1) ?? Number.NaN }),
    [Symbol.asyncDispose]: () => loaded[Symbol.asyncDispose](),
  };
}

/** Reals of the right shape; what they show does not change the time. */
function noiseReals(shape: SampleShape): RealSource {
  const random = randomStream(1, 1);
  if (shape.kind === 'plane') return { kind: 'plane', draw: (_, draw, out) => random.normals(draw, out) };
  const each = shape.height * shape.width * shape.channels;
  return {
    ...shape,
    count: 4_096,
    copy: (positions, out) => {
      for (let i = 0; i < out.length; i += 1) out[i] = ((positions[Math.floor(i / each)] ?? 0) * 31 + i * 7) % 256;
    },
  };
}
