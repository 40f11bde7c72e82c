import { z } from 'zod';
import { count, instant, runId, workerId } from './scalars.ts';

export const WORKER_STATES = ['active', 'draining', 'cordoned', 'lost'] as const;

export const worker = z.object({
  id: workerId,
  host: z.string(),
  backend: z.string(),
  device: z.string(),
  slots: count,
  currentRuns: z.array(runId),
  lastSeen: instant,
  state: z.enum(WORKER_STATES),
  /** Why it was set aside, while it is cordoned. */
  cordonedBecause: z.string().nullable(),
  /** Slots whose trainers die before they take a run, or do not begin; each is tried again after a longer and longer pause. */
  unwell: z.array(z.object({ slot: count, because: z.string() })),
});
export type WorkerAnswer = z.infer<typeof worker>;
