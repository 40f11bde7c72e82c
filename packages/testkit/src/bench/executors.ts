import { type Executor, onnxExecutor, packedExecutor, wasmExecutor } from '@gansweep/program';

/** The executors that are measured, by the name of their row; where one does not load, or does not take a program, its row says why. */
export const EXECUTORS: Readonly<Record<string, () => Promise<Executor>>> = {
  wasm: async () => wasmExecutor(),
  'wasm without fused multiply-add': async () => wasmExecutor({ fused: false }),
  onnx: () => onnxExecutor(),
};

/**
 * Executors with the lanes of a case fused into one call, by the name of their row; for cases of several lanes.
 * WebAssembly is not among them: its calls cost nothing, so lanes lose nothing by taking turns.
 */
export const FUSED: Readonly<Record<string, (lanes: number) => Promise<Executor>>> = {
  'onnx, fused pack': async (lanes) => packedExecutor(await onnxExecutor(), { lanes: packOf(lanes) }),
};

/** The smallest pack with a place for each lane. */
function packOf(lanes: number): number {
  return Math.max(2, 2 ** Math.ceil(Math.log2(lanes)));
}
