import { type Executor, onnxExecutor, wasmExecutor } from '@gansweep/program';

/** The executors that are measured, by the name of their row; where one does not load, or does not take a program, its row says why. */
export const EXECUTORS: Readonly<Record<string, () => Promise<Executor>>> = {
  wasm: async () => wasmExecutor(),
  'wasm without fused multiply-add': async () => wasmExecutor({ fused: false }),
  onnx: () => onnxExecutor(),
};
