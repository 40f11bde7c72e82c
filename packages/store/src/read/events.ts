import { BadCursor, type FeedPage, type FeedRow, type ReadModel } from '@gansweep/orchestrator';
import pg from 'pg';

/** A lost notification is made good by asking again. */
const POLL_MS = 2_000;
const RECONNECT_MS = 1_000;

interface HeldRow {
  readonly held: boolean;
  /** Null in the one row that stands for no events. */
  readonly id: string | null;
  readonly type: FeedRow['type'];
  readonly payload: unknown;
}

/**
 * The live feed in transaction order. Numbers are given before their transaction commits, so the feed reads only below
 * the oldest transaction still running: what comes later is never before what was read.
 */
export function eventQueries(
  pool: pg.Pool,
  databaseUrl: string,
): Pick<ReadModel, 'lastEvent' | 'eventsAfter' | 'watchEvents'> {
  return {
    async lastEvent() {
      const { rows } = await pool.query<{ id: string }>(
        `SELECT txid::text || '-' || id AS id FROM event WHERE txid < pg_snapshot_xmin(pg_current_snapshot())
         ORDER BY txid DESC, id DESC LIMIT 1`,
      );
      return rows[0]?.id ?? '0-0';
    },
    async eventsAfter(id, limit): Promise<FeedPage> {
      const after = positionOf(id);
      // One statement, so one snapshot: between two of them a held event could slip through unseen.
      const { rows } = await pool.query<HeldRow>(
        `SELECT h.held, e.id, e.type, e.payload
         FROM (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS horizon) x
         CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM event WHERE txid >= x.horizon) AS held) h
         LEFT JOIN LATERAL (
           SELECT txid, id AS number, txid::text || '-' || id AS id, type, payload FROM event
           WHERE txid < x.horizon AND (txid, id) > ($1::xid8, $2::int8) ORDER BY txid, id LIMIT $3
         ) e ON true
         ORDER BY e.txid, e.number`,
        [after.transaction, after.number, limit],
      );
      const events = rows.flatMap(({ id: eventId, type, payload }) =>
        eventId === null ? [] : [{ id: eventId, type, payload }],
      );
      return { events, next: events.length === limit ? 'more' : rows[0]?.held ? 'held' : 'none' };
    },
    watchEvents: sharedWatch(databaseUrl),
  };
}

/** Both halves are unsigned 64-bit numbers of PostgreSQL; the second one of a column that is signed. */
function positionOf(id: string): { readonly transaction: string; readonly number: string } {
  const [, transaction, number] = /^(\d{1,20})-(\d{1,19})$/.exec(id) ?? [];
  if (
    transaction === undefined ||
    number === undefined ||
    BigInt(transaction) >= 2n ** 64n ||
    BigInt(number) >= 2n ** 63n
  )
    throw new BadCursor('Last-Event-ID is not one that this service gave');
  return { transaction, number };
}

/** One listening connection for all who watch, opened for the first and closed after the last. */
function sharedWatch(databaseUrl: string): ReadModel['watchEvents'] {
  const watchers = new Set<() => void>();
  let listener: AsyncDisposable | null = null;
  const tellAll = (): void => {
    for (const tell of [...watchers]) tell();
  };
  return (onChange) => {
    // A function of its own: the same callback may watch twice.
    const tell = (): void => onChange();
    watchers.add(tell);
    listener ??= listen(databaseUrl, tellAll);
    return {
      [Symbol.asyncDispose]: async () => {
        watchers.delete(tell);
        if (watchers.size > 0) return;
        const last = listener;
        listener = null;
        await last?.[Symbol.asyncDispose]();
      },
    };
  };
}

/** Calls back on every notification, after every reconnection, and now and then besides. */
function listen(databaseUrl: string, onChange: () => void): AsyncDisposable {
  let disposed = false;
  let client: pg.Client | null = null;
  let connecting: Promise<void> | null = null;
  const connect = async (): Promise<void> => {
    const next = new pg.Client({
      connectionString: databaseUrl,
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
      application_name: 'gansweep events',
    });
    next.on('notification', onChange);
    // 'end' follows; without a listener a lost connection would end the process.
    next.on('error', () => {});
    next.on('end', () => {
      if (client === next) client = null;
    });
    try {
      await next.connect();
      await next.query('LISTEN gansweep_events');
      if (disposed) return await next.end();
      client = next;
      onChange();
    } catch {
      await next.end().catch(() => {});
    }
  };
  const ensure = (): void => {
    if (!disposed && !client && !connecting)
      connecting = connect().finally(() => {
        connecting = null;
      });
  };
  ensure();
  const reconnect = setInterval(ensure, RECONNECT_MS);
  const poll = setInterval(onChange, POLL_MS);
  return {
    [Symbol.asyncDispose]: async () => {
      disposed = true;
      clearInterval(reconnect);
      clearInterval(poll);
      await connecting;
      await client?.end().catch(() => {});
    },
  };
}
