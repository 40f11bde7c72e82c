import { DatasetError } from '@gansweep/datasets';
import { CheckpointError } from '@gansweep/gan';
import type { Executor } from '@gansweep/program';
import { fileArtifacts } from '@gansweep/store';
import { chooseExecutor } from './choose-executor.ts';
import type { JobEnd, TrainerNews, TrainerOrder, TrainerSettings, TrainingJob } from './messages.ts';
import { watchParent } from './parent-watch.ts';
import { trainJob } from './train-job.ts';

/** Entry of a trainer: owns the device and its tensors, takes one job after another, knows no database. */
process.title = 'gansweep trainer';

const tell = (news: TrainerNews): void => {
  process.send?.(news);
};

let settings: TrainerSettings | null = null;
let executor: Executor | null = null;
let stopAsked = false;

process.on('message', (order: TrainerOrder) => {
  switch (order.kind) {
    case 'settings':
      void begin(order.settings);
      return;
    case 'train':
      stopAsked = false;
      void run(order.job);
      return;
    case 'stop':
      stopAsked = true;
      return;
  }
});
// The supervisor closed the channel: nobody would hear of this training any more.
process.on('disconnect', () => process.exit(0));
// A Ctrl-C on a terminal reaches the whole group; the supervisor decides what becomes of the training.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});

async function begin(given: TrainerSettings): Promise<void> {
  settings = given;
  watchParent(given.parent);
  try {
    executor = await chooseExecutor(given.backend);
    tell({ kind: 'ready', backend: { name: executor.name, version: executor.version, device: executor.device } });
  } catch (error) {
    tell({ kind: 'unavailable', message: error instanceof Error ? error.message : String(error) });
  }
}

async function run(job: TrainingJob): Promise<void> {
  if (!settings || !executor) throw new Error('a job came before the settings');
  const end = await trainJob(job, {
    executor,
    artifacts: fileArtifacts(settings.artifacts),
    seconds: () => performance.now() / 1000,
    date: () => new Date().toISOString(),
    checkpointMs: settings.checkpointMs,
    stopAsked: () => stopAsked,
    tell,
  }).catch(failureOf);
  tell({ kind: 'ended', end });
}

/** Expected faults become ends; a bug ends the process, and the supervisor counts a crash. */
function failureOf(error: unknown): JobEnd {
  if (error instanceof DatasetError || error instanceof CheckpointError)
    return { kind: 'failed', failureKind: 'user', message: error.message };
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
