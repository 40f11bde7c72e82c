import { describe, expect, it } from 'vitest';
import { isTerminal, RUN_STATES, type RunEvent, transition } from './run.ts';

const EVENTS: readonly RunEvent[] = [
  'claim',
  'finish',
  'release',
  'fail-retryable',
  'fail-final',
  'expire',
  'promote',
  'cancel',
  'retry',
];

describe('the state machine of a run', () => {
  it('lets nothing leave a terminal state but an operator’s retry of failed, quarantined and cancelled', () => {
    for (const state of RUN_STATES.filter(isTerminal))
      for (const event of EVENTS) {
        const retryable = event === 'retry' && ['failed', 'quarantined', 'cancelled'].includes(state);
        expect([state, event, transition(state, event)]).toEqual([state, event, retryable ? 'queued' : null]);
      }
  });

  it('claims only what is queued', () => {
    expect(RUN_STATES.filter((state) => transition(state, 'claim') === 'running')).toEqual(['queued']);
  });

  it('cancels from every state that is not terminal', () => {
    expect(RUN_STATES.filter((state) => transition(state, 'cancel') === 'cancelled')).toEqual([
      'queued',
      'running',
      'retry-wait',
    ]);
  });

  it('finishes a running run as the outcome says', () => {
    expect(transition('running', 'finish', 'diverged')).toBe('diverged');
    expect(transition('queued', 'finish', 'diverged')).toBeNull();
  });
});
