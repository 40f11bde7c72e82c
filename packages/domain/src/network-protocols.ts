import { isRecordProtocol } from './record-protocols.ts';

/** Protocols of what D makes of real and generated samples, and the scores each one gives. */
export const NETWORK_SCORES = {
  'd-response/v1': [
    'd-real',
    'd-real-least',
    'd-real-most',
    'd-real-variation',
    'd-fake',
    'd-fake-least',
    'd-fake-most',
    'd-fake-variation',
  ],
  'd-gradient/v1': ['d-gradient'],
} as const satisfies Record<string, readonly string[]>;
export type NetworkProtocol = keyof typeof NETWORK_SCORES;

/** Whether a protocol looks at D. */
export function isNetworkProtocol(id: string): id is NetworkProtocol {
  return Object.hasOwn(NETWORK_SCORES, id);
}

/** Whether a protocol looks at more of a run than its generator: at its record, or at D. */
export function asksRun(id: string): boolean {
  return isRecordProtocol(id) || isNetworkProtocol(id);
}
