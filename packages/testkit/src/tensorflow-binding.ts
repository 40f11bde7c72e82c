import { findBackend, installedBackend } from '@gansweep/backends';
import { readConfig } from '@gansweep/runtime';

/** What tests and benchmarks open TensorFlow with. */
export interface TensorflowHere {
  readonly binding: string;
  readonly device: 'cpu' | 'gpu';
}

/** The binding that is tested and measured: the one that the environment names, else the installed one; null without either. */
export function findTensorflowBinding(env: Readonly<Record<string, string | undefined>>): string | null {
  if (env.GANSWEEP_TENSORFLOW_BINDING) return env.GANSWEEP_TENSORFLOW_BINDING;
  const found = findBackend('tensorflow', readConfig(env).backendHome);
  return found.kind === 'installed' ? found.backend.binding : null;
}

/**
 * TensorFlow for the tests: on a processor, or with `GANSWEEP_TEST_GPU=1` on a GPU, where all that guards the executor is to
 * hold too; null where it is not installed. @throws BackendNotInstalled when a GPU was asked for and its backend is not there.
 */
export function findTensorflow(env: Readonly<Record<string, string | undefined>>): TensorflowHere | null {
  if (env.GANSWEEP_TEST_GPU === '1')
    return { binding: installedBackend('tensorflow-gpu', readConfig(env).backendHome).binding, device: 'gpu' };
  const binding = findTensorflowBinding(env);
  return binding === null ? null : { binding, device: 'cpu' };
}
