import { DatasetError } from '@gansweep/datasets';
import type { RunId } from '@gansweep/domain';
import { CheckpointError } from '@gansweep/gan';
import { type Executor, NotDense } from '@gansweep/program';
import { registeredExtractors } from '@gansweep/runtime';
import { fileArtifacts } from '@gansweep/store/file-artifacts';
import { gpuMemory } from '../list-gpus.ts';
import { choosePack, type PackTools } from '../packs/choose-pack.ts';
import { type DeviceCosts, measureDeviceCosts } from '../packs/device-costs.ts';
import { keptCosts } from '../packs/kept-costs.ts';
import { DENSE } from '../packs/probe-nets.ts';
import { sharedTime } from '../shared-time.ts';
import { availableMemory } from './available-memory.ts';
import { type Backend, openBackend } from './choose-executor.ts';
import { evaluationTools } from './evaluation/evaluation-tools.ts';
import { ExtractorChanged } from './evaluation/open-registered.ts';
import type { EvaluationTools } from './evaluation/run-evaluations.ts';
import type { JobEnd, LaneNews, TrainerNews, TrainerOrder, TrainerSettings, TrainingJob } from './messages.ts';
import { openOutbox } from './outbox.ts';
import { watchParent } from './parent-watch.ts';
import { forgetPeakMemory, peakMemoryMib } from './peak-memory.ts';
import { trainJob } from './train-job.ts';
import { usePlugins } from './use-plugins.ts';
import { NotEnoughMemory } from './within-memory.ts';

/** Entry of a trainer: owns the device and its tensors, takes one job after another, knows no database. */
process.title = 'gansweep trainer';

const tell = (news: TrainerNews): void => {
  process.send?.(news);
};

const tellDropped = (runId: RunId): void => {
  outbox.flush();
  tell({ kind: 'dropped', runId });
};

let settings: TrainerSettings | null = null;
let backend: Backend | null = null;
let evaluations: EvaluationTools | null = null;
let packs: PackTools | null = null;

/** A run under way, and what the supervisor wants of it. */
interface Lane {
  wanted: 'go-on' | 'stop' | 'drop';
}
/** Beside the programs of a pack lie the process, its evaluations, and what others take meanwhile. */
const SHARE_OF_PACK = 0.5;
const lanes = new Map<RunId, Lane>();
const clock = (): number => performance.now() / 1000;
const time = sharedTime(clock);
const outbox = openOutbox({ send: (news) => tell({ kind: 'lanes', news }), now: () => performance.now() });

process.on('message', (order: TrainerOrder) => {
  switch (order.kind) {
    case 'settings':
      void begin(order.settings);
      return;
    case 'choose-pack':
      if (!packs) throw new Error('a question of packs came before the backend');
      void choosePack(order.inquiry, packs).then((choice) => tell({ kind: 'pack-chosen', choice }));
      return;
    case 'train':
      void run(order.job);
      return;
    case 'stop': {
      const lane = lanes.get(order.runId);
      if (lane?.wanted === 'go-on') lane.wanted = 'stop';
      return;
    }
    case 'drop': {
      const lane = lanes.get(order.runId);
      if (lane) lane.wanted = 'drop';
      else tellDropped(order.runId);
      return;
    }
  }
});
// The supervisor closed the channel: nobody would hear of this training any more.
process.on('disconnect', () => process.exit(0));
// A Ctrl-C on a terminal reaches the whole group; the supervisor decides what becomes of the training.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});

async function begin(given: TrainerSettings): Promise<void> {
  settings = given;
  evaluations = evaluationTools(given);
  watchParent(given.parent);
  try {
    await usePlugins(given.plugins, registeredExtractors(given.home));
    backend = await openBackend(given.backend, given, given.fusedLanes);
    const { name, version, device, executorFor } = backend;
    const costsOf = deviceCosts(given);
    packs = { executorFor, costsOf, datasets: given.datasets, memory: memoryOfPack(name, given.slots) };
    if (given.choosesPacks) await costsOf(executorFor(DENSE.small.configuration));
    tell({ kind: 'ready', backend: { name, version, device } });
  } catch (error) {
    tell({ kind: 'unavailable', message: error instanceof Error ? error.message : String(error) });
  }
}

/** Bytes that the programs of a pack may take, where `slots` trainers share the machine and each has a GPU of its own. */
function memoryOfPack(backend: string, slots: number): () => number {
  const ofGpu = backend.startsWith('tensorflow-gpu') ? gpuMemory() : null;
  return () => SHARE_OF_PACK * (ofGpu ?? availableMemory() / slots);
}

/** What packs are chosen by, for each executor measured once on this machine. */
function deviceCosts({ artifacts, probes }: TrainerSettings): PackTools['costsOf'] {
  const known = new Map<Executor, Promise<DeviceCosts>>();
  const measure = (executor: Executor): Promise<DeviceCosts> =>
    measureDeviceCosts(executor, {
      artifacts: fileArtifacts(artifacts),
      scratch: `probes/${process.pid}`,
      milliseconds: () => performance.now(),
    });
  return (executor) => {
    const costs = known.get(executor) ?? keptCosts(executor, { folder: probes, measure: () => measure(executor) });
    known.set(executor, costs);
    return costs;
  };
}

async function run(job: TrainingJob): Promise<void> {
  if (!settings || !backend || !evaluations) throw new Error('a job came before the settings');
  const lane: Lane = { wanted: 'go-on' };
  if (lanes.size === 0) forgetPeakMemory();
  lanes.set(job.runId, lane);
  const tellOfLane = (news: LaneNews): void => {
    if (lane.wanted === 'drop') return;
    // What a program of its own takes is not in this process.
    if ((news.kind === 'alive' || news.kind === 'ended') && job.configuration.trainer === undefined)
      outbox.put(job.runId, { kind: 'memory', peakMib: peakMemoryMib() });
    outbox.put(job.runId, news);
  };
  tellOfLane({ kind: 'taken' });
  const share = time.join();
  const end = await trainJob(job, {
    backend,
    artifacts: fileArtifacts(settings.artifacts),
    evaluations,
    datasets: settings.datasets,
    home: settings.home,
    trainers: settings.trainers,
    seconds: clock,
    share,
    date: () => new Date().toISOString(),
    checkpointMs: settings.checkpointMs,
    stopAsked: () => lane.wanted !== 'go-on',
    tell: tellOfLane,
    turn: () => new Promise((resolve) => setImmediate(resolve)),
    lanes: () => lanes.size,
  }).catch(failureOf);
  share.leave();
  lanes.delete(job.runId);
  // What a dropped lane wrote last lies in its own epoch's folder, where no later attempt looks.
  if (lane.wanted === 'drop') tellDropped(job.runId);
  else tellOfLane({ kind: 'ended', end });
}

/** Expected faults become ends; a bug ends the process, and the supervisor counts a crash. */
function failureOf(error: unknown): JobEnd {
  if (error instanceof DatasetError || error instanceof CheckpointError)
    return { kind: 'failed', failureKind: 'user', message: error.message };
  if (error instanceof NotDense)
    return { kind: 'failed', failureKind: 'worker-local', message: `${error.message}; set GANSWEEP_BACKEND=auto` };
  if (error instanceof ExtractorChanged) return { kind: 'failed', failureKind: 'worker-local', message: error.message };
  if (error instanceof NotEnoughMemory) return { kind: 'failed', failureKind: 'oom', message: error.message };
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return {
      kind: 'failed',
      failureKind: 'worker-local',
      message: `the disk of the artefacts is full (${message}); free some space`,
    };
  if (code === 'EACCES' || code === 'EROFS')
    return {
      kind: 'failed',
      failureKind: 'worker-local',
      message: `the folder of the artefacts cannot be written (${message})`,
    };
  throw error;
}
