import type { Environment } from '../fetch/proxy.ts';
import type { IndexChoice } from '../package-index/index-url.ts';
import type { CheckedBinding } from './check-binding.ts';
import type { runNpm } from './run-npm.ts';

/** What an installation tells while it works. */
export type InstallNews =
  | { readonly kind: 'step'; readonly words: string }
  /** Bytes of the wheels that lie here, of all; `done` starts at what an earlier try left. */
  | { readonly kind: 'bytes'; readonly done: number; readonly total: number };

/** What an installation works with. */
export interface InstallTools {
  readonly backendHome: string;
  readonly index: IndexChoice;
  readonly env: Environment;
  readonly now: () => Date;
  readonly tell: (news: InstallNews) => void;
  readonly signal?: AbortSignal | undefined;
  /** Stand-ins for tests: what needs a registry, and what needs TensorFlow. */
  readonly npm?: typeof runNpm;
  readonly check?: (binding: string) => Promise<CheckedBinding>;
  readonly retryMs?: readonly number[];
}
