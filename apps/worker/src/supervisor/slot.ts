import type { RunId, WorkerId } from '@gansweep/domain';
import type { ArtifactStore, BackendUse, ClaimedRun, RunLedger } from '@gansweep/orchestrator';
import type { Log, Timers } from '@gansweep/runtime';
import { sharedTime } from '../shared-time.ts';
import type { TrainerSettings } from '../trainer/messages.ts';
import { createBell } from './bell.ts';
import { causeOfDeath } from './classify-exit.ts';
import { runAttempt } from './run-attempt.ts';
import { trainerHealth } from './trainer-health.ts';
import { startTrainer, type TrainerExit, type TrainerProcess } from './trainer-process.ts';

/** How many runs of one shape a slot trains side by side. */
export type PackRule =
  /** As the trainer's device suggests, by what it measured, and at most so many where that is said. */
  | { readonly kind: 'measured'; readonly atMost?: number; readonly statementMs: number }
  /** Whatever it costs; 1 trains every run alone. */
  | { readonly kind: 'fixed'; readonly size: number };

/** What a slot claims: `size` first, then what is missing to `places`. */
interface PackPlan {
  readonly size: number;
  readonly places: number;
  readonly because: string | null;
  readonly placesBecause: string | null;
  /** The run whose shape this is for; null for any. */
  readonly expected: RunId | null;
}

/** What a slot claims whose trainers die: nothing that could break is asked before, and no pack is lost with them. */
const ALONE: PackPlan = { size: 1, places: 1, because: null, placesBecause: null, expected: null };
/** Runs of one claim, as far as counting what waits goes. */
const LOOK_AHEAD = 16;
/** Lanes that end within this time of one another are refilled by one claim. */
const GATHER_MS = 10;

export interface SlotOptions {
  readonly number: number;
  readonly workerId: WorkerId;
  readonly ledger: RunLedger;
  readonly artifacts: ArtifactStore;
  readonly settings: Omit<TrainerSettings, 'parent'>;
  readonly packs: PackRule;
  readonly timers: Timers;
  readonly log: Log;
  readonly draining: Promise<void>;
  readonly isDraining: () => boolean;
  readonly now: () => number;
  /** Uniform in [0, 1): spreads the polls of many slots. */
  readonly random: () => number;
  readonly onBackend: (backend: BackendUse) => void;
  readonly onUnavailable: (message: string) => void;
  /** The slot is unwell, or well again (null). */
  readonly onHealth: (because: string | null) => void;
  /** How a trainer is made; `startTrainer` but for tests. */
  readonly startTrainer?: (settings: Omit<TrainerSettings, 'parent'>) => TrainerProcess;
}

/** One place to train: a trainer process and the loop that claims runs for it. */
export interface Slot {
  /** Looks for work now instead of at the next poll. */
  wake(): void;
  /** It has a trainer without a run, and was not woken since it last looked for one: of two hints each wakes another slot. */
  isIdle(): boolean;
  /** Runs of this slot, for the worker's page. */
  readonly done: Promise<void>;
  kill(): void;
}

export function startSlot(options: SlotOptions): Slot {
  const { ledger, workerId, number, packs, timers, log } = options;
  const bell = createBell();
  const lanes = new Map<RunId, Promise<void>>();
  const time = sharedTime(() => options.now() / 1000);
  let trainer: TrainerProcess | null = null;
  let plan: PackPlan | null = null;
  let killed = false;
  const health = trainerHealth({ pauseMs: timers.pollMs, onChange: () => options.onHealth(health.because()) });
  void options.draining.then(() => bell.ring());

  const claim = async (opened: TrainerProcess): Promise<readonly ClaimedRun[]> => {
    try {
      if (lanes.size === 0) plan = health.isOnProbation() ? ALONE : await planPack(opened, packs, options);
      if (!plan) return [];
      const limit = lanes.size === 0 ? plan.size : plan.places - lanes.size;
      if (limit < 1) return [];
      return await ledger.claim({
        workerId,
        slot: number,
        limit,
        leaseMs: timers.leaseMs,
        pack: true,
        beside: [...lanes.keys()],
        expected: lanes.size === 0 ? plan.expected : null,
        because: lanes.size === 0 ? plan.because : plan.placesBecause,
      });
    } catch (error) {
      log.warn(
        { event: 'claim.failed', reason: error instanceof Error ? error.message : String(error) },
        'the record is away; asking again',
      );
      return [];
    }
  };

  const train = (runs: readonly ClaimedRun[], opened: TrainerProcess, onTaken: () => void): void => {
    const pack = lanes.size + runs.length;
    for (const { runId, epoch } of runs)
      log.info({ event: 'attempt.started', runId, epoch, slot: number, pack }, 'attempt started');
    // Every lane is open before the first is trained, so that each knows that it is not alone.
    const open = runs.map((run) => ({ run, lane: opened.lane(run.runId), share: time.join() }));
    for (const { run, lane, share } of open)
      lanes.set(
        run.runId,
        runAttempt(run, { ...options, trainer: lane, share, onTaken }).finally(() => {
          share.leave();
          lanes.delete(run.runId);
          bell.ring();
        }),
      );
  };

  /** The trainer died while its claim was under way: the runs have nothing to do with it. */
  const giveBack = async (runs: readonly ClaimedRun[], exit: TrainerExit): Promise<void> => {
    const untaken = causeOfDeath(exit);
    for (const { runId, epoch } of runs) {
      log.info({ event: 'attempt.released', runId, epoch, reason: 'no-trainer' }, 'its trainer died before it began');
      // Where the record is away the lease ends by itself.
      await ledger.release({ runId, epoch, reason: 'no-trainer', seconds: 0, untaken }).catch(() => {});
    }
  };

  /** Claims for one trainer until it is gone or the worker drains: a full pack at first, and what is missing whenever a run ends. */
  const keepBusy = async (opened: TrainerProcess, onTaken: () => void): Promise<void> => {
    let fit = true;
    void opened.exited.then(() => {
      fit = false;
      bell.ring();
    });
    while (fit && !options.isDraining()) {
      const runs = await claim(opened);
      if (fit) train(runs, opened, onTaken);
      else await giveBack(runs, await opened.exited);
      await bell.heard(timers.pollMs * (0.75 + 0.5 * options.random()));
      if (lanes.size > 0) await new Promise((resolve) => setTimeout(resolve, GATHER_MS));
    }
    await Promise.all(lanes.values());
  };

  const loop = async (): Promise<void> => {
    while (!options.isDraining()) {
      const opened = await openTrainer(options);
      if (typeof opened === 'string') health.refused(opened);
      else {
        trainer = opened;
        if (killed) opened.kill();
        let took = false;
        health.opened();
        await keepBusy(opened, () => {
          took = true;
          health.took();
        });
        opened.kill();
        const exit = await opened.exited;
        if (!took && !exit.killedByUs) health.died(exit);
        trainer = null;
      }
      const until = options.now() + health.pauseMs();
      // A hint is no reason to begin earlier.
      while (options.now() < until && !options.isDraining()) await bell.heard(until - options.now());
    }
  };
  return {
    wake: () => bell.ring(),
    isIdle: () => trainer !== null && lanes.size === 0 && !bell.isRung(),
    done: loop(),
    kill: () => {
      killed = true;
      trainer?.kill();
    },
  };
}

/** A pack for what is next in line; null when nothing is, or when the trainer is gone. */
async function planPack(
  trainer: TrainerProcess,
  packs: PackRule,
  { ledger, workerId }: Pick<SlotOptions, 'ledger' | 'workerId'>,
): Promise<PackPlan | null> {
  if (packs.kind === 'fixed')
    return { size: packs.size, places: packs.size, because: null, placesBecause: null, expected: null };
  const { atMost = null, statementMs } = packs;
  const next = await ledger.next(atMost ?? LOOK_AHEAD, workerId);
  if (!next) return null;
  const { runId, configuration, waiting, slots, alone } = next;
  const choice = await trainer.choosePack({ configuration, waiting, slots, alone, statementMs, atMost });
  return choice && { ...choice, expected: runId };
}

/** A trainer that has its backend, or why it has none. */
async function openTrainer(options: SlotOptions): Promise<TrainerProcess | string> {
  const trainer = (options.startTrainer ?? startTrainer)(options.settings);
  const greeting = await trainer.greeting;
  if (greeting.kind === 'ready') {
    options.onBackend(greeting.backend);
    return trainer;
  }
  trainer.kill();
  options.onUnavailable(greeting.message);
  return greeting.message;
}
