import type { Configuration, RunId, RunState, TrialId } from '@gansweep/domain';
import type { ReadModel, RunScore, ScoreAt, TrialView } from '@gansweep/orchestrator';
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

/** Trials of a sweep without their configurations: grouping by those would compare every one with every other. */
const TRIALS = `
  SELECT min(m.idx) AS first, r.trial_id AS id, array_agg(r.uid::text ORDER BY m.idx) AS run_ids,
    array_agg(r.state ORDER BY m.idx) AS states, array_agg(r.seed::float8 ORDER BY m.idx) AS seeds
  FROM sweep_run m JOIN run r ON r.id = m.run_id
  WHERE m.sweep_id = (SELECT id FROM sweep WHERE uid = $1) GROUP BY r.trial_id`;
const WITH_CONFIGURATION = `g.first, g.id, t.configuration AS config, g.run_ids, g.states, g.seeds`;

/** The comparable part of the passport of a row, as `passportKey` of the domain takes it; a test holds the two together. */
export const passportKeyOf = (row: string): string => `md5(jsonb_build_array(
  ${row}.passport -> 'metric', ${row}.passport -> 'extractor', ${row}.passport -> 'preprocessing',
  (${row}.passport -> 'real') - 'seed', ${row}.passport #> '{fake,n}', (${row}.passport -> 'estimator') - 'seed')::text)`;

export function trialQueries(pool: pg.Pool): Pick<ReadModel, 'listTrials' | 'allTrials' | 'scores'> {
  return {
    async listTrials(id, { cursor, limit }) {
      const { rows } = await pool.query<TrialRow>(
        `SELECT ${WITH_CONFIGURATION}
         FROM (${TRIALS} HAVING $2::int8 IS NULL OR min(m.idx) > $2 ORDER BY first LIMIT $3) g
         JOIN trial t ON t.id = g.id ORDER BY g.first`,
        [id, readCursor(cursor), limit + 1],
      );
      return pageOf(rows, limit, ({ first }) => first, viewOf);
    },
    async allTrials(id) {
      const { rows } = await pool.query<TrialRow>(
        `SELECT ${WITH_CONFIGURATION} FROM (${TRIALS}) g JOIN trial t ON t.id = g.id ORDER BY g.first`,
        [id],
      );
      return rows.map(viewOf);
    },
    async scores(id, { trialIds, name, at, goal }): Promise<readonly RunScore[]> {
      // Evaluations under the newest one's passport, the newest first; a test holds this to the rule of the verdict.
      const { rows } = await pool.query<RunScore>(
        `WITH evaluated AS (
           SELECT r.trial_id, r.uid, s.name, s.value, e.protocol, e.images_seen, ${passportKeyOf('e')} AS passport
           FROM sweep_run m JOIN run r ON r.id = m.run_id
           JOIN canonical_evaluation e ON e.run_id = r.id JOIN score s ON s.evaluation_id = e.id
           WHERE m.sweep_id = (SELECT id FROM sweep WHERE uid = $1) AND r.state = 'succeeded'
             AND ($2::text[] IS NULL OR r.trial_id = ANY ($2)) AND ($3::text IS NULL OR s.name = $3)
         ), judged AS (
           SELECT *, first_value(passport) OVER (PARTITION BY uid, name ORDER BY images_seen DESC, protocol DESC) AS newest
           FROM evaluated
         ), comparable AS (
           SELECT *, row_number() OVER (PARTITION BY uid, name ORDER BY images_seen DESC, protocol DESC) AS age
           FROM judged WHERE passport = newest
         ), valued AS (
           SELECT trial_id, uid, name, protocol, passport, ${VALUE_AT[at](goal)} AS value
           FROM comparable GROUP BY trial_id, uid, name, protocol, passport
         )
         SELECT trial_id AS "trialId", uid AS "runId", name, value, protocol, passport
         FROM valued WHERE value IS NOT NULL ORDER BY trial_id, uid, name`,
        [id, trialIds, name],
      );
      return rows;
    },
  };
}

/** A run's score from the values of its evaluations, null where one that it needs is missing. */
const VALUE_AT: Readonly<Record<ScoreAt, (goal: 'minimize' | 'maximize') => string>> = {
  last: () => 'max(value) FILTER (WHERE age = 1)',
  best: (goal) => (goal === 'minimize' ? 'min(value)' : 'max(value)'),
  'mean-last-3': () =>
    'CASE WHEN count(*) FILTER (WHERE age <= 3 AND value IS NULL) = 0 THEN avg(value) FILTER (WHERE age <= 3) END',
};

const viewOf = ({ id, config, run_ids, states, seeds }: TrialRow): TrialView => ({
  id,
  config,
  runIds: run_ids,
  states,
  seeds,
});
