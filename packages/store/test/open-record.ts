import type { RunId, SweepId, WorkerId } from '@gansweep/domain';
import type { ClaimedRun, NewRun, NewSweep } from '@gansweep/orchestrator';
import { createStore, type Store } from '@gansweep/store';
import { buildReport, buildRuns, buildSweep, buildWorker, createTestDatabase, newId } from '@gansweep/testkit';
import pg from 'pg';
import { expect } from 'vitest';

/** A store on a database of its own, a worker, and SQL to look behind the ports. */
export interface Record extends AsyncDisposable {
  readonly url: string;
  readonly store: Store;
  readonly workerId: WorkerId;
  /** Rows of a statement. */
  sql<Row extends pg.QueryResultRow>(statement: string, values?: readonly unknown[]): Promise<Row[]>;
  /** A sweep of fresh trials unless `runs` are given. */
  submit(options?: {
    trials?: number;
    seeds?: number[];
    runs?: readonly NewRun[];
    sweep?: Partial<NewSweep>;
  }): Promise<SweepId>;
  claim(options?: { workerId?: WorkerId; limit?: number; leaseMs?: number }): Promise<readonly ClaimedRun[]>;
  /** The next claimable run. */
  claimOne(options?: { workerId?: WorkerId; leaseMs?: number }): Promise<ClaimedRun>;
  succeed(run: ClaimedRun, imagesSeen?: number): Promise<'recorded' | 'fenced'>;
  stateOf(runId: RunId): Promise<string>;
  /** Ends the wait of every run that waits for a retry. */
  promoteNow(): Promise<void>;
}

export async function openRecord(): Promise<Record> {
  const database = await createTestDatabase();
  const store = createStore({ databaseUrl: database.url });
  const pool = new pg.Pool({ connectionString: database.url, max: 2 });
  pool.on('error', () => undefined);
  const workerId = newId<WorkerId>();
  await store.runs.workerBeat(buildWorker(workerId));
  let nextTrial = 0;

  const record: Record = {
    url: database.url,
    store,
    workerId,
    async sql<Row extends pg.QueryResultRow>(statement: string, values: readonly unknown[] = []) {
      return (await pool.query<Row>(statement, [...values])).rows;
    },
    async submit({ trials = 1, seeds = [1], runs: given, sweep = {} } = {}) {
      const runs = given ?? buildRuns({ trials, seeds, firstTrial: nextTrial });
      if (!given) nextTrial += trials;
      const answer = await store.sweeps.create(
        buildSweep({ trialCount: trials, runCount: runs.length, ...sweep }),
        runs,
      );
      if (answer.kind === 'key-reused') throw new Error('key reused');
      return answer.sweep.id;
    },
    claim: ({ workerId: claimant = workerId, limit = 1, leaseMs = 60_000 } = {}) =>
      store.runs.claim({ workerId: claimant, slot: 0, limit, leaseMs }),
    async claimOne(options) {
      // A statement that was refused a moment ago may still hold its lock, and a claim passes over locked runs.
      let run: ClaimedRun | undefined;
      const patient = { timeout: 2_000, interval: 10, message: 'nothing to claim' };
      await expect
        .poll(async () => {
          [run] = await record.claim(options);
          return run !== undefined;
        }, patient)
        .toBe(true);
      if (!run) throw new Error('nothing to claim');
      return run;
    },
    succeed: (run, imagesSeen = 100) =>
      store.runs.finish({
        runId: run.runId,
        epoch: run.epoch,
        outcome: { kind: 'succeeded', atImagesSeen: imagesSeen, endedBy: 'images' },
        seconds: 1,
        last: buildReport(run, { imagesSeen }),
      }),
    async stateOf(runId) {
      const [row] = await record.sql<{ state: string }>('SELECT state FROM run WHERE uid = $1', [runId]);
      return row?.state ?? 'missing';
    },
    async promoteNow() {
      await record.sql("UPDATE run SET not_before = clock_timestamp() WHERE state = 'retry-wait'");
      await store.reconciler.promote();
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([store.close(), pool.end()]);
      await database[Symbol.asyncDispose]();
    },
  };
  return record;
}
