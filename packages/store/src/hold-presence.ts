import { setTimeout as delay } from 'node:timers/promises';
import type { WorkerId } from '@gansweep/domain';
import pg from 'pg';

const RECONNECT_MS = 250;

/**
 * Holds a worker's presence lock on a connection of its own until disposed. The database frees the lock at once when
 * the process dies; where only the connection was lost it is taken again, well within the reaper's grace.
 */
export async function holdPresence(databaseUrl: string, workerId: WorkerId): Promise<AsyncDisposable> {
  let disposed = false;
  let client = newClient(databaseUrl);

  /** Resolves when the lock is held; `lost` when its connection is gone. */
  async function take(): Promise<{ lost: Promise<void> }> {
    const lost = new Promise<void>((resolve) => {
      client.once('end', () => resolve());
      client.on('error', () => resolve());
    });
    await client.connect();
    await client.query('SELECT worker_presence($1)', [workerId]);
    return { lost };
  }

  async function keep(first: { lost: Promise<void> }): Promise<void> {
    let held = first;
    for (;;) {
      await held.lost;
      for (let taken = false; !taken; ) {
        if (disposed) return;
        client = newClient(databaseUrl);
        try {
          held = await take();
          taken = true;
        } catch {
          await client.end().catch(() => undefined);
          await delay(RECONNECT_MS, undefined, { ref: false });
        }
      }
    }
  }

  const held = await take().catch(async (error: unknown) => {
    await client.end();
    throw error;
  });
  void keep(held);
  return {
    async [Symbol.asyncDispose]() {
      disposed = true;
      await client.end();
    },
  };
}

function newClient(connectionString: string): pg.Client {
  return new pg.Client({ connectionString, keepAlive: true, application_name: 'gansweep presence' });
}
