import type { RunId } from '@gansweep/domain';
import type { Reconciler } from '@gansweep/orchestrator';
import type { Pools } from './pools.ts';

/** Runs that ended longer ago were audited while they were young. */
const AUDIT_WINDOW = '1 hour';

/** Housekeeping over SQL functions that are safe to call from anywhere, any number of times. */
export function createReconciler({ pools }: { pools: Pools }): Reconciler {
  const { main } = pools;

  async function count(sql: string, values: readonly unknown[] = []): Promise<number> {
    const { rows } = await main.query<{ moved: number }>(`SELECT ${sql} AS moved`, [...values]);
    return rows[0]?.moved ?? 0;
  }

  return {
    reap: ({ marginMs, presenceGraceMs }) => count('run_reap($1, $2)', [marginMs, presenceGraceMs]),
    promote: () => count('run_promote()'),
    async completeSweeps() {
      await count('sweep_pause_for_findings()');
      await count('run_prune_stopped()');
      return count('sweep_complete()');
    },

    async claimable(limit) {
      const { rows } = await main.query<{ uid: RunId; epoch: number }>(
        `SELECT uid, epoch FROM run WHERE state = 'queued' AND held ORDER BY priority DESC, id
         LIMIT least($1::bigint, 2 * greatest(0, (
           SELECT coalesce(sum(slots), 0) FROM worker WHERE state = 'active' AND ended_at IS NULL
         ) - (SELECT count(DISTINCT (worker_id, slot)) FROM run WHERE state = 'running')))`,
        [limit],
      );
      return rows.map(({ uid, epoch }) => ({ runId: uid, epoch }));
    },

    async audit() {
      const { rows } = await main.query<{ invariant: string; violations: number }>('SELECT * FROM audit($1)', [
        AUDIT_WINDOW,
      ]);
      return Object.fromEntries(rows.map((row) => [row.invariant, row.violations]));
    },
  };
}
