/** States of a run, spelled as the API spells them. */
export const RUN_STATES = [
  'queued',
  'running',
  'retry-wait',
  'succeeded',
  'diverged',
  'pruned',
  'failed',
  'cancelled',
  'quarantined',
] as const;
export type RunState = (typeof RUN_STATES)[number];

export const SWEEP_STATES = ['expanding', 'active', 'paused', 'done', 'cancelled'] as const;
export type SweepState = (typeof SWEEP_STATES)[number];

/** Ends of a run that no retry follows by itself. */
export const TERMINAL_RUN_STATES = ['succeeded', 'diverged', 'pruned', 'failed', 'cancelled', 'quarantined'] as const;
export type TerminalRunState = (typeof TERMINAL_RUN_STATES)[number];

export function isTerminal(state: RunState): state is TerminalRunState {
  return (TERMINAL_RUN_STATES as readonly string[]).includes(state);
}

/** Why an attempt did not end with a result: a column of the attempt, never parsed from log text. */
export const FAILURE_KINDS = ['infra', 'oom', 'crash', 'user', 'hang', 'worker-local', 'poison'] as const;
export type FailureKind = (typeof FAILURE_KINDS)[number];

export interface Failure {
  readonly kind: FailureKind;
  /** One line for a person: what happened, where, and how to mend it. */
  readonly message: string;
}

/** How a run ended. Divergence is a scientific result: recorded, compared, never retried. */
export type Outcome =
  | {
      readonly kind: 'succeeded';
      readonly atImagesSeen: number;
      /** `images`: the whole training budget; `budget`: `budget.runMinutes` ended it early. */
      readonly endedBy: 'images' | 'budget';
    }
  | { readonly kind: 'diverged'; readonly atImagesSeen: number; readonly firstBadTensor: string }
  | { readonly kind: 'pruned' | 'cancelled'; readonly atImagesSeen: number }
  | { readonly kind: 'failed' | 'quarantined'; readonly failure: Failure };

/** What may happen to a run; the SQL functions and this table agree, and a test says so. */
export type RunEvent =
  | 'claim'
  | 'finish'
  | 'release'
  | 'fail-retryable'
  | 'fail-final'
  | 'expire'
  | 'promote'
  | 'cancel'
  | 'retry';

/**
 * Next state of a run, or null where the event is refused (run-protocol: terminal states are immutable but for an
 * operator's `retry` of failed, quarantined, cancelled). `finish` leads to the outcome's own kind, given by the caller.
 */
export function transition(
  state: RunState,
  event: RunEvent,
  finishedAs: TerminalRunState = 'succeeded',
): RunState | null {
  switch (event) {
    case 'claim':
      return state === 'queued' ? 'running' : null;
    case 'finish':
      return state === 'running' ? finishedAs : null;
    case 'release':
      return state === 'running' ? 'queued' : null;
    case 'fail-retryable':
    case 'expire':
      return state === 'running' ? 'retry-wait' : null;
    case 'fail-final':
      return state === 'running' ? 'failed' : null;
    case 'promote':
      return state === 'retry-wait' ? 'queued' : null;
    case 'cancel':
      return isTerminal(state) ? null : 'cancelled';
    case 'retry':
      return state === 'failed' || state === 'quarantined' || state === 'cancelled' ? 'queued' : null;
  }
}
