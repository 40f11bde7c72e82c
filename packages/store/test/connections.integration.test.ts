import { randomBytes } from 'node:crypto';
import type { WorkerId } from '@gansweep/domain';
import { createStore } from '@gansweep/store';
import { buildReport, buildWorker, newId } from '@gansweep/testkit';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRecord, type Record } from './open-record.ts';

/** What a worker's role may call. */
const WORKER_FUNCTIONS =
  'run_claim, run_report, checkpoint_prune, run_finish, run_release, run_fail, attempt_log_append, worker_beat, worker_gone, worker_presence';

describe('connections', () => {
  let record: Record;
  beforeAll(async () => {
    record = await openRecord();
  });
  afterAll(async () => {
    await record[Symbol.asyncDispose]();
  });

  it('outlive the loss of every connection: reports, beats and claims go on', async () => {
    await record.submit({ trials: 2 });
    const run = await record.claimOne();
    await record.store.runs.report({ leaseMs: 60_000, runs: [buildReport(run)] });
    await record.sql(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE 'gansweep%'",
    );
    expect(await record.store.runs.report({ leaseMs: 60_000, runs: [buildReport(run)] })).toMatchObject([
      { verdict: 'recorded' },
    ]);
    await record.store.runs.workerBeat(buildWorker(record.workerId));
    expect(await record.succeed(run)).toBe('recorded');
    await record.succeed(await record.claimOne());
    expect(await record.store.sweeps.expanding()).toEqual([]);
  });

  it('under a role with nothing but the worker functions a run is claimed, reported and finished, and no table is readable', async () => {
    const role = `worker_${randomBytes(6).toString('hex')}`;
    const url = new URL(record.url);
    url.username = role;
    url.password = 'secret';
    await record.sql(`CREATE ROLE ${role} LOGIN PASSWORD 'secret'`);
    try {
      const denied = new pg.Client({ connectionString: url.toString() });
      await denied.connect();
      await expect(denied.query('SELECT run_release($1, 1, 0)', [newId()])).rejects.toMatchObject({ code: '42501' });
      await record.sql(`GRANT EXECUTE ON FUNCTION ${WORKER_FUNCTIONS} TO ${role}`);
      await expect(denied.query('SELECT 1 FROM run')).rejects.toMatchObject({ code: '42501' });
      await expect(denied.query('SELECT run_cancel($1)', [newId()])).rejects.toMatchObject({ code: '42501' });
      await denied.end();
      const store = createStore({ databaseUrl: url.toString() });
      const workerId = newId<WorkerId>();
      await record.submit();
      await store.runs.workerBeat(buildWorker(workerId));
      {
        await using _presence = await store.runs.holdPresence(workerId);
        const [run] = await store.runs.claim({ workerId, slot: 0, limit: 1, leaseMs: 60_000 });
        if (!run) throw new Error('nothing to claim');
        const { runId, epoch } = run;
        const points = [{ name: 'lossD', imagesSeen: 1, value: 1 }] as const;
        const last = buildReport(run, { imagesSeen: 1, points });
        expect(await store.runs.report({ leaseMs: 60_000, runs: [last] })).toMatchObject([{ verdict: 'recorded' }]);
        await store.runs.appendLog({ runId, epoch, lines: ['hello'] });
        const outcome = { kind: 'succeeded', atImagesSeen: 1, endedBy: 'images' } as const;
        expect(await store.runs.finish({ runId, epoch, outcome, seconds: 1, last })).toBe('recorded');
      }
      await store.runs.workerGone(workerId);
      await store.close();
    } finally {
      await record.sql(`DROP OWNED BY ${role}`);
      await record.sql(`DROP ROLE ${role}`);
    }
  });
});
