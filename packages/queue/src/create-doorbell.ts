import { isUuidV7, type RunId } from '@gansweep/domain';
import type { Doorbell } from '@gansweep/orchestrator';
import { createPostgresBackend, type Job, Queue, Worker } from 'bullmq';

/** What is logged of the queue; its faults never stop a caller, since workers also poll. */
export interface QueueLog {
  warn(facts: object, message: string): void;
}

export interface DoorbellOptions {
  readonly databaseUrl: string;
  /** Redis instead of PostgreSQL, or null. */
  readonly redisUrl: string | null;
  /** Name of the queue; tests give each of theirs its own. */
  readonly name?: string;
  readonly log: QueueLog;
}

const CLOSE_MS = 3_000;
const RING_MS = 2_000;

/**
 * The doorbell over BullMQ: on PostgreSQL, or on Redis when there is one. A hint carries a run's id and lives for
 * milliseconds; nothing is kept, retried or delayed here.
 */
export function createDoorbell({ databaseUrl, redisUrl, name = 'gansweep-hints', log }: DoorbellOptions): Doorbell {
  const backend = redisUrl ? [] : ([createPostgresBackend] as const);
  const heard = (error: Error): void =>
    log.warn({ event: 'queue.fault', reason: error.message }, 'the queue is away; workers poll');
  const queue = new Queue(
    name,
    { connection: connectionOf({ databaseUrl, redisUrl, blocking: false }) as never },
    ...(backend as []),
  );
  queue.on('error', heard);
  const listeners = new Set<AsyncDisposable>();
  return {
    ring: async (hints) => {
      if (hints.length === 0) return;
      const jobs = hints.map(({ runId, epoch }) => ({
        name: 'hint',
        data: { runId },
        opts: { jobId: `t-${runId}-e${epoch}`, attempts: 1, removeOnComplete: true, removeOnFail: true },
      }));
      await within(RING_MS, queue.addBulk(jobs)).catch(heard);
    },
    listen: async (onHint) => {
      const worker = new Worker(
        name,
        async (job: Job) => {
          const runId = runIdOf(job.data);
          if (runId === null)
            log.warn({ event: 'queue.forged-hint', jobId: job.id }, 'dropped a hint that names no run');
          else await onHint(runId);
        },
        { connection: connectionOf({ databaseUrl, redisUrl, blocking: true }) as never, concurrency: 1 },
        ...(backend as []),
      );
      worker.on('error', heard);
      const listener: AsyncDisposable = {
        [Symbol.asyncDispose]: async () => {
          listeners.delete(listener);
          await within(CLOSE_MS, worker.close(true)).catch(heard);
        },
      };
      listeners.add(listener);
      await within(RING_MS, worker.waitUntilReady()).catch(heard);
      return listener;
    },
    waiting: () => within(RING_MS, queue.getWaitingCount()),
    close: async () => {
      for (const listener of listeners) await listener[Symbol.asyncDispose]();
      await within(CLOSE_MS, queue.close()).catch(heard);
    },
  };
}

/** A job is untrusted: anything but a run's id is no hint. */
function runIdOf(data: unknown): RunId | null {
  if (typeof data !== 'object' || data === null) return null;
  const { runId } = data as { readonly runId?: unknown };
  return typeof runId === 'string' && isUuidV7(runId) ? (runId as RunId) : null;
}

function connectionOf({
  databaseUrl,
  redisUrl,
  blocking,
}: {
  databaseUrl: string;
  redisUrl: string | null;
  blocking: boolean;
}): object {
  if (redisUrl === null) return { connectionString: databaseUrl, migrate: true, max: 3 };
  const url = new URL(redisUrl);
  return {
    host: url.hostname,
    port: Number(url.port || 6379),
    db: Number(url.pathname.slice(1) || 0),
    ...(url.username ? { username: decodeURIComponent(url.username) } : {}),
    ...(url.password ? { password: decodeURIComponent(url.password) } : {}),
    ...(url.protocol === 'rediss:' ? { tls: {} } : {}),
    // A listener waits for Redis for ever; whoever rings must not.
    ...(blocking ? { maxRetriesPerRequest: null } : { maxRetriesPerRequest: 1, enableOfflineQueue: false }),
  };
}

async function within<Value>(ms: number, work: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the queue gave no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
