import { type Executor, onnxExecutor } from '@gansweep/program';

/** The executors that are measured, by the name of their row; one that does not load here is left out. */
export const EXECUTORS: Readonly<Record<string, () => Promise<Executor>>> = {
  onnx: () => onnxExecutor(),
};
