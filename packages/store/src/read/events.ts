import { BadCursor, type FeedRow, type ReadModel } from '@gansweep/orchestrator';
import pg from 'pg';

/** A lost notification is made good by asking again. */
const POLL_MS = 2_000;
const RECONNECT_MS = 1_000;

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
    async eventsAfter(id, limit) {
      const match = /^(\d{1,20})-(\d{1,19})$/.exec(id);
      if (!match) throw new BadCursor('Last-Event-ID is not one that this service gave');
      const { rows } = await pool.query<FeedRow>(
        `SELECT txid::text || '-' || id AS id, type, payload FROM event
         WHERE txid < pg_snapshot_xmin(pg_current_snapshot()) AND (txid, id) > ($1::xid8, $2::int8)
         ORDER BY txid, id LIMIT $3`,
        [match[1], match[2], limit],
      );
      return rows;
    },
    async watchEvents(onChange) {
      let disposed = false;
      let client: pg.Client | null = null;
      const connect = async (): Promise<void> => {
        if (disposed) return;
        const next = new pg.Client({ connectionString: databaseUrl, keepAlive: true });
        next.on('notification', onChange);
        next.on('error', () => {});
        next.on('end', () => {
          if (client === next) client = null;
        });
        try {
          await next.connect();
          await next.query('LISTEN gansweep_events');
          client = next;
          onChange();
        } catch {
          await next.end().catch(() => {});
        }
      };
      await connect();
      const reconnect = setInterval(() => {
        if (!client) void connect();
      }, RECONNECT_MS);
      const poll = setInterval(onChange, POLL_MS);
      return {
        [Symbol.asyncDispose]: async () => {
          disposed = true;
          clearInterval(reconnect);
          clearInterval(poll);
          await client?.end().catch(() => {});
        },
      };
    },
  };
}
