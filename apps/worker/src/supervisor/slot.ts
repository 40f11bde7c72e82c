import type { WorkerId } from '@gansweep/domain';
import type { ArtifactStore, BackendUse, ClaimedRun, RunLedger } from '@gansweep/orchestrator';
import type { Log, Timers } from '@gansweep/runtime';
import type { TrainerNews, TrainerSettings } from '../trainer/messages.ts';
import { runAttempt } from './run-attempt.ts';
import { startTrainer, type TrainerProcess } from './trainer-process.ts';

/** A trainer that cannot begin is not started again and again. */
const RESTART_MS = 1_000;

export interface SlotOptions {
  readonly number: number;
  readonly workerId: WorkerId;
  readonly ledger: RunLedger;
  readonly artifacts: ArtifactStore;
  readonly settings: Omit<TrainerSettings, 'parent'>;
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
  let killed = false;

  const rest = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      rouse = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  void options.draining.then(() => rouse());

  const claim = async (): Promise<ClaimedRun | null> => {
    try {
      const [run] = await ledger.claim({ workerId, slot: number, limit: 1, leaseMs: timers.leaseMs });
      return run ?? null;
    } catch (error) {
      log.warn(
        { event: 'claim.failed', reason: error instanceof Error ? error.message : String(error) },
        'the record is away; asking again',
      );
      return null;
    }
  };

  const loop = async (): Promise<void> => {
    while (!options.isDraining()) {
      const ready: { readonly trainer: TrainerProcess; readonly backend: BackendUse } | null =
        await openTrainer(options);
      if (!ready) {
        await rest(RESTART_MS);
        continue;
      }
      trainer = ready.trainer;
      if (killed) trainer.kill();
      let fit = true;
      void trainer.exited.then(() => {
        fit = false;
        rouse();
      });
      while (fit && !options.isDraining()) {
        const run = await claim();
        if (!run) {
          await rest(timers.pollMs * (0.75 + 0.5 * options.random()));
          continue;
        }
        idle = false;
        log.info({ event: 'attempt.started', runId: run.runId, epoch: run.epoch, slot: number }, 'attempt started');
        fit =
          (await runAttempt(run, { ...options, trainer: ready.trainer, backend: ready.backend })) === 'trainer-fit' &&
          fit;
        idle = true;
      }
      ready.trainer.kill();
      await ready.trainer.exited;
      trainer = null;
    }
  };
  return {
    wake: () => rouse(),
    isIdle: () => idle,
    done: loop(),
    kill: () => {
      killed = true;
      trainer?.kill();
    },
  };
}

/** A trainer that has its backend, or null where it has none. */
async function openTrainer(
  options: SlotOptions,
): Promise<{ readonly trainer: TrainerProcess; readonly backend: BackendUse } | null> {
  const trainer = startTrainer(options.settings);
  const answer = await Promise.race([
    new Promise<TrainerNews>((resolve) => trainer.onNews(resolve)),
    trainer.exited.then(
      (exit): TrainerNews => ({
        kind: 'unavailable',
        message: exit.lastWords.join(' ') || `exit code ${exit.exitCode}`,
      }),
    ),
  ]);
  if (answer.kind === 'ready') {
    options.onBackend(answer.backend);
    return { trainer, backend: answer.backend };
  }
  trainer.kill();
  options.onUnavailable(answer.kind === 'unavailable' ? answer.message : `unexpected news '${answer.kind}'`);
  return null;
}
