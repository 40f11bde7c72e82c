import type { InferenceSession, Tensor as OnnxTensor } from 'onnxruntime-node';
import type { Executor, InputArray, LoadedProgram } from '../../executor.ts';
import type { Program } from '../../program.ts';
import { sizeOf } from '../../shape.ts';
import type { DType } from '../../symbolic.ts';
import { checkInputs, checkState } from '../check-values.ts';
import { executorVersion } from '../executor-version.ts';
import { ExecutorUnavailable } from '../unavailable.ts';
import { lowerToOnnx, outName } from './lower-to-onnx.ts';
import { inName, isUpdated } from './step-operators.ts';

type Library = typeof import('onnxruntime-node');

/** Raised with every change of the last bits of a graph's results. */
const GRAPHS = 1;

let sessions = 0;

/** Native sessions alive in this process; for tests of ownership. */
export function liveOnnxSessions(): number {
  return sessions;
}

/**
 * ONNX Runtime on the CPU: sequential, by default one thread, so that one trainer per core runs at full speed.
 * @throws ExecutorUnavailable when onnxruntime-node does not load.
 */
export async function onnxExecutor({ threads = 1 }: { readonly threads?: number } = {}): Promise<Executor> {
  const library = await loadLibrary();
  return {
    name: 'onnx',
    version: executorVersion(library.env.versions.node ?? library.env.versions.common, GRAPHS),
    device: threads === 1 ? 'cpu' : `cpu (${threads} threads)`,
    load: (program) => loadOnnx(library, program, threads),
  };
}

/** The native library as `importModule` finds it. @throws ExecutorUnavailable with the reason. */
export async function loadLibrary(
  importModule: () => Promise<Library> = () => import('onnxruntime-node'),
): Promise<Library> {
  try {
    const module = await importModule();
    return 'default' in module ? ((module as { default?: Library }).default ?? module) : module;
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw new ExecutorUnavailable(`onnxruntime-node does not load (${reason}); run npm ci again on this machine`);
  }
}

async function loadOnnx(library: Library, program: Program, threads: number): Promise<LoadedProgram> {
  const session = await library.InferenceSession.create(lowerToOnnx(program), {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    // A pattern holds all results of a step in one more block; it saves no time here, and takes up to 70 % more memory.
    enableMemPattern: false,
    logSeverityLevel: 3,
  });
  sessions += 1;
  return loadedProgram(library, session, program);
}

function loadedProgram(library: Library, session: InferenceSession, program: Program): LoadedProgram {
  // Two buffers: a call reads one and writes the other, then they change places. A state that no step changes is in both.
  let current: ReadonlyMap<string, Float32Array> = new Map(
    program.states.map(({ name, shape }) => [name, new Float32Array(sizeOf(shape))]),
  );
  let previous: ReadonlyMap<string, Float32Array> = new Map(
    program.states.map((state) => {
      const values = current.get(state.name) as Float32Array;
      return [state.name, isUpdated(state) ? values.slice() : values];
    }),
  );
  let disposed = false;
  let running = false;
  const tensor = (data: InputArray, dims: readonly number[], dtype: DType = 'float32'): OnnxTensor =>
    new library.Tensor(dtype, data as Float32Array, dims);
  const copyOf = (from: ReadonlyMap<string, Float32Array>): Record<string, Float32Array> =>
    Object.fromEntries([...from].map(([name, values]) => [name, values.slice()]));
  return {
    run: async (inputs, steps) => {
      if (disposed) throw new Error('this program was disposed of');
      // Two calls at once would read and write the same buffers.
      if (running) throw new Error('a call of this program is under way; await it first');
      checkInputs(program, inputs, steps);
      const feeds: Record<string, OnnxTensor> = {};
      const fetches: Record<string, OnnxTensor> = {};
      const outputs: Record<string, Float32Array> = {};
      for (const state of program.states) {
        const { name, shape } = state;
        feeds[inName(name)] = tensor(current.get(name) as Float32Array, shape);
        if (isUpdated(state)) fetches[outName(name)] = tensor(previous.get(name) as Float32Array, shape);
      }
      for (const { name, shape, dtype, each } of program.inputs)
        feeds[inName(name)] = tensor(inputs[name] as InputArray, each === 'step' ? [steps, ...shape] : shape, dtype);
      for (const { name, shape } of program.outputs) {
        const values = new Float32Array(steps * sizeOf(shape));
        outputs[name] = values;
        fetches[outName(name)] = tensor(values, [steps, ...shape]);
      }
      running = true;
      try {
        await session.run(feeds, fetches);
      } finally {
        running = false;
      }
      [current, previous] = [previous, current];
      return outputs;
    },
    readState: async () => copyOf(current),
    readPreviousState: async () => copyOf(previous),
    writeState: async (given) => {
      if (running) throw new Error('a call of this program is under way; await it first');
      checkState(program, given);
      for (const [name, values] of Object.entries(given)) current.get(name)?.set(values);
    },
    [Symbol.asyncDispose]: async () => {
      if (disposed) return;
      disposed = true;
      sessions -= 1;
      await session.release();
    },
  };
}
