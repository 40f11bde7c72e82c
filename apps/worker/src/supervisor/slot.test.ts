import { DATA_HASHES, type Epoch, type RunId, type TrialId } from '@gansweep/domain';
import type { ArtifactStore, ClaimedRun, RunLedger } from '@gansweep/orchestrator';
import { createLog, PRODUCTION_TIMERS } from '@gansweep/runtime';
import { buildConfiguration, newId } from '@gansweep/testkit';
import { describe, expect, it } from 'vitest';
import type { PackInquiry } from '../packs/choose-pack.ts';
import type { PackChoice } from '../packs/pack-size.ts';
import type { LaneNews } from '../trainer/messages.ts';
import { type PackRule, type Slot, startSlot } from './slot.ts';
import type { TrainerExit, TrainerProcess } from './trainer-process.ts';

/** A trainer whose runs end when the test says so. */
class PlayedTrainer implements TrainerProcess {
  readonly pid = 1;
  readonly lanes = new Map<RunId, (news: LaneNews) => void>();
  #end: (exit: TrainerExit) => void = () => {};
  readonly exited = new Promise<TrainerExit>((resolve) => {
    this.#end = resolve;
  });
  readonly greeting = Promise.resolve({
    kind: 'ready' as const,
    backend: { name: 'played', version: '1', device: 'cpu' },
  });
  readonly inquiries: PackInquiry[] = [];
  choosePack = async (inquiry: PackInquiry): Promise<PackChoice> => {
    this.inquiries.push(inquiry);
    return { size: 2, places: 3, because: 'two wait', placesBecause: 'three fit' };
  };
  kill(): void {
    this.die('SIGKILL');
  }
  die(signal: NodeJS.Signals): void {
    this.#end({ exitCode: null, signal, killedByUs: false, lastWords: [] });
  }
  lane(runId: RunId): ReturnType<TrainerProcess['lane']> {
    const nothing = (): void => {};
    return {
      exited: this.exited,
      train: nothing,
      stop: nothing,
      onNews: (listener) => void this.lanes.set(runId, listener),
      onLine: nothing,
      pause: nothing,
      resume: nothing,
      kill: nothing,
      close: () => void this.lanes.delete(runId),
    };
  }
  tell(runId: RunId, news: LaneNews): void {
    this.lanes.get(runId)?.(news);
  }
  finish(runId: RunId): void {
    this.lanes.get(runId)?.({ kind: 'ended', end: { kind: 'succeeded', imagesSeen: 1, endedBy: 'images' } });
  }
}

interface Claim {
  readonly limit: number;
  readonly beside: readonly RunId[];
  readonly expected?: RunId | null | undefined;
  readonly because?: string | null | undefined;
}

/** A slot whose claims take from `waiting`; polls are far away, so that only rings and ends make it look. */
function playedSlot(waiting: ClaimedRun[], packs: number | PackRule, pollMs = 60_000) {
  const claims: Claim[] = [];
  /** What else became of runs. */
  const ends: string[] = [];
  /** Seconds that each finished run cost. */
  const costs: number[] = [];
  const trainers: PlayedTrainer[] = [];
  const health: (string | null)[] = [];
  let drain: () => void = () => {};
  let draining = false;
  const ledger = {
    next: async () => (waiting[0] ? { ...waiting[0], alone: false, waiting: waiting.length, slots: 1 } : null),
    claim: async ({ limit, beside, expected, because }: Claim) => {
      claims.push(typeof packs === 'number' ? { limit, beside } : { limit, beside, expected, because });
      return waiting.splice(0, limit);
    },
    report: async ({ runs }: { runs: readonly { runId: RunId }[] }) =>
      runs.map(({ runId }) => ({ runId, verdict: 'recorded', request: 'continue' })),
    finish: async ({ seconds }: { seconds: number }) => {
      costs.push(seconds);
      return 'recorded';
    },
    fail: async ({ runId }: { runId: RunId }) => {
      ends.push(`${runId} failed`);
      return 'retry-wait';
    },
    release: async ({ runId }: { runId: RunId }) => {
      ends.push(`${runId} released`);
      return 'recorded';
    },
    appendLog: async () => {},
  } as unknown as RunLedger;
  const slot: Slot = startSlot({
    number: 0,
    workerId: newId(),
    ledger,
    artifacts: {} as ArtifactStore,
    settings: {
      backend: 'auto',
      backendHome: '',
      artifacts: '',
      home: '',
      datasets: '',
      probes: '',
      slots: 1,
      trainers: new Map(),
      plugins: null,
      gpu: null,
      fusedLanes: null,
      choosesPacks: false,
      checkpointMs: 1_000,
      evaluationShare: 0.1,
    },
    packs: typeof packs === 'number' ? { kind: 'fixed', size: packs } : packs,
    timers: { ...PRODUCTION_TIMERS, pollMs },
    log: createLog({ name: 'test', level: 'silent' }),
    draining: new Promise((resolve) => {
      drain = resolve;
    }),
    isDraining: () => draining,
    now: () => performance.now(),
    random: () => 0.5,
    onBackend: () => {},
    onUnavailable: () => {},
    onHealth: (because) => void health.push(because),
    startTrainer: () => {
      const trainer = new PlayedTrainer();
      trainers.push(trainer);
      return trainer;
    },
  });
  return {
    slot,
    claims,
    costs,
    ends,
    trainers,
    health,
    stop: async () => {
      draining = true;
      drain();
      for (const trainer of trainers) trainer.kill();
      await slot.done;
    },
  };
}

const runs = (count: number): ClaimedRun[] =>
  Array.from({ length: count }, () => ({
    runId: newId<RunId>(),
    epoch: 1 as Epoch,
    trialId: '0'.repeat(64) as TrialId,
    configuration: buildConfiguration(),
    seed: 1,
    dataHash: DATA_HASHES.ring8,
    folder: null,
    trainingVersion: 1,
    plans: [],
    runMinutes: null,
    secondsUsed: 0,
    checkpoints: [],
  }));

describe('a slot', () => {
  it('refills its pack with runs of the same shape when one ends, while the others go on', async () => {
    const waiting = runs(4);
    const [a, b, c, d] = waiting.map(({ runId }) => runId) as [RunId, RunId, RunId, RunId];
    const { claims, trainers, stop } = playedSlot(waiting, 3);
    await expect.poll(() => [...(trainers[0]?.lanes.keys() ?? [])]).toEqual([a, b, c]);
    expect(claims).toEqual([{ limit: 3, beside: [] }]);
    trainers[0]?.finish(b);
    await expect.poll(() => [...(trainers[0]?.lanes.keys() ?? [])]).toEqual([a, c, d]);
    expect(claims.slice(1)).toEqual([{ limit: 1, beside: [a, c] }]);
    expect(trainers).toHaveLength(1);
    await stop();
  });

  it('claims what its trainer chooses for the run that is next in line, and refills to as many as fit, each with the reason', async () => {
    const waiting = runs(4);
    const [a, b, c] = waiting.map(({ runId }) => runId) as [RunId, RunId, RunId];
    const { claims, trainers, stop } = playedSlot(waiting, { kind: 'measured', atMost: 8, statementMs: 2 });
    await expect.poll(() => [...(trainers[0]?.lanes.keys() ?? [])]).toEqual([a, b]);
    expect(trainers[0]?.inquiries).toEqual([
      { configuration: buildConfiguration(), waiting: 4, slots: 1, alone: false, statementMs: 2, atMost: 8 },
    ]);
    trainers[0]?.finish(a);
    await expect.poll(() => trainers[0]?.lanes.size).toBe(3);
    expect(claims.slice(0, 2)).toEqual([
      { limit: 2, beside: [], expected: a, because: 'two wait' },
      { limit: 2, beside: [b], expected: null, because: 'three fit' },
    ]);
    expect([...(trainers[0]?.lanes.keys() ?? [])]).toContain(c);
    await stop();
  });

  it('claims nothing where nothing is in line', async () => {
    const { slot, claims, trainers, stop } = playedSlot([], { kind: 'measured', statementMs: 2 });
    await expect.poll(() => trainers).toHaveLength(1);
    await expect.poll(() => slot.isIdle()).toBe(true);
    expect(trainers[0]?.inquiries).toEqual([]);
    expect(claims).toEqual([]);
    await stop();
  });

  it('is not idle from the hint that wakes it until it has looked, so that a second hint wakes another one', async () => {
    const { slot, claims, trainers, stop } = playedSlot([], 3);
    await expect.poll(() => claims).toHaveLength(1);
    await expect.poll(() => slot.isIdle()).toBe(true);
    slot.wake();
    expect(slot.isIdle()).toBe(false);
    await expect.poll(() => claims).toHaveLength(2);
    expect(trainers).toHaveLength(1);
    await stop();
  });

  it('divides its time among the runs of a pack: together they cost no more than it took', async () => {
    const began = performance.now();
    const waiting = runs(4);
    const ids = waiting.map(({ runId }) => runId);
    const { costs, trainers, stop } = playedSlot(waiting, 4);
    await expect.poll(() => trainers[0]?.lanes.size).toBe(4);
    await new Promise((resolve) => setTimeout(resolve, 50));
    for (const id of ids) trainers[0]?.finish(id);
    await expect.poll(() => costs).toHaveLength(4);
    const total = costs.reduce((sum, seconds) => sum + seconds, 0);
    expect(total).toBeLessThanOrEqual((performance.now() - began) / 1000);
    expect(total).toBeGreaterThanOrEqual(0.05);
    await stop();
  });

  it('gives back what its trainer never took before it died, and charges the death to what it did', async () => {
    const waiting = runs(2);
    const [taken, never] = waiting.map(({ runId }) => runId) as [RunId, RunId];
    const { ends, trainers, stop } = playedSlot(waiting, 2);
    await expect.poll(() => trainers[0]?.lanes.size).toBe(2);
    trainers[0]?.tell(taken, { kind: 'taken' });
    trainers[0]?.die('SIGSEGV');
    await expect.poll(() => ends.toSorted()).toEqual([`${taken} failed`, `${never} released`].sort());
    await stop();
  });

  it('asks nothing of the trainer after one that died before it took a run, and claims one run for it; it is unwell until one is taken', async () => {
    const waiting = runs(5);
    const ids = waiting.map(({ runId }) => runId);
    const { claims, ends, health, trainers, stop } = playedSlot(waiting, { kind: 'measured', statementMs: 2 }, 50);
    await expect.poll(() => trainers[0]?.lanes.size).toBe(2);
    trainers[0]?.die('SIGSEGV');
    await expect.poll(() => trainers[1]?.lanes.size).toBe(1);
    expect(ends).toEqual([`${ids[0]} released`, `${ids[1]} released`]);
    expect(trainers[1]?.inquiries).toEqual([]);
    expect(claims[1]).toMatchObject({ limit: 1, expected: null });
    expect(health).toEqual([]);
    trainers[1]?.die('SIGSEGV');
    await expect
      .poll(() => health)
      .toEqual(['2 trainers in a row died before they took a run: the trainer died of SIGSEGV']);
    await expect.poll(() => trainers[2]?.lanes.size).toBe(1);
    trainers[2]?.tell(ids[3] as RunId, { kind: 'taken' });
    expect(health.slice(1)).toEqual([null]);
    trainers[2]?.finish(ids[3] as RunId);
    await expect.poll(() => trainers[2]?.inquiries).toHaveLength(1);
    await stop();
  });

  it('starts another trainer when one dies, once every run of it has ended, and claims a whole pack for it', async () => {
    const { claims, trainers, stop } = playedSlot(runs(5), 3);
    await expect.poll(() => trainers[0]?.lanes.size).toBe(3);
    for (const runId of trainers[0]?.lanes.keys() ?? []) trainers[0]?.tell(runId, { kind: 'taken' });
    trainers[0]?.die('SIGSEGV');
    await expect.poll(() => trainers[1]?.lanes.size).toBe(2);
    expect(trainers[0]?.lanes.size).toBe(0);
    expect(claims.slice(0, 2)).toEqual([
      { limit: 3, beside: [] },
      { limit: 3, beside: [] },
    ]);
    await stop();
  });
});
