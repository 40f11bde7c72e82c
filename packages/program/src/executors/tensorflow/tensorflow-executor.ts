import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Executor, InputArray, InputValues, LoadedProgram } from '../../executor.ts';
import { heldBytes } from '../../primitives/held-rows.ts';
import type { Program } from '../../program.ts';
import { type Shape, sizeOf } from '../../shape.ts';
import type { DType } from '../../symbolic.ts';
import { checkInputs, checkState } from '../check-values.ts';
import { executorVersion } from '../executor-version.ts';
import { ExecutorUnavailable } from '../unavailable.ts';
import { loadBinding, type TensorflowBinding } from './binding.ts';
import { joinedRows } from './joined-rows.ts';
import { BOUNDARY, heldRows, isUpdated, lowerToTensorflow } from './lower-to-tensorflow.ts';

/** Where TensorFlow is and how it is to be used. */
export interface TensorflowOptions {
  /** The binding of @tensorflow/tfjs-node or -gpu, absolute: `…/tfjs_binding.node`. */
  readonly binding: string;
  /** For products and convolutions on a processor; of the first executor in a process, since TensorFlow asks once. */
  readonly threads?: number;
  readonly device?: 'cpu' | 'gpu';
  /** On a GPU: factors of products have 10 bits instead of 23. Of the first executor in a process, like `threads`. */
  readonly tf32?: boolean;
  /** Bytes of rows that a program may hold on the device; none on a processor, where giving them costs nothing. */
  readonly heldBytes?: number;
}

/** Each program on a GPU holds rows of its own; a few of them leave most of its memory to training. */
const HELD_ON_GPU = 256 * 2 ** 20;

/**
 * Raised with every change of the last bits of a graph's results on that device. On a processor 2: two batches that pass
 * the same dense layers are one.
 */
const GRAPHS = { cpu: 2, gpu: 1 } as const;

let opened: TensorflowBinding | null = null;

/** What TensorFlow holds for this process; for tests of ownership. */
export function heldByTensorflow(): { readonly tensors: number; readonly graphs: number } {
  return { tensors: opened?.getNumOfTensors() ?? 0, graphs: opened?.getNumOfSavedModels() ?? 0 };
}

/**
 * TensorFlow graphs through the binding of tfjs-node, without TensorFlow.js: a call is one run of a session, in which a loop
 * makes the steps; states stay on the device.
 * @throws ExecutorUnavailable when the library does not load, or a GPU was asked for and there is none.
 */
export async function tensorflowExecutor({
  binding: file,
  threads = 1,
  device = 'cpu',
  tf32 = false,
  heldBytes: most = device === 'gpu' ? HELD_ON_GPU : 0,
}: TensorflowOptions): Promise<Executor> {
  const binding = loadBinding(file, { device, threads, tf32 });
  opened = binding;
  const gpu = binding.isUsingGpuDevice();
  if (gpu !== (device === 'gpu'))
    throw new ExecutorUnavailable(
      gpu
        ? 'this TensorFlow computes on a GPU; set GANSWEEP_BACKEND=tensorflow-gpu'
        : 'TensorFlow finds no GPU that it can use; see nvidia-smi, and run gansweep backend probe tensorflow-gpu',
    );
  return {
    name: gpu ? (tf32 ? 'tensorflow-gpu-tf32' : 'tensorflow-gpu') : 'tensorflow',
    version: executorVersion(binding.TF_Version, GRAPHS[device]),
    device: gpu ? 'gpu' : threads === 1 ? 'cpu' : `cpu (${threads} threads)`,
    ...(most > 0 && { heldBytes: most }),
    load: async (program) => loadProgram(binding, program, gpu),
  };
}

function loadProgram(binding: TensorflowBinding, given: Program, gpu: boolean): LoadedProgram {
  const program = gpu ? given : joinedRows(given);
  const model = lowerToTensorflow(program, { images: gpu ? 'NCHW' : 'NHWC', groupedConvolutions: gpu });
  const session = openSession(binding, model);
  const loaded = loadedProgram(binding, session, program);
  loaded.write(Object.fromEntries(program.states.map(({ name, shape }) => [name, new Float32Array(sizeOf(shape))])));
  loaded.hold();
  return loaded.program;
}

/** The binding reads models from folders only. */
function openSession(binding: TensorflowBinding, model: Uint8Array): number {
  const folder = mkdtempSync(path.join(tmpdir(), 'gansweep-graph-'));
  try {
    writeFileSync(path.join(folder, 'saved_model.pb'), model);
    return binding.loadSavedModel(folder, 'serve');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

type Values = InputArray;
type Feed = readonly [name: string, shape: Shape, type: DType, values: Values];

function loadedProgram(
  binding: TensorflowBinding,
  session: number,
  program: Program,
): {
  readonly program: LoadedProgram;
  write(state: Readonly<Record<string, Float32Array>>): void;
  hold(): void;
} {
  const types = {
    float32: binding.TF_FLOAT,
    int32: binding.TF_INT32,
    uint8: binding.TF_UINT8,
    bool: binding.TF_BOOL,
  };
  let disposed = false;
  /** Runs what the fetched names need; every tensor that the binding held for it is deleted again. */
  const run = (feeds: readonly Feed[], fetches: readonly string[]): Values[] => {
    if (disposed) throw new Error('this program was disposed of');
    const held: number[] = [];
    try {
      for (const [, shape, type, values] of feeds) held.push(binding.createTensor(shape, types[type], values));
      const names = feeds.map(([name]) => name).join();
      const results = binding.runSavedModel(session, held.slice(), names, fetches.join());
      held.push(...results.map(({ id }) => id));
      return results.map(({ id }) => binding.tensorDataSync(id));
    } finally {
      for (const id of held) binding.deleteTensor(id);
    }
  };
  const read = (nameOf: (position: number) => string): Record<string, Float32Array> => {
    if (program.states.length === 0) return {};
    const values = run(
      [],
      program.states.map((_, i) => nameOf(i)),
    );
    return Object.fromEntries(program.states.map(({ name }, i) => [name, values[i] as Float32Array]));
  };
  const write = (state: Readonly<Record<string, Float32Array>>): void => {
    const written = program.states.flatMap(({ name, shape }, i) =>
      state[name] ? [{ i, shape, values: state[name] }] : [],
    );
    if (written.length === 0) return;
    run(
      written.map(({ i, shape, values }): Feed => [BOUNDARY.newState(i), shape, 'float32', values.slice()]),
      written.map(({ i }) => BOUNDARY.written(i)),
    );
  };
  const feedsOf = (inputs: InputValues, steps: number): Feed[] => [
    [BOUNDARY.steps, [], 'int32', Int32Array.of(steps)],
    ...program.inputs.map(({ name, shape, dtype, each }, i): Feed => {
      const whole = each === 'step' ? [steps, ...shape] : shape;
      return [BOUNDARY.input(i), whole, dtype, inputs[name] as InputArray];
    }),
  ];
  const loaded: LoadedProgram = {
    run: async (inputs, steps) => {
      checkInputs(program, inputs, steps);
      const [values] = run(feedsOf(inputs, steps), [BOUNDARY.outputs]);
      return outputsOf(program, values as Float32Array, steps);
    },
    readState: async () => read(BOUNDARY.state),
    readPreviousState: async () =>
      read((i) => (program.states[i] && isUpdated(program.states[i]) ? BOUNDARY.previous(i) : BOUNDARY.state(i))),
    writeState: async (state) => {
      checkState(program, state);
      write(state);
    },
    [Symbol.asyncDispose]: async () => {
      if (disposed) return;
      disposed = true;
      binding.deleteSavedModel(session);
    },
  };
  const hold = (): void => {
    heldRows(program).forEach((node, i) => {
      run([[BOUNDARY.newRows(i), node.shape, 'uint8', heldBytes(node)]], [BOUNDARY.rowsWritten(i)]);
    });
  };
  return { program: loaded, write, hold };
}

/** Cuts rows of all outputs of a step into outputs of all steps. */
function outputsOf(program: Program, rows: Float32Array, steps: number): Record<string, Float32Array> {
  const width = rows.length / steps;
  let start = 0;
  return Object.fromEntries(
    program.outputs.map(({ name, shape }) => {
      const size = sizeOf(shape);
      const values = new Float32Array(steps * size);
      for (let step = 0; step < steps; step += 1) {
        const at = step * width + start;
        values.set(rows.subarray(at, at + size), step * size);
      }
      start += size;
      return [name, values];
    }),
  );
}
