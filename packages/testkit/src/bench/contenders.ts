import { fileURLToPath } from 'node:url';
import { EXECUTORS, FUSED, SLOW } from './executors.ts';

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
}

/** Our executors. */
export function ourContenders(): readonly Contender[] {
  return [...Object.keys(EXECUTORS), ...Object.keys(FUSED)].map(ourContender);
}

/** Our executors that are too slow to race. */
export function slowContenders(): readonly Contender[] {
  return Object.keys(SLOW).map(ourContender);
}

function ourContender(name: string): Contender {
  return {
    name: `gansweep ${name}`,
    kind: 'gansweep',
    variant: name,
    command: process.execPath,
    // Memory is compared after a collection of garbage.
    arguments: [...process.execArgv, '--expose-gc', fileOf('contender-main.ts')],
    manyStepsACall: false,
    fusesLanes: name in FUSED,
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
  }));
}

function fileOf(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
