import pg from 'pg';

/** Connections of one process. Heartbeats have their own, so that no slow query can make a lease run out. */
export interface Pools {
  /** Claims, ends, housekeeping and sweeps. */
  readonly main: pg.Pool;
  /** Reports and worker beats: short statements only. */
  readonly heartbeat: pg.Pool;
  /** Questions of pages and clients: slow ones are ended. */
  readonly read: pg.Pool;
  close(): Promise<void>;
}

const INT8 = 20;

/** int8 as a number: ids, images and bytes stay far below 2^53, and a value beyond is an error, not a rounding. */
const types = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === INT8 && format !== 'binary') return parseSafeInteger;
    return format === 'binary' ? pg.types.getTypeParser(oid, 'binary') : pg.types.getTypeParser(oid, 'text');
  },
};

function parseSafeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} is beyond the integers that a number holds exactly`);
  return value;
}

export function createPools(databaseUrl: string): Pools {
  const shared = {
    connectionString: databaseUrl,
    types,
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    allowExitOnIdle: true,
  };
  const main = new pg.Pool({ ...shared, max: 8, statement_timeout: 60_000, application_name: 'gansweep' });
  const heartbeat = new pg.Pool({
    ...shared,
    max: 2,
    statement_timeout: 10_000,
    lock_timeout: 3_000,
    application_name: 'gansweep heartbeat',
  });
  const read = new pg.Pool({ ...shared, max: 4, statement_timeout: 10_000, application_name: 'gansweep read' });
  // An idle connection that the server closes is replaced by the next query; without a listener it would end the process.
  for (const pool of [main, heartbeat, read]) pool.on('error', () => undefined);
  return {
    main,
    heartbeat,
    read,
    async close() {
      await Promise.all([main.end(), heartbeat.end(), read.end()]);
    },
  };
}
