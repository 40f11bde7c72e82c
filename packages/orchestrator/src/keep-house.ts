import { addFurtherSeeds } from './add-further-seeds.ts';
import { nextRuns } from './next-runs.ts';
import type { Doorbell, FolderLedger, Reconciler, StoppingLedger, SweepLedger } from './ports.ts';
import type { ReadModel } from './read-model.ts';
import { startReconciling } from './reconcile.ts';
import { stoppingWatch } from './stop-sweep.ts';

const TICK_MS = 1_000;
const AUDIT_MS = 60_000;

/** The housekeeping with the periods of the protocol, as every API and worker process does it. */
export function keepHouse({
  store,
  doorbell,
  timers,
  every,
  log,
}: {
  readonly store: {
    readonly reconciler: Reconciler;
    readonly sweeps: SweepLedger;
    readonly folders: FolderLedger;
    readonly read: Pick<ReadModel, 'allTrials' | 'scores'>;
    readonly stopping: StoppingLedger;
  };
  readonly doorbell: Doorbell;
  readonly timers: { readonly reapMs: number; readonly reapMarginMs: number; readonly presenceGraceMs: number };
  readonly every: (ms: number, work: () => Promise<void>) => () => Promise<void>;
  readonly log: { warn(facts: object, message: string): void; error(facts: object, message: string): void };
}): () => Promise<void> {
  return startReconciling({
    reconciler: store.reconciler,
    sweeps: store.sweeps,
    doorbell,
    runsOf: (sweep, part) => nextRuns(sweep, part, store),
    stopTrials: stoppingWatch(store.stopping),
    addSeeds: (sweep) => addFurtherSeeds(sweep, store),
    periods: {
      reapMs: timers.reapMs,
      reapMarginMs: timers.reapMarginMs,
      presenceGraceMs: timers.presenceGraceMs,
      tickMs: TICK_MS,
      auditMs: AUDIT_MS,
    },
    every,
    onFault: (what, error) =>
      log.warn(
        { event: 'housekeeping.failed', what, reason: error instanceof Error ? error.message : String(error) },
        'housekeeping failed; it will be tried again',
      ),
    onViolations: (violations) =>
      log.error({ event: 'invariants.violated', violations }, 'the record breaks its own rules'),
  });
}
