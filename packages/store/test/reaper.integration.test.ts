import type { WorkerId } from '@gansweep/domain';
import type { ClaimedRun } from '@gansweep/orchestrator';
import { buildReport, buildWorker, newId } from '@gansweep/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRecord, type Record } from './open-record.ts';

/** Shorter than the test cluster has been up: nothing expires for one lease after a start of the server. */
const SHORT_LEASE_MS = 150;
const NO_GRACE = { marginMs: 0, presenceGraceMs: 0 };

describe('reaper', () => {
  let record: Record;
  beforeAll(async () => {
    record = await openRecord();
  });
  afterAll(async () => {
    expect(await record.store.reconciler.audit()).toEqual({});
    await record[Symbol.asyncDispose]();
  });

  async function worker(): Promise<WorkerId> {
    const workerId = newId<WorkerId>();
    await record.store.runs.workerBeat(buildWorker(workerId));
    return workerId;
  }

  /** Reaps until something moved. */
  const reaped = (options = NO_GRACE) =>
    expect.poll(() => record.store.reconciler.reap(options), { timeout: 5_000, interval: 20 });

  const attempts = (run: ClaimedRun) =>
    record.sql(
      'SELECT a.epoch, a.ended_as, a.failure_kind FROM attempt a JOIN run r ON r.id = a.run_id WHERE r.uid = $1 ORDER BY 1',
      [run.runId],
    );

  it('gives a run whose lease ran out to another worker, which resumes it', async () => {
    await record.submit();
    const run = await record.claimOne({ leaseMs: SHORT_LEASE_MS });
    const { runId } = run;
    const checkpoints = [{ imagesSeen: 40, kind: 'full', artifact: 'f', sha256: 'd'.repeat(64), bytes: 3 }] as const;
    const report = buildReport(run, { imagesSeen: 50, checkpoints });
    await record.store.runs.report({ leaseMs: SHORT_LEASE_MS, runs: [report] });
    await reaped().toBe(1);
    const again = await record.claimOne({ workerId: await worker() });
    expect(again).toMatchObject({
      runId,
      epoch: 3,
      checkpoints: [{ imagesSeen: 40, sha256: 'd'.repeat(64), bytes: 3 }],
    });
    expect(await attempts(run)).toEqual([
      { epoch: 1, ended_as: 'lease-expired', failure_kind: 'infra' },
      { epoch: 3, ended_as: null, failure_kind: null },
    ]);
    expect(await record.store.runs.report({ leaseMs: 1_000, runs: [buildReport(run)] })).toMatchObject([
      { verdict: 'fenced' },
    ]);
    await record.succeed(again);
  });

  it('lets an expired lease live as long as nobody took the run: the epoch decides, not the clock', async () => {
    await record.submit();
    const run = await record.claimOne({ leaseMs: 1 });
    expect(await record.store.runs.report({ leaseMs: 60_000, runs: [buildReport(run)] })).toMatchObject([
      { verdict: 'recorded' },
    ]);
    expect(await record.store.reconciler.reap(NO_GRACE)).toBe(0);
    await record.succeed(run);
  });

  it('takes no run within the margin', async () => {
    await record.submit();
    const run = await record.claimOne({ leaseMs: 1 });
    expect(await record.store.reconciler.reap({ marginMs: 60_000, presenceGraceMs: 0 })).toBe(0);
    await record.succeed(run);
  });

  it('takes no run for one lease after the server started', async () => {
    await record.submit();
    const run = await record.claimOne();
    await record.sql("UPDATE run SET lease_ms = 2000000000, lease_until = now() - interval '1 day' WHERE uid = $1", [
      run.runId,
    ]);
    expect(await record.store.reconciler.reap(NO_GRACE)).toBe(0);
    await record.sql('UPDATE run SET lease_ms = 1 WHERE uid = $1', [run.runId]);
    expect(await record.store.reconciler.reap(NO_GRACE)).toBe(1);
    await record.succeed(await record.claimOne());
  });

  it('notices a dead worker by its free presence lock, long before the lease ends', async () => {
    const workerId = await worker();
    const presence = await record.store.runs.holdPresence(workerId);
    await record.submit();
    const run = await record.claimOne({ workerId, leaseMs: SHORT_LEASE_MS });
    await record.sql("UPDATE run SET lease_until = now() + interval '1 hour' WHERE uid = $1", [run.runId]);
    expect(await record.store.reconciler.reap(NO_GRACE)).toBe(0);
    await presence[Symbol.asyncDispose]();
    await reaped().toBe(1);
    expect(await attempts(run)).toEqual([{ epoch: 1, ended_as: 'worker-lost', failure_kind: 'infra' }]);
    await record.succeed(await record.claimOne());
  });

  it('spares a worker that lost only its connection and takes the lock again within the grace', async () => {
    const workerId = await worker();
    await using _presence = await record.store.runs.holdPresence(workerId);
    await record.submit();
    const run = await record.claimOne({ workerId, leaseMs: SHORT_LEASE_MS });
    await record.sql("UPDATE run SET lease_until = now() + interval '1 hour' WHERE uid = $1", [run.runId]);
    const locks = () =>
      record.sql<{ pid: number }>(
        `SELECT l.pid FROM pg_locks l, worker w WHERE l.locktype = 'advisory' AND l.classid = presence_class() AND l.objid = w.id::int
         AND l.granted AND w.uid = $1`,
        [workerId],
      );
    const [before] = await locks();
    await record.sql('SELECT pg_terminate_backend($1)', [before?.pid]);
    const patient = { marginMs: 0, presenceGraceMs: 30_000 };
    expect(await record.store.reconciler.reap(patient)).toBe(0);
    await expect
      .poll(async () => (await locks()).filter((lock) => lock.pid !== before?.pid).length, { timeout: 5_000 })
      .toBe(1);
    expect(await record.store.reconciler.reap(NO_GRACE)).toBe(0);
    expect(await record.sql('SELECT presence_free_since FROM worker WHERE uid = $1', [workerId])).toEqual([
      { presence_free_since: null },
    ]);
    await record.succeed(run);
  });

  it('forces a cancellation that the worker did not live to confirm', async () => {
    await record.submit();
    const run = await record.claimOne({ leaseMs: SHORT_LEASE_MS });
    await record.store.sweeps.cancelRun(run.runId);
    expect(await record.stateOf(run.runId)).toBe('running');
    await reaped().toBe(1);
    expect(await record.stateOf(run.runId)).toBe('cancelled');
    expect(await record.succeed(run)).toBe('fenced');
  });

  it('quarantines a run that three workers died of before any progress', async () => {
    await record.submit();
    for (const expected of ['queued', 'queued', 'quarantined']) {
      await record.promoteNow();
      const run = await record.claimOne({ leaseMs: SHORT_LEASE_MS });
      await reaped().toBe(1);
      await record.promoteNow();
      expect(await record.stateOf(run.runId)).toBe(expected);
    }
  });

  it('keeps out of the way of a second reaper and of a report in flight', async () => {
    await record.submit({ trials: 3 });
    const runs = await record.claim({ limit: 3, leaseMs: SHORT_LEASE_MS });
    let moved = 0;
    await expect
      .poll(
        async () => {
          const each = await Promise.all([1, 2, 3].map(() => record.store.reconciler.reap(NO_GRACE)));
          moved += each.reduce((sum, count) => sum + count, 0);
          return moved;
        },
        { timeout: 5_000, interval: 20 },
      )
      .toBe(3);
    expect(await record.store.reconciler.reap(NO_GRACE)).toBe(0);
    const again = await record.claim({ limit: 10 });
    expect(again.map((run) => run.runId).sort()).toEqual(runs.map((run) => run.runId).sort());
    for (const run of again) await record.succeed(run);
  });
});
