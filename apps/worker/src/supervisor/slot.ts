import type { WorkerId } from '@gansweep/domain';
import type { ArtifactStore, BackendUse, ClaimedRun, RunLedger } from '@gansweep/orchestrator';
import type { Log, Timers } from '@gansweep/runtime';
import type { TrainerSettings } from '../trainer/messages.ts';
import { runAttempt } from './run-attempt.ts';
import { startTrainer, type TrainerProcess } from './trainer-process.ts';

/** Runs of one shape that are trained side by side: enough that claims and reports cost little beside short trainings. */
export const PACK_SIZE = 16;
/** A trainer that cannot begin is not started again and again. */
const RESTART_MS = 1_000;

export interface SlotOptions {
  readonly number: number;
  readonly workerId: WorkerId;
  readonly ledger: RunLedger;
  readonly artifacts: ArtifactStore;
  readonly settings: Omit<TrainerSettings, 'parent'>;
  /** Most runs of a pack; 1 trains every run alone. */
  readonly packSize: number;
  readonly timers: Timers;
  readonly log: Log;
  readonly draining: Promise<void>;
  readonly isDraining: () => boolean;
  readonly now: () => number;
  /** Uniform in [0, 1): spreads the polls of many slots. */
  readonly random: () => number;
  readonly onBackend: (backend: BackendUse) => void;
  readonly onUnavailable: (message: string) => void;
}

/** One place to train: a trainer process and the loop that claims runs for it. */
export interface Slot {
  /** Looks for work now instead of at the next poll. */
  wake(): void;
  /** No run is trained here, and it was not woken since it last looked for one: of two hints each wakes another slot. */
  isIdle(): boolean;
  /** Runs of this slot, for the worker's page. */
  readonly done: Promise<void>;
  kill(): void;
}

export function startSlot(options: SlotOptions): Slot {
  const { ledger, workerId, number, timers, log } = options;
  let rouse: () => void = () => {};
  let trainer: TrainerProcess | null = null;
  let idle = true;
  let rung = false;
  let killed = false;

  /** Over early when it is roused, and at once when it was rung before. */
  const rest = async (ms: number): Promise<void> => {
    if (!rung)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        rouse = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    rung = false;
  };
  void options.draining.then(() => rouse());

  const claim = async (): Promise<readonly ClaimedRun[]> => {
    try {
      return await ledger.claim({
        workerId,
        slot: number,
        limit: options.packSize,
        leaseMs: timers.leaseMs,
        pack: true,
      });
    } catch (error) {
      log.warn(
        { event: 'claim.failed', reason: error instanceof Error ? error.message : String(error) },
        'the record is away; asking again',
      );
      return [];
    }
  };

  const loop = async (): Promise<void> => {
    while (!options.isDraining()) {
      const opened = await openTrainer(options);
      if (!opened) {
        await rest(RESTART_MS);
        continue;
      }
      trainer = opened;
      if (killed) opened.kill();
      let fit = true;
      void opened.exited.then(() => {
        fit = false;
        rouse();
      });
      while (fit && !options.isDraining()) {
        const runs = await claim();
        if (runs.length === 0) {
          await rest(timers.pollMs * (0.75 + 0.5 * options.random()));
          continue;
        }
        idle = false;
        for (const { runId, epoch } of runs)
          log.info({ event: 'attempt.started', runId, epoch, slot: number, pack: runs.length }, 'attempt started');
        // Every lane is open before the first is trained, so that each knows that it is not alone.
        const lanes = runs.map((run) => ({ run, lane: opened.lane(run.runId) }));
        await Promise.all(lanes.map(({ run, lane }) => runAttempt(run, { ...options, trainer: lane })));
        idle = true;
      }
      opened.kill();
      await opened.exited;
      trainer = null;
    }
  };
  return {
    wake: () => {
      rung = true;
      rouse();
    },
    isIdle: () => idle && !rung,
    done: loop(),
    kill: () => {
      killed = true;
      trainer?.kill();
    },
  };
}

/** A trainer that has its backend, or null where it has none. */
async function openTrainer(options: SlotOptions): Promise<TrainerProcess | null> {
  const trainer = startTrainer(options.settings);
  const greeting = await trainer.greeting;
  if (greeting.kind === 'ready') {
    options.onBackend(greeting.backend);
    return trainer;
  }
  trainer.kill();
  options.onUnavailable(greeting.message);
  return null;
}
