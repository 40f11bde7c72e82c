import type { FailureKind, WorkerId } from '@gansweep/domain';
import type { ClaimedRun } from '@gansweep/orchestrator';
import { buildReport, buildWorker, newId } from '@gansweep/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRecord, type Record } from './open-record.ts';

describe('retry table', () => {
  let record: Record;
  beforeAll(async () => {
    record = await openRecord();
  });
  afterAll(async () => {
    expect(await record.store.reconciler.audit()).toEqual({});
    await record[Symbol.asyncDispose]();
  });

  const fail = (run: ClaimedRun, kind: FailureKind, options: { message?: string; signal?: string } = {}) =>
    record.store.runs.fail({
      runId: run.runId,
      epoch: run.epoch,
      failure: { kind, message: options.message ?? `failed in attempt ${run.epoch}` },
      exitCode: options.signal ? null : 1,
      signal: options.signal ?? null,
      seconds: 1,
    });

  /** A worker of its own, so that one test's failures do not stop another's claims. */
  async function worker(): Promise<WorkerId> {
    const workerId = newId<WorkerId>();
    await record.store.runs.workerBeat(buildWorker(workerId));
    return workerId;
  }

  /** Fails a fresh run of a sweep of its own until it is final; `progress`: each attempt gets further than the last. */
  async function failUntilFinal(
    kind: FailureKind,
    { progress = true, signal }: { progress?: boolean; signal?: string } = {},
  ) {
    const workerId = await worker();
    await record.submit();
    for (let attempts = 1; ; attempts++) {
      const run = await record.claimOne({ workerId });
      if (progress)
        await record.store.runs.report({ leaseMs: 60_000, runs: [buildReport(run, { imagesSeen: 10 * attempts })] });
      const state = await fail(run, kind, signal ? { signal, message: 'killed' } : {});
      if (state !== 'retry-wait') return { attempts, state };
      await record.promoteNow();
    }
  }

  it.each([
    { kind: 'crash', attempts: 3, state: 'failed' },
    { kind: 'hang', attempts: 3, state: 'failed' },
    { kind: 'oom', attempts: 2, state: 'failed' },
    { kind: 'user', attempts: 1, state: 'failed' },
    { kind: 'poison', attempts: 1, state: 'quarantined' },
    { kind: 'infra', attempts: 21, state: 'failed' },
  ] as const)('$kind: after $attempts attempts $state', async ({ kind, attempts, state }) => {
    expect(await failUntilFinal(kind)).toEqual({ attempts, state });
  });

  it('three attempts that break before any progress are poison', async () => {
    expect(await failUntilFinal('crash', { progress: false })).toEqual({ attempts: 3, state: 'quarantined' });
  });

  it('the same crash at the same point is final, a kill from outside at the same point is not', async () => {
    const workerId = await worker();
    await record.submit();
    const crash = async (options: { message: string; signal?: string }) => {
      const run = await record.claimOne({ workerId });
      await record.store.runs.report({ leaseMs: 60_000, runs: [buildReport(run, { imagesSeen: 50 })] });
      const state = await fail(run, 'crash', options);
      await record.promoteNow();
      return state;
    };
    expect(await crash({ message: 'killed', signal: 'SIGKILL' })).toBe('retry-wait');
    expect(await crash({ message: 'killed', signal: 'SIGKILL' })).toBe('retry-wait');
    expect(await crash({ message: 'shape mismatch' })).toBe('failed');
    await record.submit();
    expect(await crash({ message: 'shape mismatch' })).toBe('retry-wait');
    expect(await crash({ message: 'shape mismatch' })).toBe('failed');
  });

  it('waits longer before each retry', async () => {
    const workerId = await worker();
    await record.submit();
    const waits: number[] = [];
    let last: ClaimedRun | undefined;
    for (let retry = 0; retry < 4; retry++) {
      last = await record.claimOne({ workerId });
      await fail(last, 'infra');
      const [row] = await record.sql<{ seconds: number }>(
        'SELECT extract(epoch FROM not_before - clock_timestamp())::float8 AS seconds FROM run WHERE uid = $1',
        [last.runId],
      );
      waits.push(row?.seconds ?? 0);
      await record.promoteNow();
    }
    for (const [at, seconds] of [1, 2, 4, 8].entries()) {
      expect(waits[at]).toBeGreaterThan(seconds * 0.6);
      expect(waits[at]).toBeLessThan(seconds * 1.3);
    }
    await record.succeed(await record.claimOne({ workerId }));
  });

  it("a worker's own fault costs the run nothing and stops that worker", async () => {
    const broken = await worker();
    await record.submit();
    const run = await record.claimOne({ workerId: broken });
    expect(await fail(run, 'worker-local', { message: 'no space left' })).toBe('retry-wait');
    await record.promoteNow();
    expect(await record.claim({ workerId: broken })).toEqual([]);
    await record.store.runs.workerBeat(buildWorker(broken));
    expect(await record.claim({ workerId: broken })).toEqual([]);
    const [row] = await record.sql('SELECT state, cordoned_because FROM worker WHERE uid = $1', [broken]);
    expect(row).toEqual({ state: 'cordoned', cordoned_because: 'no space left' });
    const [budgets] = await record.sql(
      'SELECT n_infra + n_crash + n_oom + n_hang + n_noprogress AS spent FROM run WHERE uid = $1',
      [run.runId],
    );
    expect(budgets).toEqual({ spent: 0 });
    await record.succeed(await record.claimOne());
  });

  it('three runs in a row that break quickly stop their worker; the others go on', async () => {
    const broken = await worker();
    await record.submit({ trials: 4 });
    for (const run of await record.claim({ workerId: broken, limit: 3 })) await fail(run, 'crash');
    await record.promoteNow();
    expect(await record.claim({ workerId: broken })).toEqual([]);
    const rest = await record.claim({ limit: 10 });
    expect(rest).toHaveLength(4);
    for (const run of rest) await record.succeed(run);
  });

  it('five claims in a row whose trainer died before it took the run end it as failed, and say how; a retry begins the count anew', async () => {
    const workerId = await worker();
    await record.submit();
    const release = async (untaken: string) => {
      const { runId, epoch } = await record.claimOne({ workerId });
      const write = { runId, epoch, reason: 'no-trainer' as const, seconds: 0, untaken };
      expect(await record.store.runs.release(write)).toBe('recorded');
      return { runId, state: await record.stateOf(runId) };
    };
    for (let nth = 1; nth < 5; nth++) expect((await release('a library broke')).state).toBe('queued');
    // An attempt in between that ended otherwise.
    expect(await fail(await record.claimOne({ workerId }), 'infra')).toBe('retry-wait');
    await record.promoteNow();
    for (let nth = 1; nth < 5; nth++) expect((await release('a library broke')).state).toBe('queued');
    const { runId, state } = await release('the trainer died of SIGSEGV');
    expect(state).toBe('failed');
    const read = () =>
      record.sql(
        'SELECT d.failure_kind, d.failure_message FROM result d JOIN run r ON r.id = d.run_id WHERE r.uid = $1',
        [runId],
      );
    expect(await read()).toEqual([
      {
        failure_kind: 'infra',
        failure_message: expect.stringMatching(/5 claims in a row .* on host because the trainer died of SIGSEGV/),
      },
    ]);
    expect(await record.store.sweeps.retryRun(runId, false)).toBe('ok');
    expect((await release('a library broke')).state).toBe('queued');
    await record.succeed(await record.claimOne({ workerId }));
  });

  it('a failure after a cancel request ends the run as cancelled', async () => {
    await record.submit();
    const run = await record.claimOne();
    await record.store.sweeps.cancelRun(run.runId);
    expect(await fail(run, 'crash')).toBe('cancelled');
    expect(await record.stateOf(run.runId)).toBe('cancelled');
  });

  it('pauses a sweep that has spent its hours, once; its runs keep what they have', async () => {
    const sweep = await record.submit({ trials: 2, sweep: { spec: { budget: { hours: 0.5 } } } });
    const read = () => record.sql('SELECT state, paused_because FROM sweep WHERE uid = $1', [sweep]);
    const [first] = await record.claim({ limit: 1 });
    if (!first) throw new Error('a run expected');
    await record.sql(`UPDATE sweep SET created_at = created_at - interval '1 hour' WHERE uid = $1`, [sweep]);
    await record.sql(`UPDATE attempt SET started_at = started_at - interval '29 minutes' WHERE ended_at IS NULL`);
    await record.store.reconciler.completeSweeps();
    expect(await read()).toEqual([{ state: 'active', paused_because: null }]);
    await record.sql(`UPDATE attempt SET started_at = started_at - interval '1 minute' WHERE ended_at IS NULL`);
    await record.store.reconciler.completeSweeps();
    expect(await read()).toEqual([{ state: 'paused', paused_because: expect.stringMatching(/0\.5 hours/) }]);
    expect(await record.store.runs.report({ leaseMs: 60_000, runs: [buildReport(first)] })).toMatchObject([
      { request: 'release' },
    ]);
    await record.store.sweeps.resume(sweep);
    await record.store.reconciler.completeSweeps();
    expect(await read()).toEqual([{ state: 'active', paused_because: null }]);
    await record.store.sweeps.cancel(sweep);
    await record.store.runs.release({ runId: first.runId, epoch: first.epoch, reason: 'pause', seconds: 1 });
  });

  it('pauses a sweep after three failures of its own making, once', async () => {
    const sweep = await record.submit({ trials: 5 });
    const [first, second, third, fourth, fifth] = await record.claim({ limit: 5 });
    if (!first || !second || !third || !fourth || !fifth) throw new Error('five runs expected');
    for (const run of [first, second]) await fail(run, 'user');
    await record.store.reconciler.completeSweeps();
    const read = () => record.sql('SELECT state, paused_because FROM sweep WHERE uid = $1', [sweep]);
    expect(await read()).toEqual([{ state: 'active', paused_because: null }]);
    await fail(third, 'user');
    await record.store.reconciler.completeSweeps();
    expect(await read()).toEqual([{ state: 'paused', paused_because: expect.stringMatching(/spec/) }]);
    expect(await record.store.runs.report({ leaseMs: 60_000, runs: [buildReport(fourth)] })).toMatchObject([
      { request: 'release' },
    ]);
    await record.store.sweeps.resume(sweep);
    await record.store.reconciler.completeSweeps();
    expect(await read()).toEqual([{ state: 'active', paused_because: null }]);
    for (const run of [fourth, fifth]) await record.succeed(run);
    await record.store.reconciler.completeSweeps();
    expect(await read()).toEqual([{ state: 'done', paused_because: null }]);
  });
});
