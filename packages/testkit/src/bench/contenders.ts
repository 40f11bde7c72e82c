import { fileURLToPath } from 'node:url';
import { EXECUTORS, FUSED, GPU, GPU_FUSED, SLOW } from './executors.ts';

/** Something that trains the cases in a process of its own, and answers as `messages.ts` says. */
export interface Contender {
  readonly name: string;
  readonly kind: 'gansweep' | 'peer';
  /** Told to the process, which may know several ways. */
  readonly variant: string;
  readonly command: string;
  readonly arguments: readonly string[];
  /** Only for cases of many steps a call: the others would last for minutes. */
  readonly manyStepsACall: boolean;
  /** Fuses the lanes of a case into one call, so that it differs from the others only where there are several. */
  readonly fusesLanes: boolean;
  /** Where it computes. */
  readonly device: 'cpu' | 'gpu';
  /** Settings of its process beside those of all. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Our executors. */
export function ourContenders(): readonly Contender[] {
  return [...Object.keys(EXECUTORS), ...Object.keys(FUSED)].map((name) => ourContender(name));
}

/** Those that compute on a GPU. */
export function ourGpuContenders(): readonly Contender[] {
  return [...Object.keys(GPU), ...Object.keys(GPU_FUSED)].map((name) => ourContender(name, 'gpu'));
}

/** Our executors that are too slow to race. */
export function slowContenders(): readonly Contender[] {
  return Object.keys(SLOW).map((name) => ourContender(name));
}

function ourContender(name: string, device: Contender['device'] = 'cpu'): Contender {
  return {
    name: `gansweep ${name}`,
    kind: 'gansweep',
    variant: name,
    command: process.execPath,
    // Memory is compared after a collection of garbage.
    arguments: [...process.execArgv, '--expose-gc', fileOf('contender-main.ts')],
    manyStepsACall: false,
    fusesLanes: name in FUSED || name in GPU_FUSED,
    device,
  };
}

/** TensorFlow.js as its users train with it in Node: an operation at a time. It needs no Python. */
export function eagerTensorflowJs(): Contender {
  return {
    name: 'TensorFlow.js eager, tfjs-node',
    kind: 'peer',
    variant: 'eager',
    command: process.execPath,
    arguments: [fileOf('peers/tfjs_step.mjs')],
    manyStepsACall: false,
    fusesLanes: false,
    device: 'cpu',
  };
}

/** What users train with elsewhere: name, script, variant, and whether it runs all steps of a call by itself. */
const PEERS = [
  ['PyTorch eager', 'torch', 'eager', false],
  ['PyTorch torch.compile', 'torch', 'compile', false],
  ['TensorFlow tf.function', 'tensorflow', 'function', false],
  ['TensorFlow tf.function, loop', 'tensorflow', 'loop', true],
  ['JAX jit', 'jax', 'jit', false],
  ['JAX jit, lax.scan', 'jax', 'scan', true],
] as const;

/** The peers, run by a Python that has them. */
export function peerContenders(python: string): readonly Contender[] {
  return PEERS.map(([name, script, variant, manyStepsACall]) => ({
    name,
    kind: 'peer',
    variant,
    command: python,
    arguments: ['-B', fileOf(`peers/${script}_step.py`)],
    manyStepsACall,
    fusesLanes: false,
    device: 'cpu',
  }));
}

/** The same on a GPU. PyTorch as it comes multiplies in 19 bits inside convolutions, JAX everywhere; gansweep in 32. */
const GPU_PEERS = [
  ['PyTorch eager, float32', 'torch', 'eager', { NVIDIA_TF32_OVERRIDE: '0' }],
  ['PyTorch eager, TF32', 'torch', 'eager', { GANSWEEP_BENCH_TF32: '1' }],
  ['JAX jit, lax.scan, float32', 'jax', 'scan', { JAX_DEFAULT_MATMUL_PRECISION: 'float32' }],
  ['JAX jit, lax.scan, TF32', 'jax', 'scan', {}],
] as const;

/** The peers, run on a GPU by a Python that has them. */
export function gpuPeerContenders(python: string): readonly Contender[] {
  return GPU_PEERS.map(([name, script, variant, environment]) => ({
    name,
    kind: 'peer',
    variant,
    command: python,
    arguments: ['-B', fileOf(`peers/${script}_step.py`)],
    manyStepsACall: variant === 'scan',
    fusesLanes: false,
    device: 'gpu',
    environment,
  }));
}

function fileOf(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
