import type { RunId, RunState, SweepId, TrialId } from '@gansweep/domain';
import type { StoppingLedger, StoppingMember, StoppingSweep } from '@gansweep/orchestrator';
import type { Pools } from './pools.ts';

interface MemberRow {
  readonly uid: RunId;
  readonly trial: TrialId;
  readonly state: RunState;
  readonly images: number;
  readonly until: number | null;
  readonly rung: number;
  readonly audited: boolean;
  readonly stopped: boolean;
  readonly scores: readonly (readonly [number, number | null])[];
}

/** The record of early stopping: what it changes is one SQL function each. */
export function createStoppingLedger({ pools }: { pools: Pools }): StoppingLedger {
  const { main } = pools;

  async function count(sql: string, values: readonly unknown[]): Promise<number> {
    const { rows } = await main.query<{ moved: number }>(`SELECT ${sql} AS moved`, [...values]);
    return rows[0]?.moved ?? 0;
  }

  return {
    async sweeps() {
      const { rows } = await main.query<StoppingSweep>(
        `SELECT s.uid AS id, s.spec, s.next_index = s.run_count AND NOT s.growing AS expanded,
           concat_ws(' ', s.next_index, s.run_count, s.growing, count(*) FILTER (WHERE r.ended_at IS NOT NULL),
             count(*) FILTER (WHERE m.until_images IS NULL), sum(m.until_images), sum(r.rung_images), sum(r.epoch) FILTER (WHERE NOT r.held)) AS fingerprint
         FROM sweep s JOIN sweep_run m ON m.sweep_id = s.id JOIN run r ON r.id = m.run_id
         WHERE s.state IN ('expanding', 'active') AND s.plan ? 'rungs' GROUP BY s.id`,
      );
      return rows;
    },

    async members(id: SweepId, score: string): Promise<readonly StoppingMember[]> {
      const { rows } = await main.query<MemberRow>(
        `SELECT r.uid, r.trial_id AS trial, r.state, r.images_seen AS images, m.until_images AS until, r.rung_images AS rung,
           m.audited, m.stopped,
           (SELECT coalesce(jsonb_agg(jsonb_build_array(e.images_seen, v.value) ORDER BY e.images_seen), '[]')
            FROM canonical_evaluation e JOIN score v ON v.evaluation_id = e.id AND v.name = $2 WHERE e.run_id = r.id) AS scores
         FROM sweep_run m JOIN run r ON r.id = m.run_id
         WHERE m.sweep_id = (SELECT s.id FROM sweep s WHERE s.uid = $1) ORDER BY m.idx`,
        [id, score],
      );
      return rows.map(({ uid, trial, state, images, until, rung, audited, stopped, scores }) => ({
        runId: uid,
        trialId: trial,
        state,
        imagesSeen: images,
        untilImages: until,
        rungImages: rung,
        audited,
        stopped,
        scores: scores.map(([imagesSeen, value]) => ({ imagesSeen, value })),
      }));
    },

    promote: (id, trials, purpose) =>
      count('sweep_promote($1, $2, $3, $4)', [
        id,
        trials.map(({ trialId }) => trialId),
        trials.map(({ untilImages }) => untilImages),
        purpose === 'audit',
      ]),

    goOn: (id, runs) =>
      count('sweep_go_on($1, $2, $3)', [
        id,
        runs.map(({ runId }) => runId),
        runs.map(({ untilImages }) => untilImages),
      ]),

    stop: (id) => count('sweep_stop($1)', [id]),
  };
}
