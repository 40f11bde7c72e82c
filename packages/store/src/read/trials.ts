import type { Configuration, RunId, RunState, TrialId } from '@gansweep/domain';
import type { ReadModel, RunScore, TrialView } from '@gansweep/orchestrator';
import type pg from 'pg';
import { pageOf, readCursor } from './cursors.ts';

interface TrialRow {
  readonly first: number;
  readonly id: TrialId;
  readonly config: Configuration;
  readonly run_ids: RunId[];
  readonly states: RunState[];
  readonly seeds: number[];
}

const TRIALS = `
  SELECT min(m.idx) AS first, r.trial_id AS id, t.configuration AS config,
    array_agg(r.uid::text ORDER BY m.idx) AS run_ids, array_agg(r.state ORDER BY m.idx) AS states,
    array_agg(r.seed::float8 ORDER BY m.idx) AS seeds
  FROM sweep s JOIN sweep_run m ON m.sweep_id = s.id JOIN run r ON r.id = m.run_id JOIN trial t ON t.id = r.trial_id
  WHERE s.uid = $1 GROUP BY r.trial_id, t.configuration`;

/** The comparable part of a passport, as `passportKey` of the domain takes it; a test holds the two together. */
const PASSPORT = `md5(jsonb_build_array(
  e.passport -> 'metric', e.passport -> 'extractor', e.passport -> 'preprocessing', (e.passport -> 'real') - 'seed',
  e.passport #> '{fake,n}', (e.passport -> 'estimator') - 'seed')::text)`;

export function trialQueries(pool: pg.Pool): Pick<ReadModel, 'listTrials' | 'allTrials' | 'scores'> {
  return {
    async listTrials(id, { cursor, limit }) {
      const { rows } = await pool.query<TrialRow>(
        `${TRIALS} HAVING $2::int8 IS NULL OR min(m.idx) > $2 ORDER BY first LIMIT $3`,
        [id, readCursor(cursor), limit + 1],
      );
      return pageOf(rows, limit, ({ first }) => first, viewOf);
    },
    async allTrials(id) {
      const { rows } = await pool.query<TrialRow>(`${TRIALS} ORDER BY first`, [id]);
      return rows.map(viewOf);
    },
    async scores(id, { trialIds, at, goal }): Promise<readonly RunScore[]> {
      // last: the newest evaluation; mean-last-3: the mean of the three newest; best: the best over all of them.
      const value = at === 'best' ? (goal === 'minimize' ? 'min(value)' : 'max(value)') : 'avg(value)';
      const newest = at === 'last' ? 1 : at === 'mean-last-3' ? 3 : null;
      const { rows } = await pool.query<RunScore>(
        `WITH scored AS (
           SELECT r.trial_id, r.uid, s.name, s.value, e.protocol, ${PASSPORT} AS passport,
             row_number() OVER (PARTITION BY r.id, s.name ORDER BY e.images_seen DESC) AS age
           FROM sweep w JOIN sweep_run m ON m.sweep_id = w.id JOIN run r ON r.id = m.run_id
           JOIN canonical_evaluation e ON e.run_id = r.id JOIN score s ON s.evaluation_id = e.id
           WHERE w.uid = $1 AND r.state = 'succeeded' AND s.value IS NOT NULL AND ($2::text[] IS NULL OR r.trial_id = ANY ($2))
         )
         SELECT trial_id AS "trialId", uid AS "runId", name, ${value} AS value, protocol, passport
         FROM scored WHERE $3::int IS NULL OR age <= $3
         GROUP BY trial_id, uid, name, protocol, passport ORDER BY trial_id, uid, name`,
        [id, trialIds, newest],
      );
      return rows;
    },
  };
}

const viewOf = ({ id, config, run_ids, states, seeds }: TrialRow): TrialView => ({
  id,
  config,
  runIds: run_ids,
  states,
  seeds,
});
