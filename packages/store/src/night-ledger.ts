import type { SweepId } from '@gansweep/domain';
import type { Baseline, Night, NightLedger } from '@gansweep/orchestrator';
import { retryOnOutage } from './outage.ts';
import type { Pools } from './pools.ts';

interface Row {
  readonly uid: string;
  readonly scheduled_for: string | null;
  readonly state: Night['state'];
  readonly request: Night['request'];
  readonly looks: Night['looks'];
  readonly report: Night['report'];
  readonly created_at: Date;
  readonly ended_at: Date | null;
}

const NIGHT = 'SELECT uid, scheduled_for::text, state, request, looks, report, created_at, ended_at FROM night';
/** Nights that a list shows. */
const LISTED = 500;

/** Nights of regression sweeps and their baselines. */
export function createNightLedger({ pools }: { pools: Pools }): NightLedger {
  const { main } = pools;
  return {
    async begin({ id, scheduledFor, state, request, looks, report }) {
      const { rowCount } = await main.query(
        `INSERT INTO night (uid, scheduled_for, state, request, looks, report, ended_at)
         VALUES ($1, $2, $3, $4, $5, $6, CASE WHEN $3 <> 'running' THEN CURRENT_TIMESTAMP END) ON CONFLICT DO NOTHING`,
        [
          id,
          scheduledFor,
          state,
          request === null ? null : JSON.stringify(request),
          JSON.stringify(looks),
          report === undefined ? null : JSON.stringify(report),
        ],
      );
      return rowCount === 1;
    },
    async running() {
      const { rows } = await main.query<Row>(`${NIGHT} WHERE state = 'running' ORDER BY id`);
      return rows.map(nightOf);
    },
    async advance(id, from, looks) {
      const { rowCount } = await retryOnOutage(() =>
        main.query(
          "UPDATE night SET looks = $3 WHERE uid = $1 AND state = 'running' AND jsonb_array_length(looks) = $2",
          [id, from, JSON.stringify(looks)],
        ),
      );
      return rowCount === 1;
    },
    async finish(id, report, baseline) {
      const { rows } = await retryOnOutage(() =>
        main.query<{ done: boolean }>('SELECT night_finish($1, $2, $3) AS done', [
          id,
          JSON.stringify(report),
          baseline === null ? null : JSON.stringify(baseline),
        ]),
      );
      return rows[0]?.done ?? false;
    },
    async get(id) {
      const { rows } = await main.query<Row>(`${NIGHT} WHERE uid = $1`, [id]);
      return rows[0] ? nightOf(rows[0]) : null;
    },
    async sweepsOf(id) {
      const { rows } = await main.query<{ key: string; uid: SweepId }>(
        'SELECT idempotency_key AS key, uid FROM sweep WHERE starts_with(idempotency_key, $1)',
        [`night ${id} `],
      );
      return Object.fromEntries(rows.map(({ key, uid }) => [key, uid]));
    },
    async list() {
      const { rows } = await main.query<Row>(`${NIGHT} ORDER BY id DESC LIMIT ${LISTED}`);
      return rows.map(nightOf);
    },
    async lastScheduled() {
      const { rows } = await main.query<{ last: string | null }>('SELECT max(scheduled_for)::text AS last FROM night');
      return rows[0]?.last ?? null;
    },
    async saveBaseline(baseline) {
      await main.query(
        `INSERT INTO baseline (name, facts) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET facts = EXCLUDED.facts, saved_at = CURRENT_TIMESTAMP`,
        [baseline.name, JSON.stringify(baseline)],
      );
    },
    async baseline(name) {
      const { rows } = await main.query<{ facts: Baseline }>('SELECT facts FROM baseline WHERE name = $1', [name]);
      return rows[0]?.facts ?? null;
    },
    async baselines() {
      const { rows } = await main.query<{ facts: Baseline }>('SELECT facts FROM baseline ORDER BY name');
      return rows.map(({ facts }) => facts);
    },
  };
}

const nightOf = ({ uid, scheduled_for, state, request, looks, report, created_at, ended_at }: Row): Night => ({
  id: uid,
  scheduledFor: scheduled_for,
  state,
  request,
  looks,
  report,
  createdAt: created_at.toISOString(),
  endedAt: ended_at?.toISOString() ?? null,
});
