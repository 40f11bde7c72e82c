import { FINDING_NAMES, RUN_STATES, SWEEP_STATES } from '@gansweep/domain';
import { z } from 'zod';
import { count, runId, sweepId, trialId, workerId } from './scalars.ts';
import { WORKER_STATES } from './workers.ts';

/**
 * `GET /events`: the SSE field `event` is the type, `data` the payload, `id` is `<txid>-<id>` of the record, so a reader
 * that sends its last one as `Last-Event-ID` misses nothing.
 */
export const sweepEvent = z.object({
  type: z.literal('sweep'),
  payload: z.object({
    id: sweepId,
    name: z.string(),
    /** `deleted` is no state of a sweep: the row is gone. */
    state: z.enum([...SWEEP_STATES, 'deleted']),
    runCount: count,
    nextIndex: count,
  }),
});

export const runEvent = z.object({
  type: z.literal('run'),
  payload: z.object({
    id: runId,
    trialId,
    state: z.enum(RUN_STATES),
    epoch: count,
    imagesSeen: count,
    sweeps: z.array(sweepId),
  }),
});

export const workerEvent = z.object({
  type: z.literal('worker'),
  payload: z.object({
    id: workerId,
    host: z.string(),
    /** `gone`: it said goodbye. */
    state: z.enum([...WORKER_STATES, 'gone']),
  }),
});

export const findingEvent = z.object({
  type: z.literal('finding'),
  payload: z.object({ run: runId, name: z.enum(FINDING_NAMES), imagesSeen: count, sweeps: z.array(sweepId) }),
});

export const feedEvent = z.discriminatedUnion('type', [sweepEvent, runEvent, workerEvent, findingEvent]);
export type FeedEvent = z.infer<typeof feedEvent> & {
  /** What to send as `Last-Event-ID`. */
  readonly id: string;
};

export const EVENT_ID = /^\d{1,20}-\d{1,20}$/;
