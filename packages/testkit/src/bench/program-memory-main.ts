import { createStepProgram } from '@gansweep/gan';
import {
  type Executor,
  type InputValues,
  type LoadedProgram,
  memoryOfProgram,
  mul,
  onnxExecutor,
  type Program,
  referenceExecutor,
  sizeOf,
  traceProgram,
  wasmExecutor,
} from '@gansweep/program';
import { openTensorflow } from './executors.ts';
import type { ForeseenMemory, MemoryJob } from './program-memory.ts';

/** Measures one program: the job is its argument, the answer its standard output. */
const OPEN: Readonly<Record<MemoryJob['executor'], () => Promise<Executor>>> = {
  onnx: () => onnxExecutor(),
  wasm: async () => wasmExecutor(),
  tensorflow: () => openTensorflow(),
  reference: async () => referenceExecutor(),
};
/** After so many calls nothing is allocated for the first time. */
const CALLS = 4;
/** Small programs are loaded so often that together they take about so much: what the process itself moves is no more. */
const MEASURED_BYTES = 24 * 2 ** 20;
const MOST_COPIES = 16;
/** Memory is read until so many readings find no less of it. */
const STILL_READINGS = 5;
const STILL_BYTES = 64 * 1024;
const PAUSE_MS = 30;

const job = JSON.parse(process.argv[2] ?? 'null') as MemoryJob;
const { configuration, shape, stepsPerCall: steps, executor: name } = job;
const executor = await OPEN[name]();
// What the first program of all takes is the library's.
await runOnce(traceProgram((tracer) => ({ outputs: { y: mul(tracer.input('x', [4]), 2) } })));
const { program, initialState } = createStepProgram(configuration, shape);
const predictedBytes = memoryOfProgram(program, { executor: name, steps }).total;
const copies = Math.max(1, Math.min(MOST_COPIES, Math.round(MEASURED_BYTES / predictedBytes)));
// Programs of their own, since an executor may keep what it makes of one.
const programs = Array.from({ length: copies }, () => createStepProgram(configuration, shape).program);
const state = initialState(1);

const before = await bytesInUse();
const held: { readonly loaded: LoadedProgram; readonly inputs: InputValues }[] = [];
for (const one of programs) {
  const loaded = await executor.load(one);
  await loaded.writeState(state);
  const inputs = valuesOf(one, steps);
  for (let call = 0; call < CALLS; call += 1) await loaded.run(inputs, steps);
  held.push({ loaded, inputs });
}
const measuredBytes = ((await bytesInUse()) - before) / copies;
for (const { loaded } of held) await loaded[Symbol.asyncDispose]();
const answer: ForeseenMemory = { predictedBytes, measuredBytes, copies };
process.stdout.write(JSON.stringify(answer));

async function runOnce(small: Program): Promise<void> {
  await using one = await executor.load(small);
  await one.run(valuesOf(small, 1), 1);
}

/** Finite values of every input, no two steps alike. */
function valuesOf({ inputs }: Program, count: number): InputValues {
  return Object.fromEntries(
    inputs.map(({ name, shape, dtype, each }) => {
      const size = sizeOf(shape) * (each === 'step' ? count : 1);
      const values = dtype === 'uint8' ? new Uint8Array(size) : new Float32Array(size);
      for (let i = 0; i < size; i += 1) values[i] = dtype === 'uint8' ? i * 31 : each === 'call' ? 0.5 : Math.sin(i);
      return [name, values];
    }),
  );
}

/**
 * What WebAssembly takes lies in memories and arrays that JavaScript's engine counts to the byte. Resident memory would be less by up to two
 * programs of five MiB, as the engine gives pages of its garbage back meanwhile.
 */
async function bytesInUse(): Promise<number> {
  const resident = await residentBytes();
  return name === 'wasm' ? process.memoryUsage().external : resident;
}

/** Memory of this process that is in use, after a collection of garbage, once its pages have gone back: threads of the engine return them. */
async function residentBytes(): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let still = 0; still < STILL_READINGS; still += 1) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    const now = process.memoryUsage.rss();
    if (now < least - STILL_BYTES) still = 0;
    least = Math.min(least, now);
  }
  return least;
}
