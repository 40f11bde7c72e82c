import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Epoch, type RunId, uuidV7 } from '@gansweep/domain';
import type { Doorbell } from '@gansweep/orchestrator';
import { createTestDatabase } from '@gansweep/testkit';
import { createPostgresBackend, Queue } from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDoorbell } from '../src/index.ts';

interface Place {
  readonly databaseUrl: string;
  readonly redisUrl: string | null;
  /** Throws away everything that the queue holds, as an operator's mistake would. */
  empty(): Promise<void>;
  /** Puts a job of any content into the queue, past our own code. */
  forge(name: string, data: unknown): Promise<void>;
  close(): Promise<void>;
}

const silent = { warn: () => {} };
let made = 0;
const newRun = (): RunId =>
  uuidV7(
    Date.now(),
    Uint8Array.from({ length: 10 }, () => Math.floor(Math.random() * 256)),
  ) as RunId;
const newName = (): string => `hints-${process.pid}-${made++}`;

/** The one suite of the port: every backend keeps all of it. */
function describeDoorbell(backend: string, open: () => Promise<Place>): void {
  describe(`the doorbell on ${backend}`, () => {
    let place: Place;
    beforeAll(async () => {
      place = await open();
    });
    afterAll(() => place.close());
    const doorbell = (name: string): Doorbell => createDoorbell({ ...place, name, log: silent });

    /** Listens until `count` hints were heard. */
    const hear = async (
      bell: Doorbell,
      count: number,
    ): Promise<{ readonly all: Promise<readonly RunId[]>; readonly heard: RunId[] }> => {
      const heard: RunId[] = [];
      let done: (all: readonly RunId[]) => void = () => {};
      const all = new Promise<readonly RunId[]>((resolve) => {
        done = resolve;
      });
      await bell.listen(async (runId) => {
        heard.push(runId);
        if (heard.length === count) done(heard);
      });
      return { all, heard };
    };

    it('calls back once for every hint, with the run’s id alone', async () => {
      const bell = doorbell(newName());
      const runs = [newRun(), newRun(), newRun()];
      const { all } = await hear(bell, 3);
      await bell.ring(runs.map((runId) => ({ runId, epoch: 0 as Epoch })));
      expect([...(await all)].sort()).toEqual([...runs].sort());
      await bell.close();
    });

    it('keeps hints for a listener that comes later, and the same hint once', async () => {
      const bell = doorbell(newName());
      const runId = newRun();
      await bell.ring([{ runId, epoch: 0 }]);
      await bell.ring([{ runId, epoch: 0 }]);
      expect(await bell.waiting()).toBe(1);
      const { all } = await hear(bell, 1);
      expect(await all).toEqual([runId]);
      await bell.close();
    });

    it('rings again for the same run and epoch once the first hint was heard', async () => {
      const bell = doorbell(newName());
      const runId = newRun();
      const { all, heard } = await hear(bell, 2);
      await bell.ring([{ runId, epoch: 3 }]);
      await expect.poll(() => heard.length, { timeout: 10_000 }).toBe(1);
      await expect
        .poll(
          async () => {
            await bell.ring([{ runId, epoch: 3 }]);
            return heard.length;
          },
          { timeout: 10_000 },
        )
        .toBeGreaterThanOrEqual(2);
      expect(new Set(await all)).toEqual(new Set([runId]));
      await bell.close();
    });

    it('works on after it was emptied', async () => {
      const bell = doorbell(newName());
      await bell.ring([{ runId: newRun(), epoch: 0 }]);
      await place.empty();
      expect(await bell.waiting()).toBe(0);
      const after = newRun();
      const { all } = await hear(bell, 1);
      await bell.ring([{ runId: after, epoch: 0 }]);
      expect(await all).toEqual([after]);
      await bell.close();
    });

    it('drops what is no hint and hears the next one', async () => {
      const name = newName();
      const bell = doorbell(name);
      const { all, heard } = await hear(bell, 1);
      await place.forge(name, { runId: "1'; drop table run; --" });
      await place.forge(name, 'not even an object');
      const runId = newRun();
      await bell.ring([{ runId, epoch: 0 }]);
      expect(await all).toEqual([runId]);
      expect(heard).toHaveLength(1);
      await bell.close();
    });
  });
}

describeDoorbell('PostgreSQL', async () => {
  const database = await createTestDatabase();
  return {
    databaseUrl: database.url,
    redisUrl: null,
    empty: async () => {
      const client = new pg.Client({ connectionString: database.url });
      await client.connect();
      const tables = await client.query<{ name: string }>(
        "SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'bullmq' AND tablename LIKE '%job%'",
      );
      await client.query(`TRUNCATE ${tables.rows.map(({ name }) => `bullmq.${name}`).join(', ')} CASCADE`);
      await client.end();
    },
    forge: async (name, data) => {
      const queue = new Queue(
        name,
        { connection: { connectionString: database.url, migrate: true } as never },
        ...([createPostgresBackend] as never as []),
      );
      await queue.add('hint', data);
      await queue.close();
    },
    close: async () => database[Symbol.asyncDispose](),
  };
});

const hasRedis = process.env.REDIS_URL !== undefined || spawnSync('redis-server', ['--version']).status === 0;
if (!hasRedis)
  console.log('skipped: the doorbell on Redis, since there is no redis-server on the PATH and REDIS_URL is not set');
if (hasRedis)
  describeDoorbell('Redis', async () => {
    const server = process.env.REDIS_URL ? null : await startRedis();
    const redisUrl = process.env.REDIS_URL ?? (server as { url: string }).url;
    return {
      databaseUrl: 'postgresql://nobody@127.0.0.1:1/none',
      redisUrl,
      empty: async () => {
        const redis = new Redis(redisUrl);
        await redis.flushdb();
        await redis.quit();
      },
      forge: async (name, data) => {
        const { hostname, port } = new URL(redisUrl);
        const queue = new Queue(name, { connection: { host: hostname, port: Number(port || 6379) } });
        await queue.add('hint', data);
        await queue.close();
      },
      close: async () => server?.stop(),
    };
  });
else describe.skip('the doorbell on Redis', () => it('needs a redis-server', () => {}));

async function startRedis(): Promise<{ url: string; stop(): Promise<void> }> {
  const folder = mkdtempSync(path.join(tmpdir(), 'gansweep-redis-'));
  const port = await freePort();
  const child = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const chunk of child.stdout) if (String(chunk).includes('Ready to accept connections')) break;
  child.stdout.resume();
  return {
    url: `redis://127.0.0.1:${port}`,
    stop: async () => {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
