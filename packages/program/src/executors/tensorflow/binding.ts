import { createRequire } from 'node:module';
import { ExecutorUnavailable } from '../unavailable.ts';

/** A tensor that the binding holds for us until it is deleted. */
interface HeldTensor {
  readonly id: number;
}

/** What we use of the native part of @tensorflow/tfjs-node and -gpu. @see binding/tfjs_binding.cc of those packages */
export interface TensorflowBinding {
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_UINT8: number;
  readonly TF_BOOL: number;
  readonly TF_Version: string;
  isUsingGpuDevice(): boolean;
  createTensor(shape: readonly number[], type: number, values: Float32Array | Int32Array | Uint8Array): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): Float32Array | Int32Array | Uint8Array;
  getNumOfTensors(): number;
  loadSavedModel(folder: string, tags: string): number;
  deleteSavedModel(id: number): void;
  /** Names are joined by commas. */
  runSavedModel(id: number, inputs: readonly number[], inputNames: string, outputNames: string): readonly HeldTensor[];
  getNumOfSavedModels(): number;
}

/** How the library computes. */
interface LibrarySettings {
  readonly device: 'cpu' | 'gpu';
  readonly threads: number;
  readonly tf32: boolean;
}

/** TensorFlow reads these when it is loaded, once for the process. */
function prepareEnvironment({ device, threads, tf32 }: LibrarySettings): void {
  Object.assign(process.env, {
    TF_NUM_INTRAOP_THREADS: `${threads}`,
    // Nodes run one after another in the calling thread: the binding may give memory back to JavaScript in no other.
    TF_NUM_INTEROP_THREADS: '-1',
    TF_DETERMINISTIC_OPS: '1',
    // Float32 is float32, unless asked otherwise: no products of 10 bits.
    ...(!tf32 && { NVIDIA_TF32_OVERRIDE: '0' }),
  });
  const unlessSet = {
    // Its convolutions are 1.4 to 2.7 times as fast, and not every version takes them by itself on every processor.
    TF_ENABLE_ONEDNN_OPTS: '1',
    // Trainers share a GPU; TensorFlow alone would take all of its memory.
    TF_FORCE_GPU_ALLOW_GROWTH: 'true',
    // An arena of TensorFlow's own instead of malloc, which cuts and merges memory for each tensor: 2 to 3 % of a small step.
    ...(device === 'cpu' && { TF_CPU_ALLOCATOR_USE_BFC: 'true' }),
    // Errors only; the library's notes on its start are no news.
    TF_CPP_MIN_LOG_LEVEL: '2',
  };
  for (const [name, value] of Object.entries(unlessSet)) process.env[name] ??= value;
}

/** @throws ExecutorUnavailable with the reason. */
export function loadBinding(file: string, settings: LibrarySettings): TensorflowBinding {
  prepareEnvironment(settings);
  try {
    return createRequire(import.meta.url)(file) as TensorflowBinding;
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw new ExecutorUnavailable(`TensorFlow does not load from ${file} (${reason}); run gansweep backend probe`);
  }
}
