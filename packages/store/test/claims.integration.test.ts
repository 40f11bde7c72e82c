import type { RunId, WorkerId } from '@gansweep/domain';
import { RUN_STATES, type RunEvent, type RunState, TERMINAL_RUN_STATES, transition } from '@gansweep/domain';
import { buildWorker, newId } from '@gansweep/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRecord, type Record } from './open-record.ts';

describe('claims and states', () => {
  let record: Record;
  beforeAll(async () => {
    record = await openRecord();
  });
  afterAll(async () => {
    await record[Symbol.asyncDispose]();
  });

  it('eight claimers at once claim every run, none twice', async () => {
    await record.submit({ trials: 120 });
    const workers = Array.from({ length: 8 }, () => newId<WorkerId>());
    await Promise.all(workers.map((workerId) => record.store.runs.workerBeat(buildWorker(workerId))));
    const claimed = await Promise.all(
      workers.map(async (workerId) => {
        const mine: RunId[] = [];
        for (;;) {
          const runs = await record.claim({ workerId, limit: 2 });
          if (runs.length === 0) return mine;
          mine.push(...runs.map((run) => run.runId));
        }
      }),
    );
    expect(claimed.flat()).toHaveLength(120);
    expect(new Set(claimed.flat()).size).toBe(120);
    expect(await record.store.reconciler.audit()).toEqual({});
    expect(await record.store.reconciler.claimable(10)).toEqual([]);
  });

  it('a run that cannot be claimed is quarantined and does not hold up the queue', async () => {
    const sweep = await record.submit({ trials: 2 });
    const runs = await record.sql<{ uid: RunId }>("SELECT uid FROM run WHERE state = 'queued' ORDER BY id");
    // An attempt that must not exist: the claim of this run fails on its key.
    await record.sql(
      `INSERT INTO attempt (run_id, epoch, worker_id, slot, resume_images, started_at)
       SELECT r.id, 1, w.id, 0, 0, now() FROM run r, worker w WHERE r.uid = $1 AND w.uid = $2`,
      [runs[0]?.uid, record.workerId],
    );
    const claimed = await record.claim({ limit: 2 });
    expect(claimed.map((run) => run.runId)).toEqual([runs[1]?.uid]);
    expect(await record.stateOf(runs[0]?.uid ?? ('' as RunId))).toBe('quarantined');
    const [result] = await record.sql<{ failure_message: string }>(
      'SELECT d.failure_message FROM result d JOIN run r ON r.id = d.run_id WHERE r.uid = $1',
      [runs[0]?.uid],
    );
    expect(result?.failure_message).toMatch(/could not be claimed/);
    await record.sql('DELETE FROM attempt WHERE epoch = 1 AND run_id = (SELECT id FROM run WHERE uid = $1)', [
      runs[0]?.uid,
    ]);
    await record.store.sweeps.cancel(sweep);
  });

  it('higher priority first, then order of submission; a retried run goes before its equals', async () => {
    const low = await record.submit({ trials: 2 });
    const high = await record.submit({ sweep: { priority: 5 } });
    const first = await record.claimOne();
    const second = await record.claimOne();
    await record.store.runs.release({ runId: second.runId, epoch: second.epoch, reason: 'drain', seconds: 0 });
    const third = await record.claimOne();
    expect(third.runId).toBe(second.runId);
    const rows = await record.sql<{ uid: string; sweep: string }>(
      'SELECT r.uid, s.uid AS sweep FROM run r JOIN sweep_run m ON m.run_id = r.id JOIN sweep s ON s.id = m.sweep_id',
    );
    const sweepOf = (runId: RunId) => rows.find((row) => row.uid === runId)?.sweep;
    expect([sweepOf(first.runId), sweepOf(second.runId)]).toEqual([high, low]);
    for (const run of [first, third, await record.claimOne()]) await record.succeed(run);
  });

  it('the database allows exactly the changes of state that the domain does', async () => {
    await record.submit();
    const run = await record.claimOne();
    const events: RunEvent[] = [
      'claim',
      'finish',
      'release',
      'fail-retryable',
      'fail-final',
      'expire',
      'promote',
      'cancel',
      'retry',
    ];
    const byDomain = (from: RunState, to: RunState) =>
      events.some((event) => TERMINAL_RUN_STATES.some((finishedAs) => transition(from, event, finishedAs) === to));
    // What no worker and no person asks for: the search stops a waiting run, a claim fails.
    const bySearchOrClaim = (from: RunState, to: RunState) =>
      (to === 'pruned' && (from === 'queued' || from === 'retry-wait')) || (from === 'queued' && to === 'quarantined');
    const columns = (state: RunState) => ({
      worker_id: state === 'running' ? '(SELECT id FROM worker LIMIT 1)' : 'NULL',
      lease_until: state === 'running' ? 'now()' : 'NULL',
      lease_ms: state === 'running' ? '1' : 'NULL',
      not_before: state === 'retry-wait' ? 'now()' : 'NULL',
      ended_at: ['queued', 'running', 'retry-wait'].includes(state) ? 'NULL' : 'now()',
    });
    const update = (state: RunState, epoch: string) => {
      const assignments = Object.entries(columns(state)).map(([column, value]) => `${column} = ${value}`);
      return `UPDATE run SET state = '${state}', epoch = ${epoch}, ${assignments.join(', ')} WHERE uid = '${run.runId}'`;
    };
    const attempt = (from: RunState, to: RunState) =>
      // The guard is off while the starting state is put in place, on for the step under test, and all of it is undone.
      record
        .sql(`DO $$ BEGIN
          ALTER TABLE run DISABLE TRIGGER run_guard;
          ${update(from, '7')};
          SET CONSTRAINTS ALL IMMEDIATE;
          ALTER TABLE run ENABLE TRIGGER run_guard;
          ${update(to, to === 'running' ? '8' : '7')};
          RAISE EXCEPTION 'undone';
        END $$`)
        .catch((error: Error) => error.message === 'undone');
    for (const from of RUN_STATES)
      for (const to of RUN_STATES) {
        if (from === to) continue;
        expect({ from, to, allowed: await attempt(from, to) }).toEqual({
          from,
          to,
          allowed: byDomain(from, to) || bySearchOrClaim(from, to),
        });
      }
    await record.succeed(run);
  });

  it('guards the fence itself: final rows, falling epochs, claims that skip one', async () => {
    await record.submit();
    const run = await record.claimOne();
    const change = (assignment: string) => record.sql(`UPDATE run SET ${assignment} WHERE uid = $1`, [run.runId]);
    await expect(change('epoch = epoch - 1')).rejects.toThrow(/may not fall/);
    await expect(change('epoch = epoch + 1')).rejects.toThrow(/only with the state/);
    await expect(change('worker_id = NULL')).rejects.toThrow(/run_running_has_worker/);
    await expect(change('lease_until = NULL')).rejects.toThrow(/run_running_has_lease/);
    await record.store.runs.release({ runId: run.runId, epoch: run.epoch, reason: 'drain', seconds: 0 });
    const running = `state = 'running', worker_id = (SELECT max(id) FROM worker), lease_until = now(), lease_ms = 1`;
    await expect(change(`${running}, epoch = epoch + 2`)).rejects.toThrow(/raises the epoch by one/);
    await expect(change(running)).rejects.toThrow(/raises the epoch by one/);
    await record.succeed(await record.claimOne());
    await expect(change('images_seen = 1')).rejects.toThrow(/final/);
    await expect(change("state = 'queued', ended_at = NULL")).rejects.toThrow(/succeeded may not become queued/);
  });
});
