import type { RunId, WorkerId } from '@gansweep/domain';
import type { ReadModel, WorkerView } from '@gansweep/orchestrator';
import type pg from 'pg';

interface WorkerRow {
  readonly id: WorkerId;
  readonly host: string;
  readonly backend: string;
  readonly device: string;
  readonly slots: number;
  readonly runs: RunId[];
  readonly last_seen: Date;
  readonly state: WorkerView['state'];
  readonly cordoned_because: string | null;
  readonly unwell: WorkerView['unwell'];
}

/** Workers, and numbers about the whole service. */
export function serviceQueries(pool: pg.Pool): Pick<ReadModel, 'ping' | 'listWorkers' | 'speedOf' | 'totals'> {
  return {
    async ping() {
      await pool.query('SELECT 1');
    },
    async listWorkers() {
      const { rows } = await pool.query<WorkerRow>(
        `SELECT w.uid AS id, w.host, w.backend, w.device, w.slots, w.last_seen, w.state, w.cordoned_because, w.unwell,
           (SELECT coalesce(array_agg(r.uid::text ORDER BY r.slot), '{}') FROM run r WHERE r.worker_id = w.id AND r.state = 'running') AS runs
         FROM worker w WHERE w.ended_at IS NULL ORDER BY w.id`,
      );
      return rows.map(({ runs, last_seen, cordoned_because, ...rest }) => ({
        ...rest,
        currentRuns: runs,
        lastSeen: last_seen.toISOString(),
        cordonedBecause: rest.state === 'cordoned' ? cordoned_because : null,
      }));
    },
    async speedOf(model, dataset) {
      const { rows } = await pool.query<{ speed: number | null; n: number }>(
        `SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY spent / images) AS speed, count(*) AS n FROM (
           SELECT sum(a.seconds) AS spent,
             nullif(max(r.images_seen) - coalesce(max(a.images_seen) FILTER (WHERE a.epoch = 0), 0), 0)::float8 AS images
           FROM run r JOIN trial t ON t.id = r.trial_id JOIN attempt a ON a.run_id = r.id
           WHERE r.state = 'succeeded' AND r.images_seen > 0
             AND t.configuration ->> 'model' = $1 AND t.configuration ->> 'dataset' = $2
           GROUP BY r.id ORDER BY r.id DESC LIMIT 200
         ) recent`,
        [model, dataset],
      );
      const [row] = rows;
      return row && row.speed !== null && row.n > 0 ? { secondsPerImage: row.speed, runs: row.n } : null;
    },
    async totals() {
      const counts = async (table: 'run' | 'sweep' | 'worker'): Promise<Record<string, number>> => {
        const living = table === 'worker' ? 'WHERE ended_at IS NULL' : '';
        const { rows } = await pool.query<{ state: string; n: number }>(
          `SELECT state, count(*) AS n FROM ${table} ${living} GROUP BY state`,
        );
        return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
      };
      const [runs, sweeps, workers] = await Promise.all([counts('run'), counts('sweep'), counts('worker')]);
      return { runs, sweeps, workers };
    },
  };
}
