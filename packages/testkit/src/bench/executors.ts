import { installedBackend } from '@gansweep/backends';
import {
  type Executor,
  onnxExecutor,
  packedExecutor,
  referenceExecutor,
  tensorflowExecutor,
  wasmExecutor,
} from '@gansweep/program';
import { readConfig } from '@gansweep/runtime';
import { findTensorflowBinding } from '../tensorflow-binding.ts';

/** The executors that are measured, by the name of their row; where one does not load, or does not take a program, its row says why. */
export const EXECUTORS: Readonly<Record<string, () => Promise<Executor>>> = {
  wasm: async () => wasmExecutor(),
  'wasm without fused multiply-add': async () => wasmExecutor({ fused: false }),
  onnx: () => onnxExecutor(),
  tensorflow: () => openTensorflow(),
};

/**
 * Executors with the lanes of a case fused into one call, by the name of their row; for cases of several lanes.
 * WebAssembly is not among them: its calls cost nothing, so lanes lose nothing by taking turns.
 */
export const FUSED: Readonly<Record<string, (lanes: number) => Promise<Executor>>> = {
  'onnx, fused pack': async (lanes) => packedExecutor(await onnxExecutor(), { lanes: packOf(lanes) }),
  'tensorflow, fused pack': async (lanes) => packedExecutor(await openTensorflow(), { lanes: packOf(lanes) }),
};

/** Those that would keep a race waiting, by the name of their row; their memory is measured alone. */
export const SLOW: Readonly<Record<string, () => Promise<Executor>>> = {
  reference: async () => referenceExecutor(),
};

/** On a GPU, as trainings use it. */
export const GPU: Readonly<Record<string, () => Promise<Executor>>> = {
  'tensorflow-gpu': () => openTensorflowGpu(),
  'tensorflow-gpu-tf32': () => openTensorflowGpu({ tf32: true }),
};

/** The same with lanes fused. */
export const GPU_FUSED: Readonly<Record<string, (lanes: number) => Promise<Executor>>> = {
  'tensorflow-gpu, fused pack': async (lanes) => packedExecutor(await openTensorflowGpu(), { lanes: packOf(lanes) }),
  'tensorflow-gpu-tf32, fused pack': async (lanes) =>
    packedExecutor(await openTensorflowGpu({ tf32: true }), { lanes: packOf(lanes) }),
};

/** @throws Error where it is not installed or finds no GPU. */
function openTensorflowGpu({ tf32 = false } = {}): Promise<Executor> {
  const { backendHome } = readConfig(process.env);
  return tensorflowExecutor({ binding: installedBackend('tensorflow-gpu', backendHome).binding, device: 'gpu', tf32 });
}

/** @throws Error where TensorFlow is not installed. */
export function openTensorflow(): Promise<Executor> {
  const binding = findTensorflowBinding(process.env);
  if (binding === null) throw new Error('TensorFlow is not installed (gansweep backend install tensorflow)');
  return tensorflowExecutor({ binding });
}

/** The smallest pack with a place for each lane. */
function packOf(lanes: number): number {
  return Math.max(2, 2 ** Math.ceil(Math.log2(lanes)));
}
