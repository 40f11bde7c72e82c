import { BackendNotInstalled, findBackend, type InstallableName, installedBackend } from '@gansweep/backends';
import type { Configuration } from '@gansweep/domain';
import {
  type Executor,
  ExecutorUnavailable,
  onnxExecutor,
  packedExecutor,
  referenceExecutor,
  tensorflowExecutor,
  wasmExecutor,
} from '@gansweep/program';
import type { BackendName } from '@gansweep/runtime';
import { listGpus, visibleGpus } from '../list-gpus.ts';
import { availableMemory } from './available-memory.ts';
import { withinMemory } from './within-memory.ts';

/** A backend that was asked for cannot run here; the message says why. It never falls back to another. */
export class BackendUnavailable extends Error {
  override readonly name = 'BackendUnavailable';
}

/** Products up to this size, batch × width², run faster in our own kernels than in ONNX Runtime. */
const SMALL_PRODUCT = 64 * 64 * 64;
const NARROW = 32;

/** The executors of a trainer, and which one trains a configuration: the same one on every machine and attempt. */
export interface Backend {
  /** For people: `auto (wasm, onnx)`, or the one that was asked for. */
  readonly name: string;
  readonly version: string;
  readonly device: string;
  executorFor(configuration: Configuration): Executor;
}

/** Where backends that a user installed lie: `Config.backendHome`. */
export interface BackendPlace {
  readonly backendHome: string;
}

/**
 * Opens a backend. @param fusedLanes runs of one native call, also where the backend would have them take turns.
 * @throws BackendUnavailable, ExecutorUnavailable with the reason where it does not run here.
 */
export async function openBackend(
  name: BackendName,
  place: BackendPlace,
  fusedLanes: number | null = null,
): Promise<Backend> {
  const fused = (executor: Executor): Executor =>
    fusedLanes === null ? executor : packedExecutor(executor, { lanes: fusedLanes });
  if (name !== 'auto') return only(fused(await chooseExecutor(name, place)));
  if (hasGpu(place)) return only(await chooseExecutor('tensorflow-gpu', place));
  const [onnx, wasm] = [await onnxExecutor(), wasmExecutor()].map((one) => withinMemory(one, availableMemory)) as [
    Executor,
    Executor,
  ];
  return {
    name: `auto (${wasm.name}, ${onnx.name})`,
    version: onnx.version,
    device: wasm.device,
    executorFor: (configuration) => (isSmallAndDense(configuration) ? wasm : onnx),
  };
}

/** A GPU and what computes on it; `auto` then wants it, and says so where it does not work. */
function hasGpu({ backendHome }: BackendPlace): boolean {
  if (findBackend('tensorflow-gpu', backendHome).kind !== 'installed') return false;
  return visibleGpus(process.env.CUDA_VISIBLE_DEVICES, listGpus()).length > 0;
}

function only(chosen: Executor): Backend {
  const executor = withinMemory(chosen, availableMemory);
  const { name, version, device } = executor;
  return { name, version, device, executorFor: () => executor };
}

function isSmallAndDense(configuration: Configuration): boolean {
  if (configuration.model !== 'mlp2d') return false;
  const width = Math.max(configuration.widthG, configuration.widthD);
  return width <= NARROW || configuration.batch * width * width <= SMALL_PRODUCT;
}

/** One executor of a backend; `auto` takes the one that runs every program. */
export async function chooseExecutor(backend: BackendName, { backendHome }: BackendPlace): Promise<Executor> {
  switch (backend) {
    case 'auto':
    case 'onnx':
      return onnxExecutor();
    case 'wasm':
      return wasmExecutor();
    case 'reference':
      return referenceExecutor();
    case 'tensorflow-gpu':
    case 'tensorflow-gpu-tf32':
    case 'tensorflow':
      return tensorflow(backend, backendHome);
    case 'onnx-webgpu':
      throw lacking(backend);
  }
}

/** Lanes of one call on a GPU, where a call costs more than its arithmetic: 8 of DCGAN32 took 0.29 of their time in turn. */
const GPU_LANES = 8;

async function tensorflow(name: InstallableName | 'tensorflow-gpu-tf32', backendHome: string): Promise<Executor> {
  try {
    const tf32 = name === 'tensorflow-gpu-tf32';
    const { binding } = installedBackend(tf32 ? 'tensorflow-gpu' : name, backendHome);
    if (name === 'tensorflow') return await tensorflowExecutor({ binding });
    return packedExecutor(await tensorflowExecutor({ binding, device: 'gpu', tf32 }), { lanes: GPU_LANES });
  } catch (error) {
    if (error instanceof BackendNotInstalled || error instanceof ExecutorUnavailable)
      throw new BackendUnavailable(`GANSWEEP_BACKEND=${name}: ${error.message}`);
    throw error;
  }
}

const lacking = (backend: BackendName): BackendUnavailable =>
  new BackendUnavailable(
    `GANSWEEP_BACKEND=${backend}: this version does not have that backend; set auto, wasm, onnx, tensorflow or reference`,
  );
