import { RUN_STATES, type RunState, type SweepId, type SweepState } from '@gansweep/domain';
import type { GrowthView, Page, ReadModel, SweepView } from '@gansweep/orchestrator';
import type pg from 'pg';
import { pageOf, readCursor } from './cursors.ts';

interface SweepRow {
  readonly pk: number;
  readonly id: SweepId;
  readonly name: string;
  readonly description: string;
  readonly state: SweepState;
  readonly spec: unknown;
  readonly spec_hash: string;
  readonly trial_count: number;
  readonly run_count: number;
  readonly adopted_run_count: number;
  readonly paused_because: string | null;
  readonly lacks: readonly string[];
  readonly priority: number;
  readonly growths: readonly GrowthView[];
  readonly created_at: Date;
  readonly ended_at: Date | null;
}

interface TotalsRow {
  readonly sweep: number;
  readonly state: RunState;
  readonly n: number;
  readonly images_seen: number;
  readonly images: number;
}

interface CostRow {
  readonly sweep: number;
  readonly seconds: number;
}

const COLUMNS = `id AS pk, uid AS id, name, description, state, spec, spec_hash, trial_count, run_count, adopted_run_count,
  paused_because, priority, created_at, ended_at,
  (SELECT coalesce(jsonb_agg(jsonb_build_object('at', to_char(g.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
     'changes', g.changes, 'notes', g.notes, 'addedTrialCount', g.added_trial_count, 'addedRunCount', g.added_run_count,
     'adoptedRunCount', g.adopted_run_count) ORDER BY g.ordinal), '[]')
   FROM sweep_growth g WHERE g.sweep_id = sweep.id) AS growths,
  CASE WHEN state IN ('expanding', 'active') THEN sweep_lacks(id) ELSE '{}' END AS lacks`;

export function sweepQueries(pool: pg.Pool): Pick<ReadModel, 'listSweeps' | 'getSweep'> {
  /** Adds counts, progress and cost to rows. */
  const viewsOf = async (rows: readonly SweepRow[]): Promise<readonly SweepView[]> => {
    const sweeps = rows.map(({ pk }) => pk);
    const [{ rows: totals }, { rows: costs }] = await Promise.all([
      pool.query<TotalsRow>(
        `SELECT g.sweep_id AS sweep, g.state, sum(g.n)::int8 AS n, sum(g.images_seen)::int8 AS images_seen,
           sum(g.n * (t.configuration ->> 'images')::float8)::int8 AS images
         FROM (
           SELECT m.sweep_id, r.state, r.trial_id, count(*) AS n, sum(r.images_seen) AS images_seen
           FROM sweep_run m JOIN run r ON r.id = m.run_id WHERE m.sweep_id = ANY ($1) GROUP BY m.sweep_id, r.state, r.trial_id
         ) g JOIN trial t ON t.id = g.trial_id GROUP BY g.sweep_id, g.state`,
        [sweeps],
      ),
      pool.query<CostRow>(
        `SELECT m.sweep_id AS sweep, sum(attempt_seconds(a)) AS seconds
         FROM sweep_run m JOIN attempt a ON a.run_id = m.run_id WHERE m.sweep_id = ANY ($1) GROUP BY m.sweep_id`,
        [sweeps],
      ),
    ]);
    return rows.map((row) =>
      viewOf(
        row,
        totals.filter(({ sweep }) => sweep === row.pk),
        costs.find(({ sweep }) => sweep === row.pk)?.seconds ?? 0,
      ),
    );
  };
  return {
    async listSweeps({ cursor, limit, state, q }): Promise<Page<SweepView>> {
      const { rows } = await pool.query<SweepRow>(
        `SELECT ${COLUMNS} FROM sweep
         WHERE ($1::int8 IS NULL OR id < $1) AND ($2::text IS NULL OR state = $2)
           AND ($3::text IS NULL OR position(lower($3) IN lower(name)) > 0)
         ORDER BY id DESC LIMIT $4`,
        [readCursor(cursor), state, q, limit + 1],
      );
      const page = pageOf(
        rows,
        limit,
        ({ pk }) => pk,
        (row) => row,
      );
      return { items: await viewsOf(page.items), nextCursor: page.nextCursor };
    },
    async getSweep(id) {
      const { rows } = await pool.query<SweepRow>(`SELECT ${COLUMNS} FROM sweep WHERE uid = $1`, [id]);
      return (await viewsOf(rows))[0] ?? null;
    },
  };
}

const ENDED: readonly RunState[] = ['succeeded', 'diverged', 'pruned', 'failed', 'cancelled', 'quarantined'];

function viewOf(row: SweepRow, totals: readonly TotalsRow[], costSeconds: number): SweepView {
  const sum = (value: (total: TotalsRow) => number): number => totals.reduce((all, total) => all + value(total), 0);
  const expandedRuns = sum(({ n }) => n);
  // The budget of runs that are not expanded yet is taken as that of the others.
  const images = expandedRuns === 0 ? 0 : Math.round((sum((total) => total.images) / expandedRuns) * row.run_count);
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    state: row.state,
    spec: row.spec,
    specHash: row.spec_hash,
    trialCount: row.trial_count,
    runCount: row.run_count,
    adoptedRunCount: row.adopted_run_count,
    pausedBecause: row.paused_because,
    lacks: row.lacks,
    priority: row.priority,
    growths: row.growths,
    createdAt: row.created_at.toISOString(),
    endedAt: row.ended_at?.toISOString() ?? null,
    counts: Object.fromEntries(
      RUN_STATES.map((state) => [state, totals.find((total) => total.state === state)?.n ?? 0]),
    ) as Record<RunState, number>,
    progress: {
      expandedRuns,
      endedRuns: sum((total) => (ENDED.includes(total.state) ? total.n : 0)),
      imagesSeen: sum((total) => total.images_seen),
      images,
    },
    costSeconds,
  };
}
