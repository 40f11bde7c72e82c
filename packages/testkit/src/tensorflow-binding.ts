import { findBackend } from '@gansweep/backends';
import { readConfig } from '@gansweep/runtime';

/** The binding that is tested and measured: the one that the environment names, else the installed one; null without either. */
export function findTensorflowBinding(env: Readonly<Record<string, string | undefined>>): string | null {
  if (env.GANSWEEP_TENSORFLOW_BINDING) return env.GANSWEEP_TENSORFLOW_BINDING;
  const found = findBackend('tensorflow', readConfig(env).backendHome);
  return found.kind === 'installed' ? found.backend.binding : null;
}
