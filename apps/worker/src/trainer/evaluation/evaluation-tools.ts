import type { TrainerSettings } from '../messages.ts';
import { evaluationThread } from './evaluation-thread.ts';
import { watchIdleCores } from './idle-cores.ts';
import { registeredIn } from './open-registered.ts';
import type { EvaluationTools } from './run-evaluations.ts';

/** What a process needs once for the evaluations of all its runs. */
export function evaluationTools({
  backend,
  backendHome,
  datasets,
  home,
  plugins,
  evaluationShare,
}: Pick<
  TrainerSettings,
  'backend' | 'backendHome' | 'datasets' | 'home' | 'plugins' | 'evaluationShare'
>): EvaluationTools {
  return {
    thread: evaluationThread({ backend, backendHome, datasets, home, plugins }),
    idleCores: watchIdleCores(() => performance.now() / 1000),
    share: evaluationShare,
    lastSeconds: new Map(),
    openRegistered: registeredIn(home),
  };
}
