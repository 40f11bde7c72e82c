import type { Doorbell, ExpandingSweep, NewRun, Reconciler, StoredSweep, SweepLedger } from './ports.ts';

/** Periods of the housekeeping in milliseconds. */
export interface ReconcilePeriods {
  readonly reapMs: number;
  readonly reapMarginMs: number;
  readonly presenceGraceMs: number;
  /** Retry promotion, dispatching of hints, completion of sweeps. */
  readonly tickMs: number;
  readonly auditMs: number;
}

/** Runs that an expander adds in one transaction. */
export const EXPANSION_CHUNK = 5_000;
/** Hints that may wait at once: the queue stays small however large a sweep is. */
const HINTS_AT_MOST = 100;

export interface Housekeeping {
  readonly reconciler: Reconciler;
  readonly sweeps: SweepLedger;
  readonly doorbell: Doorbell;
  /** Runs of a sweep from `from` on, at most `count`; none while those before have to end first. */
  readonly runsOf: (
    sweep: ExpandingSweep,
    part: { readonly from: number; readonly count: number },
  ) => Promise<readonly NewRun[]>;
  /** Promotes and stops trials of sweeps with `early_terminate`. */
  readonly stopTrials: () => Promise<void>;
  /** Adds runs to a sweep that waits for its results, when their time has come. */
  readonly addSeeds: (sweep: StoredSweep) => Promise<void>;
  readonly periods: ReconcilePeriods;
  /** Called with what went wrong; the next round tries again. */
  readonly onFault: (what: string, error: unknown) => void;
  /** Called with violations of the protocol's invariants, when there are any. */
  readonly onViolations: (violations: Readonly<Record<string, number>>) => void;
  /** Runs `work` again and again, `ms` after its last end; the result stops it and waits for a round under way. */
  readonly every: (ms: number, work: () => Promise<void>) => () => Promise<void>;
}

/** Starts the idempotent housekeeping that any process may do; the result stops it. */
export function startReconciling(deps: Housekeeping): () => Promise<void> {
  const { reconciler, sweeps, doorbell, periods, every, onFault } = deps;
  const guarded = (what: string, work: () => Promise<void>) => async (): Promise<void> => {
    try {
      await work();
    } catch (error) {
      onFault(what, error);
    }
  };
  const stops = [
    every(
      periods.reapMs,
      guarded('reap', async () => {
        await reconciler.reap({ marginMs: periods.reapMarginMs, presenceGraceMs: periods.presenceGraceMs });
      }),
    ),
    every(
      periods.tickMs,
      guarded('promote', async () => {
        await reconciler.promote();
        await reconciler.completeSweeps();
      }),
    ),
    every(
      periods.tickMs,
      guarded('dispatch', () => dispatchHints(reconciler, doorbell)),
    ),
    every(
      periods.tickMs,
      guarded('expand', async () => {
        for (const sweep of await sweeps.expanding()) await expandSweep(sweep, deps);
      }),
    ),
    every(periods.tickMs, guarded('stop', deps.stopTrials)),
    every(
      periods.tickMs,
      guarded('seeds', async () => {
        for (const sweep of await sweeps.growing()) await deps.addSeeds(sweep);
      }),
    ),
    every(
      periods.auditMs,
      guarded('audit', async () => {
        const violations = await reconciler.audit();
        if (Object.keys(violations).length > 0) deps.onViolations(violations);
      }),
    ),
  ];
  return async () => {
    await Promise.all(stops.map((stop) => stop()));
  };
}

/** Tops up the window of hints from the runs that are claimable. */
export async function dispatchHints(reconciler: Reconciler, doorbell: Doorbell): Promise<void> {
  const free = HINTS_AT_MOST - (await doorbell.waiting());
  if (free > 0) await doorbell.ring(await reconciler.claimable(free));
}

/** Adds the rest of a sweep's runs, chunk by chunk; two expanders at once do no harm. */
async function expandSweep(sweep: ExpandingSweep, { sweeps, runsOf }: Housekeeping): Promise<void> {
  for (let from = sweep.nextIndex; from < sweep.runCount; ) {
    const chunk = await runsOf(sweep, { from, count: Math.min(EXPANSION_CHUNK, sweep.runCount - from) });
    if (chunk.length === 0 || (await sweeps.expand(sweep.id, from, chunk)) === 'stale') return;
    from += chunk.length;
  }
}
