import { setTimeout as delay } from 'node:timers/promises';

/** Connection lost or refused, server restarting, deadlock: nothing was decided, so asking again may help. */
const PASSING = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  '08000',
  '08001',
  '08003',
  '08006',
  '40001',
  '40P01',
  '55P03',
  '57P01',
  '57P02',
  '57P03',
]);

const FIRST_WAIT_MS = 50;
const LAST_WAIT_MS = 1_600;

/**
 * Repeats an operation that may safely happen twice while the database is away, for about three seconds: long enough
 * for a restart, short enough that a caller with a lease still decides for itself.
 */
export async function retryOnOutage<Value>(operation: () => Promise<Value>): Promise<Value> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs *= 2) {
    try {
      return await operation();
    } catch (error) {
      if (waitMs > LAST_WAIT_MS || !isOutage(error)) throw error;
      await delay(waitMs);
    }
  }
}

/** True for errors that mean the database is away or busy, not that the question was wrong. */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && typeof error.code === 'string') return PASSING.has(error.code);
  return /Connection terminated|timeout exceeded when trying to connect/.test(error.message);
}
