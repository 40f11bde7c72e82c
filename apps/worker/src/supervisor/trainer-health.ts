import { causeOfDeath } from './classify-exit.ts';
import type { TrainerExit } from './trainer-process.ts';

/** A trainer that lives so long is sound, whether or not there was work for it. */
const SOUND_MS = 60_000;
const PAUSE_AT_MOST_MS = 300_000;

/** What the fates of a slot's trainers say of the slot. */
export interface TrainerHealth {
  /** A trainer is up; what becomes of it is told by `took`, `died`, or by nothing for a minute. */
  opened(): void;
  /** A trainer took a run: whatever it dies of now is that run's story. */
  took(): void;
  /** A trainer is gone that took no run. */
  died(exit: TrainerExit): void;
  /** No trainer could begin. */
  refused(message: string): void;
  /** The last trainer took nothing: the next one gets a single run, and no question before it. */
  isOnProbation(): boolean;
  /** How long to wait before the next trainer: nothing after the first death, then longer and longer. */
  pauseMs(): number;
  /** Why the slot is unwell; null while it is well. */
  because(): string | null;
}

/**
 * Counts trainers of one slot that end in a row before they take a run.
 * @param pauseMs the first pause; it doubles with every death. @param onChange after each change of `because`.
 */
export function trainerHealth({ pauseMs, onChange }: { pauseMs: number; onChange: () => void }): TrainerHealth {
  let deaths = 0;
  let because: string | null = null;
  let sound: NodeJS.Timeout | undefined;
  const turn = (reason: string | null): void => {
    clearTimeout(sound);
    deaths = reason === null ? 0 : deaths + 1;
    const before = because;
    // A single death may be an accident.
    because =
      reason !== null && deaths > 1 ? `${deaths} trainers in a row died before they took a run: ${reason}` : null;
    if (because !== before) onChange();
  };
  return {
    opened: () => {
      clearTimeout(sound);
      sound = setTimeout(() => turn(null), SOUND_MS);
      sound.unref();
    },
    took: () => turn(null),
    died: (exit) => turn(causeOfDeath(exit)),
    refused: (message) => turn(message),
    isOnProbation: () => deaths > 0,
    pauseMs: () => (deaths < 2 ? 0 : Math.min(PAUSE_AT_MOST_MS, pauseMs * 2 ** (deaths - 2))),
    because: () => because,
  };
}
