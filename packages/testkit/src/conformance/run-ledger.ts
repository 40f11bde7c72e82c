import type { Epoch, WorkerId } from '@gansweep/domain';
import type { ClaimedRun, Reconciler, RunLedger, SweepLedger } from '@gansweep/orchestrator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildReport, buildRuns, buildSweep, buildWorker, newId } from '../builders.ts';

/** What a record must offer so that the suite can put runs into it. */
export interface LedgerUnderTest extends AsyncDisposable {
  readonly runs: RunLedger;
  readonly sweeps: SweepLedger;
  readonly reconciler: Reconciler;
}

const LEASE_MS = 60_000;

/** The contract of `RunLedger`, for every implementation. Each test submits a sweep of its own and claims from it. */
export function describeRunLedger(name: string, open: () => Promise<LedgerUnderTest>): void {
  describe(`run ledger: ${name}`, () => {
    let ledger: LedgerUnderTest;
    const workerId = newId<WorkerId>();
    let nextTrial = 0;

    beforeAll(async () => {
      ledger = await open();
      await ledger.runs.workerBeat(buildWorker(workerId));
    });
    afterAll(async () => {
      await ledger[Symbol.asyncDispose]();
    });

    async function submit(count: number): Promise<void> {
      const runs = buildRuns({ trials: count, firstTrial: nextTrial });
      nextTrial += count;
      await ledger.sweeps.create(buildSweep({ trialCount: count, runCount: count }), runs);
    }

    async function claim(limit = 1): Promise<readonly ClaimedRun[]> {
      return ledger.runs.claim({ workerId, slot: 0, limit, leaseMs: LEASE_MS });
    }

    async function claimed(): Promise<ClaimedRun> {
      await submit(1);
      const [run] = await claim();
      if (!run) throw new Error('nothing to claim');
      return run;
    }

    const finished = (run: ClaimedRun, imagesSeen = 100) =>
      ledger.runs.finish({
        runId: run.runId,
        epoch: run.epoch,
        outcome: { kind: 'succeeded', atImagesSeen: imagesSeen, endedBy: 'images' },
        seconds: 1,
        last: buildReport(run, { imagesSeen }),
      });

    async function kept(run: ClaimedRun, full: readonly number[]): Promise<void> {
      const checkpoints = full.map((imagesSeen) => {
        const artifact = `${run.runId}/${imagesSeen}`;
        return { imagesSeen, kind: 'full', artifact, sha256: 'b'.repeat(64), bytes: 7 } as const;
      });
      const replies = await ledger.runs.report({ leaseMs: LEASE_MS, runs: [buildReport(run, { checkpoints })] });
      expect(replies).toMatchObject([{ verdict: 'recorded' }]);
    }

    it('claims nothing when nothing waits', async () => {
      expect(await claim(8)).toEqual([]);
    });

    it('claims in order, each run once, with everything that training needs', async () => {
      await submit(3);
      const runs = await claim(2);
      const rest = await claim(2);
      expect([...runs, ...rest].map((run) => run.configuration.lrG)).toEqual(
        buildRuns({ trials: 3, firstTrial: nextTrial - 3 }).map((run) => run.configuration.lrG),
      );
      expect(runs[0]).toMatchObject({
        epoch: 1,
        seed: 1,
        trainingVersion: 1,
        checkpoints: [],
        secondsUsed: 0,
        runMinutes: null,
      });
      expect(runs[0]?.plans).toEqual([{ every: null, samples: 1_000, protocols: ['density2d/v1'] }]);
      for (const run of [...runs, ...rest]) expect(await finished(run)).toBe('recorded');
    });

    it('refuses every write of an older epoch', async () => {
      const run = await claimed();
      await ledger.runs.release({ runId: run.runId, epoch: run.epoch, reason: 'drain', seconds: 1 });
      const [again] = await claim();
      expect(again).toMatchObject({ runId: run.runId, epoch: 2 });
      const { runId, epoch } = run;
      const checkpoint = { imagesSeen: 10, kind: 'full', artifact: 'a', sha256: 'a'.repeat(64), bytes: 1 } as const;
      const backend = { name: 'reference', version: '1', device: 'cpu' };
      const failure = { kind: 'crash', message: 'late' } as const;
      const report = buildReport(run, { start: { backend, resumedAtImages: 0 }, checkpoints: [checkpoint] });
      expect(await ledger.runs.report({ leaseMs: LEASE_MS, runs: [report] })).toMatchObject([{ verdict: 'fenced' }]);
      expect(await ledger.runs.release({ runId, epoch, reason: 'drain', seconds: 1 })).toBe('fenced');
      expect(await ledger.runs.fail({ runId, epoch, failure, exitCode: 1, signal: null, seconds: 1 })).toBe('fenced');
      expect(await finished(run)).toBe('fenced');
      if (again) expect(await finished(again)).toBe('recorded');
    });

    it('finishes once: repeating it is harmless, another epoch is fenced', async () => {
      const run = await claimed();
      expect(await finished(run)).toBe('recorded');
      expect(await finished(run)).toBe('recorded');
      expect(await finished({ ...run, epoch: (run.epoch + 1) as Epoch })).toBe('fenced');
    });

    it('reports for several runs at once, each with its own verdict', async () => {
      await submit(2);
      const [first, second] = await claim(2);
      if (!first || !second) throw new Error('two runs expected');
      await finished(first);
      const replies = await ledger.runs.report({ leaseMs: LEASE_MS, runs: [buildReport(first), buildReport(second)] });
      expect(replies).toEqual([
        { runId: first.runId, verdict: 'fenced', request: 'continue' },
        { runId: second.runId, verdict: 'recorded', request: 'continue' },
      ]);
      await finished(second);
    });

    it('resumes from the newest full checkpoint and counts the seconds of earlier attempts', async () => {
      const run = await claimed();
      const { runId, epoch } = run;
      await kept(run, [100, 200]);
      await ledger.runs.release({ runId, epoch, reason: 'drain', seconds: 12.5 });
      const [again] = await claim();
      expect(again?.checkpoints.map((checkpoint) => checkpoint.imagesSeen)).toEqual([200, 100]);
      expect(again?.secondsUsed).toBe(12.5);
      if (again) await finished(again);
    });

    it('keeps the last two full checkpoints and names the files of the others', async () => {
      const run = await claimed();
      const { runId, epoch } = run;
      await kept(run, [100, 200, 300]);
      expect(await ledger.runs.pruneCheckpoints({ runId, epoch })).toEqual([`${runId}/100`]);
      expect(await ledger.runs.pruneCheckpoints({ runId, epoch })).toEqual([]);
      await finished(run);
    });

    it('tells a running attempt that its run was cancelled, and cancels it when released', async () => {
      const run = await claimed();
      expect(await ledger.sweeps.cancelRun(run.runId)).toBe('ok');
      expect(await ledger.runs.report({ leaseMs: LEASE_MS, runs: [buildReport(run)] })).toMatchObject([
        { verdict: 'recorded', request: 'cancel' },
      ]);
      await ledger.runs.release({ runId: run.runId, epoch: run.epoch, reason: 'drain', seconds: 1 });
      expect(await claim()).toEqual([]);
      expect(await ledger.sweeps.cancelRun(run.runId)).toBe('ok');
    });

    it('retries a crash, but not the same crash at the same point', async () => {
      const run = await claimed();
      const failure = { kind: 'crash', message: 'shape mismatch' } as const;
      const fail = (epoch: Epoch) =>
        ledger.runs.fail({ runId: run.runId, epoch, failure, exitCode: 1, signal: null, seconds: 1 });
      expect(await fail(run.epoch)).toBe('retry-wait');
      expect(await claim()).toEqual([]);
      let again: ClaimedRun | undefined;
      await expect
        .poll(
          async () => {
            await ledger.reconciler.promote();
            [again] = await claim();
            return again?.epoch;
          },
          { timeout: 5_000 },
        )
        .toBe(2);
      if (again) expect(await fail(again.epoch)).toBe('failed');
    });

    it('does not claim for a worker that drains or has gone', async () => {
      await submit(1);
      await ledger.runs.workerBeat({ ...buildWorker(workerId), state: 'draining' });
      expect(await claim()).toEqual([]);
      await ledger.runs.workerGone(workerId);
      expect(await claim()).toEqual([]);
      await ledger.runs.workerBeat(buildWorker(workerId));
      const [run] = await claim();
      if (run) expect(await finished(run)).toBe('recorded');
    });

    it('leaves no invariant broken', async () => {
      expect(await ledger.reconciler.audit()).toEqual({});
    });
  });
}
