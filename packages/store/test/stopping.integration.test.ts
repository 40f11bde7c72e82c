import type { SweepId, TrialId } from '@gansweep/domain';
import { type ClaimedRun, growSweep, stoppingWatch, submitSweep } from '@gansweep/orchestrator';
import { buildReport, buildRuns, newId } from '@gansweep/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRecord, type Record } from './open-record.ts';

const plan = { every: null, samples: 1_000, protocols: ['density2d/v1'], rungs: [100, 300], alsoAt: [] } as const;
let firstTrial = 50_000;

describe('runs that wait at rungs', () => {
  let record: Record;
  beforeAll(async () => {
    record = await openRecord();
  });
  afterAll(async () => {
    expect(await record.store.reconciler.audit()).toEqual({});
    await record[Symbol.asyncDispose]();
  });

  const fresh = (trials: number) => {
    firstTrial += trials;
    return buildRuns({ trials, firstTrial: firstTrial - trials });
  };

  /** Trains a claimed run up to a rung: score and checkpoint are recorded. */
  async function trainTo(run: ClaimedRun, imagesSeen: number): Promise<void> {
    const artifact = `${run.runId}/e${run.epoch}/${imagesSeen}`;
    const checkpoint = { imagesSeen, kind: 'full', artifact, sha256: 'b'.repeat(64), bytes: 7 } as const;
    const evaluation = { imagesSeen, protocol: 'density2d/v1', passport: {}, scores: { js: 0.5 }, seconds: 0 } as const;
    const report = buildReport(run, { imagesSeen, checkpoints: [checkpoint], evaluations: [evaluation] });
    await record.store.runs.report({ leaseMs: 60_000, runs: [report] });
  }
  async function setDown(run: ClaimedRun, imagesSeen: number): Promise<void> {
    await trainTo(run, imagesSeen);
    const { runId, epoch } = run;
    expect(await record.store.runs.release({ runId, epoch, reason: 'rung', seconds: 1 })).toBe('recorded');
  }
  const promote = (id: SweepId, trialId: TrialId, untilImages: number | null) =>
    record.store.stopping.promote(id, [{ trialId, untilImages }], 'promotion');

  it('a run is told how far it is wanted, is not claimed again at its rung, and goes on from its checkpoint', async () => {
    const runs = fresh(1);
    const id = await record.submit({ runs, sweep: { plan } });
    const run = await record.claimOne();
    expect(run.plans).toMatchObject([{ untilImages: 100 }]);
    await setDown(run, 100);
    expect(await record.claim()).toEqual([]);
    expect(await record.store.reconciler.claimable(10)).toEqual([]);
    expect(await promote(id, run.trialId, 300)).toBe(1);
    expect(await promote(id, run.trialId, 100)).toBe(0);
    const again = await record.claimOne();
    expect(again).toMatchObject({ runId: run.runId, epoch: 2 });
    expect(again.plans).toMatchObject([{ untilImages: 300 }]);
    expect(again.checkpoints.map(({ imagesSeen }) => imagesSeen)).toEqual([100]);
    await setDown(again, 300);
    await promote(id, run.trialId, null);
    const last = await record.claimOne();
    expect(last.plans[0]).not.toHaveProperty('untilImages');
    await record.succeed(last, 900);
  });

  it('a release whose checkpoint was not recorded leaves the run claimable: it has to come to its rung again', async () => {
    const id = await record.submit({ runs: fresh(1), sweep: { plan } });
    const { runId, epoch } = await record.claimOne();
    await record.store.runs.release({ runId, epoch, reason: 'rung', seconds: 1 });
    await setDown(await record.claimOne(), 100);
    expect(await record.claim()).toEqual([]);
    await record.store.sweeps.cancel(id);
    expect(await record.stateOf(runId)).toBe('cancelled');
  });

  it('stops only when nothing is under way; what was not promoted ends as pruned with its scores', async () => {
    const id = await record.submit({ runs: fresh(3), sweep: { plan } });
    const [first, second, third] = await record.claim({ limit: 3 });
    if (!first || !second || !third) throw new Error('three runs');
    await setDown(first, 100);
    await setDown(second, 100);
    expect(await record.store.stopping.stop(id)).toBe(0);
    await setDown(third, 100);
    await promote(id, first.trialId, null);
    expect(await record.store.stopping.stop(id)).toBe(0);
    await record.succeed(await record.claimOne(), 900);
    expect(await record.store.stopping.stop(id)).toBe(2);
    expect(await Promise.all([first, second, third].map(({ runId }) => record.stateOf(runId)))).toEqual([
      'succeeded',
      'pruned',
      'pruned',
    ]);
    await record.store.reconciler.completeSweeps();
    expect((await record.store.read.getSweep(id))?.state).toBe('done');
  });

  it('a run that another sweep wants whole goes on, and is not pruned by the one that stops', async () => {
    const runs = fresh(2);
    const stopping = await record.submit({ runs, sweep: { plan } });
    const [first, second] = await record.claim({ limit: 2 });
    if (!first || !second) throw new Error('two runs');
    await setDown(first, 100);
    await setDown(second, 100);
    const whole = await record.submit({ runs: runs.slice(0, 1), sweep: { plan: { ...plan, rungs: [], alsoAt: [] } } });
    expect(await record.store.stopping.stop(stopping)).toBe(2);
    expect(await record.stateOf(second.runId)).toBe('pruned');
    await record.store.reconciler.completeSweeps();
    expect((await record.store.read.getSweep(stopping))?.state).toBe('done');
    const again = await record.claimOne();
    expect(again.runId).toBe(first.runId);
    expect(again.plans).toHaveLength(1);
    // Left by the one that wanted it whole, it is nobody's any more.
    await record.store.runs.release({ runId: again.runId, epoch: again.epoch, reason: 'drain', seconds: 1 });
    await record.store.sweeps.pause(whole);
    await record.store.reconciler.completeSweeps();
    expect(await record.stateOf(first.runId)).toBe('queued');
    await record.store.sweeps.cancel(whole);
    await record.store.reconciler.completeSweeps();
    expect(await record.stateOf(first.runId)).toBe('pruned');
  });

  it('a run whose checkpoint at its rung turns out damaged has to come there again', async () => {
    const runs = fresh(1);
    const id = await record.submit({ runs, sweep: { plan } });
    await setDown(await record.claimOne(), 100);
    const whole = await record.submit({ runs, sweep: { plan: { ...plan, rungs: [], alsoAt: [] } } });
    const again = await record.claimOne();
    const start = { backend: { name: 'onnx', version: '1', device: 'cpu' }, resumedAtImages: 0 } as const;
    await record.store.runs.report({ leaseMs: 60_000, runs: [buildReport(again, { start, imagesSeen: 0 })] });
    await record.store.runs.release({ runId: again.runId, epoch: again.epoch, reason: 'drain', seconds: 1 });
    await record.store.sweeps.cancel(whole);
    await setDown(await record.claimOne(), 100);
    expect(await record.claim()).toEqual([]);
    await record.store.sweeps.cancel(id);
  });

  it('waits through a pause, a dead worker and a retry from nothing', async () => {
    const id = await record.submit({ runs: fresh(1), sweep: { plan } });
    const run = await record.claimOne();
    await setDown(run, 100);
    await record.store.sweeps.pause(id);
    await record.store.sweeps.resume(id);
    expect(await record.claim()).toEqual([]);
    await promote(id, run.trialId, 300);
    const again = await record.claimOne();
    const failure = { kind: 'user', message: 'no' } as const;
    const { runId, epoch } = again;
    await record.store.runs.fail({ runId, epoch, failure, exitCode: 1, signal: null, seconds: 1 });
    expect(await record.store.sweeps.retryRun(runId, true)).toBe('ok');
    const anew = await record.claimOne();
    expect(anew.checkpoints).toEqual([]);
    await trainTo(anew, 300);
    await record.store.runs.release({ runId, epoch: anew.epoch, reason: 'rung', seconds: 1 });
    expect(await record.claim()).toEqual([]);
    await record.store.sweeps.cancel(id);
  });

  describe('and are judged', () => {
    const METRICS = { js: 'density2d/v1', hq: 'modes2d/v1' } as const;
    type Metric = keyof typeof METRICS;

    /** A sweep over rates of 6400 images with rungs at 1280 and 3840. */
    async function submit(metric: Metric, nz: number, rates: readonly number[], rest: object = {}): Promise<SweepId> {
      const document = {
        name: metric,
        method: 'grid',
        order: 'listed',
        metric: { name: metric },
        evaluation: { samples: 100, protocols: [METRICS[metric]] },
        parameters: {
          model: { value: 'mlp2d' },
          dataset: { value: 'ring8' },
          images: { value: 6_400 },
          nz: { value: nz },
          lrG: { values: rates },
        },
        early_terminate: { type: 'asha', min_images: 1_280, eta: 3 },
        ...rest,
      };
      const text = JSON.stringify(document);
      const spec = { text, format: 'json' } as const;
      const sweep = await submitSweep({ spec, idempotencyKey: null, newId: newId() }, record.store);
      if (!sweep.ok) throw new Error(JSON.stringify(sweep.error));
      return sweep.value.sweep.id;
    }
    /** A round of housekeeping for these sweeps. */
    async function keep(...ids: readonly SweepId[]): Promise<void> {
      const { stopping } = record.store;
      const ours = async () => (await stopping.sweeps()).filter(({ id }) => ids.includes(id));
      const watch = stoppingWatch({ ...stopping, sweeps: ours });
      await watch();
      await watch();
      await record.store.reconciler.completeSweeps();
    }
    async function comeTo(run: ClaimedRun, imagesSeen: number, metric: Metric, value: number): Promise<void> {
      const { runId, epoch } = run;
      const artifact = `${runId}/e${epoch}/${imagesSeen}`;
      const checkpoint = { imagesSeen, kind: 'full', artifact, sha256: 'b'.repeat(64), bytes: 7 } as const;
      const scores = { [metric]: value };
      const evaluation = { imagesSeen, protocol: METRICS[metric], passport: {}, scores, seconds: 0 } as const;
      const report = buildReport(run, { imagesSeen, checkpoints: [checkpoint], evaluations: [evaluation] });
      await record.store.runs.report({ leaseMs: 60_000, runs: [report] });
      if (imagesSeen === 6_400) await record.succeed(run, 6_400);
      else await record.store.runs.release({ runId, epoch, reason: 'rung', seconds: 1 });
    }
    const stateOf = async (id: SweepId) => (await record.store.read.getSweep(id))?.state;

    it('a run that waits without the score that another sweep compares goes on to where that one has it evaluated', async () => {
      const first = await submit('js', 3, [1e-4, 2e-4]);
      const [run, other] = await record.claim({ limit: 2 });
      if (!run || !other) throw new Error('two runs');
      await comeTo(run, 1_280, 'js', 0.5);
      const second = await submit('hq', 3, [1e-4]);
      expect(await record.claim()).toEqual([]);
      await keep(first, second);
      const again = await record.claimOne();
      // The quarter of the run is the next that it is evaluated at.
      expect([again.runId, again.plans.map(({ untilImages }) => untilImages)]).toEqual([run.runId, [1_280, 1_600]]);
      await comeTo(again, 1_600, 'hq', 0.9);
      expect(await record.claim()).toEqual([]);
      await keep(first, second);
      // The only one of its sweep is the best.
      const last = await record.claimOne();
      expect(last.plans.map(({ untilImages }) => untilImages)).toEqual([1_280, 3_840]);
      await comeTo(last, 3_840, 'hq', 0.9);
      await keep(first, second);
      await comeTo(await record.claimOne(), 6_400, 'hq', 0.9);
      await keep(first, second);
      expect(await stateOf(second)).toBe('done');
      await comeTo(other, 1_280, 'js', 0.6);
      await record.store.sweeps.cancel(first);
    });

    it('a sweep that grows does not wait for what it stopped and a paused sweep keeps', async () => {
      const id = await submit('js', 5, [1e-4, 2e-4, 3e-4, 4e-4]);
      const paused = await submit('js', 5, [2e-4], { early_terminate: undefined });
      await record.store.sweeps.pause(paused);
      for (const run of await record.claim({ limit: 9 })) await comeTo(run, 1_280, 'js', run.configuration.lrG);
      await keep(id);
      for (const images of [3_840, 6_400]) {
        await comeTo(await record.claimOne(), images, 'js', 1e-4);
        await keep(id);
      }
      expect(await stateOf(id)).toBe('done');
      const patch = {
        format: 'json',
        text: '{"parameters":{"lrG":{"values":[1e-4,2e-4,3e-4,4e-4,5e-4,6e-4]}}}',
      } as const;
      expect(await growSweep({ id, patch, idempotencyKey: null }, record.store)).toMatchObject({ ok: true });
      for (const run of await record.claim({ limit: 9 })) await comeTo(run, 1_280, 'js', run.configuration.lrG);
      // Of six the best two would go on, and the second is stopped.
      await keep(id);
      expect(await stateOf(id)).toBe('done');
      await record.store.sweeps.cancel(paused);
    });
  });
});
