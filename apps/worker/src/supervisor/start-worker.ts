import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import path from 'node:path';
import { uuidV7, type WorkerId } from '@gansweep/domain';
import type { ArtifactStore, BackendUse, Doorbell, RunLedger } from '@gansweep/orchestrator';
import type { Config, Log } from '@gansweep/runtime';
import { listGpus, visibleGpus } from '../list-gpus.ts';
import { countSlots } from './count-slots.ts';
import { offersOf } from './offers-of.ts';
import { type PackRule, startSlot } from './slot.ts';

/** Trainers that do not end within this time of a drain are killed; the whole drain stays under 25 s. */
const DRAIN_MS = 22_000;

export interface WorkerDeps {
  readonly config: Config;
  readonly ledger: RunLedger;
  readonly doorbell: Doorbell;
  readonly artifacts: ArtifactStore;
  readonly log: Log;
  /** Runs of every pack, 1 to train each alone; what the device suggests where it is left out. */
  readonly packSize?: number | undefined;
  /** Runs of one native call of `config.backend`, a power of two from 2; as the backend does it where it is left out. */
  readonly fusedLanes?: number | undefined;
}

export interface RunningWorker {
  readonly id: WorkerId;
  readonly slots: number;
  readonly backend: BackendUse;
  /** Stops claiming, checkpoints and releases every run, ends the trainers. */
  drain(): Promise<void>;
  /** Ends the trainers without a checkpoint; their runs are claimed again from the last one. */
  abandon(): void;
}

/** A backend that was asked for does not run here. */
export class NoBackend extends Error {
  override readonly name = 'NoBackend';
}

/**
 * Starts a worker: presence lock, a trainer per slot, heartbeats.
 * @throws NoBackend when the trainers cannot run the backend that was asked for.
 */
export async function startWorker({
  config,
  ledger,
  doorbell,
  artifacts,
  log,
  packSize,
  fusedLanes,
}: WorkerDeps): Promise<RunningWorker> {
  const id = uuidV7(Date.now(), randomBytes(10)) as WorkerId;
  const slotCount = config.slots ?? countSlots();
  const gpus = visibleGpus(process.env.CUDA_VISIBLE_DEVICES, listGpus());
  let draining = false;
  let beginDraining: () => void = () => {};
  const drainAsked = new Promise<void>((resolve) => {
    beginDraining = resolve;
  });
  let backend: BackendUse | null = null;
  let opened: (backend: BackendUse) => void = () => {};
  let refused: (error: Error) => void = () => {};
  const firstBackend = new Promise<BackendUse>((resolve, reject) => {
    opened = resolve;
    refused = reject;
  });
  const unwell = new Map<number, string>();
  const beat = async (): Promise<void> => {
    await ledger.workerBeat({
      workerId: id,
      host: hostname(),
      pid: process.pid,
      backend: backend?.name ?? 'starting',
      device: backend?.device ?? 'starting',
      slots: slotCount,
      state: draining ? 'draining' : 'active',
      offers: offersOf(config),
      unwell: [...unwell].map(([slot, because]) => ({ slot, because })),
    });
  };
  await beat();
  const presence = await ledger.holdPresence(id);
  const asked = performance.now();
  await beat();
  const packs: PackRule =
    packSize === undefined
      ? { kind: 'measured', statementMs: performance.now() - asked }
      : { kind: 'fixed', size: packSize };
  const slots = Array.from({ length: slotCount }, (_, i) =>
    startSlot({
      number: i,
      workerId: id,
      ledger,
      artifacts,
      packs,
      settings: {
        backend: config.backend,
        backendHome: config.backendHome,
        artifacts: config.artifacts,
        datasets: config.datasets,
        home: config.home,
        probes: path.join(config.home, 'probes'),
        slots: slotCount,
        trainers: config.trainers,
        plugins: config.plugins,
        gpu: gpus[i % gpus.length] ?? null,
        fusedLanes: fusedLanes ?? null,
        choosesPacks: packs.kind === 'measured',
        checkpointMs: config.timers.checkpointMs,
        evaluationShare: config.evaluationShare,
      },
      timers: config.timers,
      log,
      draining: drainAsked,
      isDraining: () => draining,
      now: () => performance.now(),
      random: Math.random,
      onBackend: (use) => {
        backend = use;
        opened(use);
      },
      onUnavailable: (message) => refused(new NoBackend(message)),
      onHealth: (because) => {
        if (because === null) unwell.delete(i);
        else {
          unwell.set(i, because);
          log.warn({ event: 'slot.unwell', slot: i, reason: because }, 'trainers of a slot die');
        }
        void beat().catch(() => {});
      },
    }),
  );
  const heart = setInterval(() => void beat().catch(() => {}), config.timers.heartbeatMs);
  let listener: AsyncDisposable | null = null;
  const end = async (): Promise<void> => {
    clearInterval(heart);
    await Promise.all(slots.map((slot) => slot.done));
    await listener?.[Symbol.asyncDispose]();
    await ledger.workerGone(id).catch(() => {});
    await presence[Symbol.asyncDispose]();
  };
  try {
    const use = await firstBackend;
    await beat();
    listener = await doorbell.listen(async () => slots.find((slot) => slot.isIdle())?.wake());
    log.info(
      {
        event: 'worker.started',
        workerId: id,
        slots: slotCount,
        backend: use.name,
        device: use.device,
        version: use.version,
      },
      'worker started',
    );
    return {
      id,
      slots: slotCount,
      backend: use,
      drain: async () => {
        draining = true;
        await beat().catch(() => {});
        beginDraining();
        const timer = setTimeout(() => {
          for (const slot of slots) slot.kill();
        }, DRAIN_MS);
        await end();
        clearTimeout(timer);
        log.info({ event: 'worker.drained', workerId: id }, 'worker drained');
      },
      abandon: () => {
        for (const slot of slots) slot.kill();
      },
    };
  } catch (error) {
    draining = true;
    beginDraining();
    for (const slot of slots) slot.kill();
    await end();
    throw error;
  }
}
