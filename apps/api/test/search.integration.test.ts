import type { Configuration, SweepId } from '@gansweep/domain';
import { type ClaimedRun, growSweep, keepHouse, submitSweep } from '@gansweep/orchestrator';
import { createStore, type Store } from '@gansweep/store';
import { buildReport, buildWorker, createTestDatabase, newId } from '@gansweep/testkit';
import { describe, expect, it } from 'vitest';
import { PASSPORT } from './train-runs.ts';

const SPEC = `
name: searched
method: tpe
run_cap: 24
seeds: 2
search: { startup: 4, parallel: 3 }
metric: { name: js }
parameters:
  model: { value: mlp2d }
  dataset: { value: ring8 }
  images: { value: 6400 }
  lr: { distribution: log_uniform_values, min: 1e-5, max: 1e-1 }
  noise: { values: [gaussian, uniform] }
  optimizer: { values: [adam, sgd] }
when: [{ if: { optimizer: adam }, parameters: { beta1: { min: 0.0, max: 0.9 } } }]
`;

interface Searched extends AsyncDisposable {
  readonly store: Store;
  readonly id: SweepId;
  /** One round of housekeeping, as every process does it. */
  keep(): Promise<void>;
  /** Ends the claimed runs with scores that their configurations decide; rates above 0.03 diverge. */
  end(runs: readonly ClaimedRun[]): Promise<void>;
  claim(limit: number): Promise<readonly ClaimedRun[]>;
  /** The sweep's trials in its order. */
  trials(): Promise<readonly Configuration[]>;
}

async function search(): Promise<Searched> {
  const database = await createTestDatabase();
  const store = createStore({ databaseUrl: database.url });
  const rounds: (() => Promise<void>)[] = [];
  const faults: object[] = [];
  const doorbell = { ring: async () => {}, waiting: async () => 0 } as never;
  keepHouse({
    store,
    doorbell,
    timers: { reapMs: 1, reapMarginMs: 60_000, presenceGraceMs: 60_000 },
    every: (_ms, work) => {
      rounds.push(work);
      return async () => {};
    },
    log: { warn: (facts) => faults.push(facts), error: (facts) => faults.push(facts) },
  });
  const submitted = await submitSweep(
    { spec: { text: SPEC, format: 'yaml' }, idempotencyKey: null, newId: newId() },
    store,
  );
  if (!submitted.ok) throw new Error(JSON.stringify(submitted.error));
  const { id } = submitted.value.sweep;
  const workerId = newId<never>();
  await store.runs.workerBeat(buildWorker(workerId));
  return {
    store,
    id,
    async keep() {
      for (const round of rounds) await round();
      expect(faults).toEqual([]);
    },
    claim: (limit) => store.runs.claim({ workerId, slot: 0, limit, leaseMs: 60_000 }),
    async end(runs) {
      for (const run of runs) {
        const { lrG, noise, optimizer } = run.configuration as Configuration & { noise: string; optimizer: string };
        const js =
          (Math.log10(lrG) + 3) ** 2 + (noise === 'uniform' ? 1 : 0) + (optimizer === 'sgd' ? 1 : 0) + run.seed / 8;
        const report = {
          start: { backend: { name: 'onnx' as const, version: '1', device: 'cpu' }, resumedAtImages: 0 },
        };
        const diverged = lrG > 0.03;
        await store.runs.finish({
          runId: run.runId,
          epoch: run.epoch,
          outcome: diverged
            ? { kind: 'diverged', atImagesSeen: 640, firstBadTensor: 'lossD' }
            : { kind: 'succeeded', atImagesSeen: 6_400, endedBy: 'images' },
          seconds: 1,
          last: buildReport(run, {
            ...report,
            imagesSeen: diverged ? 640 : 6_400,
            evaluations: diverged
              ? []
              : [{ imagesSeen: 6_400, protocol: 'density2d/v1', passport: PASSPORT, scores: { js }, seconds: 1 }],
          }),
        });
      }
    },
    trials: async () => (await store.read.allTrials(id)).map(({ config }) => config),
    [Symbol.asyncDispose]: async () => {
      await store.close();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** Works a sweep off. @param next which of the claimed runs end before others are claimed. */
async function workOff(sweep: Searched, options: { readonly slots: number; readonly reverse: boolean }): Promise<void> {
  const open: ClaimedRun[] = [];
  for (let round = 0; round < 200; round++) {
    await sweep.keep();
    open.push(...(await sweep.claim(options.slots - open.length)));
    if (open.length === 0) return;
    if (options.reverse) open.reverse();
    await sweep.end(open.splice(0, 1));
  }
  throw new Error('the sweep did not end');
}

describe('a sweep whose trials are proposed from results', () => {
  it('makes the same trials with one worker and with many that end in another order, and more when it grows', async () => {
    await using alone = await search();
    await using many = await search();
    await workOff(alone, { slots: 1, reverse: false });
    await workOff(many, { slots: 7, reverse: true });
    const trials = await alone.trials();
    expect(trials.length).toBe(12);
    expect(await many.trials()).toEqual(trials);
    const sweep = await alone.store.read.getSweep(alone.id);
    expect(sweep).toMatchObject({ state: 'done', trialCount: 12, runCount: 24, progress: { expandedRuns: 24 } });
    const patch = { text: 'run_cap: 30', format: 'yaml' } as const;
    const grown = await growSweep({ id: alone.id, patch, idempotencyKey: null }, alone.store);
    expect(grown).toMatchObject({ ok: true, value: { addedTrialCount: 3, addedRunCount: 6 } });
    await workOff(alone, { slots: 1, reverse: false });
    expect((await alone.trials()).slice(0, 12)).toEqual(trials);
    expect(await alone.store.read.getSweep(alone.id)).toMatchObject({
      state: 'done',
      trialCount: 15,
      progress: { endedRuns: 30 },
    });
    // What is proposed lies nearer to the best than what the sequence drew.
    const distance = (some: readonly Configuration[]): number =>
      some.reduce((sum, { lrG }) => sum + Math.abs(Math.log10(lrG) + 3), 0) / some.length;
    expect(distance(trials.slice(6))).toBeLessThan(distance(trials.slice(0, 4)));
  });

  it('waits for the first trials, proposes as many as may be under way, and once however many processes propose', async () => {
    await using sweep = await search();
    const first = await sweep.claim(100);
    expect(first.length).toBe(8);
    await sweep.end(first.slice(0, -1));
    await sweep.keep();
    expect((await sweep.trials()).length).toBe(4);
    await sweep.end(first.slice(-1));
    await Promise.all([sweep.keep(), sweep.keep(), sweep.keep()]);
    // Positions 4, 5 and 6 rest on the first four; the next one rests on trial 4.
    expect((await sweep.trials()).length).toBe(7);
    const view = await sweep.store.read.getSweep(sweep.id);
    expect(view).toMatchObject({ state: 'expanding', runCount: 24, progress: { expandedRuns: 14, endedRuns: 8 } });
  });

  it('proposes nothing while it is paused or cancelled', async () => {
    await using sweep = await search();
    const first = await sweep.claim(100);
    await sweep.store.sweeps.pause(sweep.id);
    await sweep.end(first);
    await sweep.keep();
    expect((await sweep.trials()).length).toBe(4);
    await sweep.store.sweeps.resume(sweep.id);
    await sweep.keep();
    expect((await sweep.trials()).length).toBe(7);
    await sweep.store.sweeps.cancel(sweep.id);
    await sweep.keep();
    expect((await sweep.trials()).length).toBe(7);
  });
});
