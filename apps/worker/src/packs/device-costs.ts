import { iterationInputs, trainingProgram } from '@gansweep/gan';
import type { ArtifactStore } from '@gansweep/orchestrator';
import { costOfProgram, type Executor, type LoadedProgram } from '@gansweep/program';
import type { NetCosts } from './pack-size.ts';
import { CONVOLUTIONAL, DENSE, type ProbeNet } from './probe-nets.ts';

/** What packs are chosen by: measured on an executor, once for a device, backend and version. */
export interface DeviceCosts {
  /** Milliseconds that an attempt takes of its trainer beside its training, the record aside: loading and files. */
  readonly attemptMs: number;
  readonly dense: NetCosts;
  /** Null where the executor fuses nothing: convolutions are not packed there. */
  readonly convolutional: NetCosts | null;
}

export interface CostTools {
  readonly artifacts: ArtifactStore;
  /** Key of a file that may be written and removed. */
  readonly scratch: string;
  /** Monotone. */
  readonly milliseconds: () => number;
}

/** Checkpoint, generator, picture and a spare: what a short run writes. */
const FILES = 4;
const FILE_BYTES = 32_768;
/** Time for one net with so many lanes; the first call always counts as warming up. */
const NET_MS = 40;
/** No more lanes are tried after this time, and none after a doubling that gained less than this. */
const LANES_MS = 800;
const GAIN = 0.95;
const STEPS_AT_MOST = 50;
const CALL_MS = 5;

/** Takes some 100 ms on a processor; with every size of packs that an executor fuses, a second or two. */
export async function measureDeviceCosts(executor: Executor, tools: CostTools): Promise<DeviceCosts> {
  const dense = await measureNets(executor, DENSE, tools);
  const convolutional = executor.lanesPerCall ? await measureNets(executor, CONVOLUTIONAL, tools) : null;
  return { attemptMs: (await loadingMs(executor, tools)) + FILES * (await fileMs(tools)), dense, convolutional };
}

async function measureNets(
  executor: Executor,
  { small, large }: { readonly small: ProbeNet; readonly large: ProbeNet },
  tools: CostTools,
): Promise<NetCosts> {
  const [few, many] = [small, large].map(({ configuration, reals }) =>
    costOfProgram(trainingProgram(configuration, reals, executor)),
  ) as [ReturnType<typeof costOfProgram>, ReturnType<typeof costOfProgram>];
  const smallMs = await stepMs(executor, small, 1, tools);
  const largeMs = await stepMs(executor, large, 1, tools);
  const msPerFlop = Math.max(0, largeMs - smallMs) / (many.flopsPerStep - few.flopsPerStep);
  const arithmeticMs = msPerFlop * few.flopsPerStep;
  const nodesMs = Math.max(0, smallMs - arithmeticMs);
  const lanes: { lanes: number; times: number }[] = [];
  const began = tools.milliseconds();
  let best = smallMs;
  for (let n = 2; n <= (executor.lanesPerCall ?? 1) && tools.milliseconds() - began < LANES_MS; n *= 2) {
    const ms = await stepMs(executor, small, n, tools);
    lanes.push({ lanes: n, times: nodesMs > 0 ? Math.max(1, (ms - n * arithmeticMs) / nodesMs) : n });
    if (ms / n > GAIN * best) break;
    best = ms / n;
  }
  return { msPerNode: nodesMs / few.nodes, msPerFlop, lanes };
}

/** Milliseconds of a step of `lanes` runs at once. */
async function stepMs(
  executor: Executor,
  { configuration, reals }: ProbeNet,
  lanes: number,
  { milliseconds }: CostTools,
): Promise<number> {
  const program = trainingProgram(configuration, reals, executor);
  const inputs = iterationInputs(configuration, 1, reals);
  const loaded: LoadedProgram[] = [];
  try {
    for (let i = 0; i < lanes; i++) loaded.push(await executor.load(program));
    const call = async (steps: number): Promise<number> => {
      const values = inputs.forIterations(0, steps);
      const start = milliseconds();
      await Promise.all(loaded.map((one) => one.run(values, steps)));
      return (milliseconds() - start) / steps;
    };
    await call(1);
    const steps = Math.max(1, Math.min(STEPS_AT_MOST, Math.round(CALL_MS / (await call(1)))));
    const began = milliseconds();
    let best = Number.POSITIVE_INFINITY;
    do best = Math.min(best, await call(steps));
    while (milliseconds() - began < NET_MS);
    return best;
  } finally {
    for (const one of loaded) await one[Symbol.asyncDispose]();
  }
}

/** Milliseconds until a program that was loaded before, as those of a sweep are, has run a step. */
async function loadingMs(executor: Executor, { milliseconds }: CostTools): Promise<number> {
  const { configuration, reals } = DENSE.small;
  const inputs = iterationInputs(configuration, 1, reals).forIterations(0, 1);
  const start = milliseconds();
  await using loaded = await executor.load(trainingProgram(configuration, reals, executor));
  await loaded.run(inputs, 1);
  return milliseconds() - start;
}

async function fileMs({ artifacts, scratch, milliseconds }: CostTools): Promise<number> {
  const start = milliseconds();
  await artifacts.write(scratch, new Uint8Array(FILE_BYTES));
  const took = milliseconds() - start;
  await artifacts.remove(scratch);
  return took;
}
