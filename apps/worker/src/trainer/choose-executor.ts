import { type Executor, onnxExecutor, referenceExecutor } from '@gansweep/program';
import type { BackendName } from '@gansweep/runtime';

/** A backend that was asked for cannot run here; the message says why. It never falls back to another. */
export class BackendUnavailable extends Error {
  override readonly name = 'BackendUnavailable';
}

/** The executor of a backend; `auto` takes the fastest one that this version has for the machine. */
export async function chooseExecutor(backend: BackendName): Promise<Executor> {
  switch (backend) {
    case 'auto':
    case 'onnx':
      return onnxExecutor();
    case 'reference':
      return referenceExecutor();
    case 'tensorflow-gpu':
    case 'wasm':
    case 'tensorflow':
    case 'onnx-webgpu':
      throw new BackendUnavailable(
        `GANSWEEP_BACKEND=${backend}: this version does not have that backend; set auto, onnx or reference`,
      );
  }
}
