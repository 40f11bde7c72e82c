import { randomBytes } from 'node:crypto';
import { uuidV7 } from '@gansweep/domain';
import type { ArtifactStore } from '@gansweep/orchestrator';
import type { BackendName, TrainerCommands } from '@gansweep/runtime';
import { sharedTime } from './shared-time.ts';
import { openBackend } from './trainer/choose-executor.ts';
import { evaluationTools } from './trainer/evaluation/evaluation-tools.ts';
import type { JobEnd, LaneNews, TrainingJob } from './trainer/messages.ts';
import { trainJob } from './trainer/train-job.ts';

/** Trains one configuration in this process without a record: what `gansweep try` shows. */
export async function trainHere({
  job,
  backend,
  backendHome,
  artifacts,
  datasets,
  home,
  trainers,
  plugins,
  evaluationShare,
  tell,
  stopAsked = () => false,
}: {
  readonly job: Pick<TrainingJob, 'configuration' | 'seed' | 'dataHash' | 'folder' | 'plans'>;
  readonly backend: BackendName;
  /** As `Config.backendHome`. */
  readonly backendHome: string;
  readonly artifacts: ArtifactStore;
  /** As `Config.datasets`. */
  readonly datasets: string;
  /** As `Config.home`. */
  readonly home: string;
  /** As `Config.trainers`. */
  readonly trainers: TrainerCommands;
  /** As `Config.plugins`. */
  readonly plugins: string | null;
  /** As `Config.evaluationShare`. */
  readonly evaluationShare: number;
  readonly tell: (news: LaneNews) => void;
  readonly stopAsked?: () => boolean;
}): Promise<JobEnd> {
  const clock = (): number => performance.now() / 1000;
  return trainJob(
    {
      ...job,
      runId: uuidV7(Date.now(), randomBytes(10)) as TrainingJob['runId'],
      epoch: 0 as TrainingJob['epoch'],
      runMinutes: null,
      secondsUsed: 0,
      checkpoints: [],
      history: [],
      scores: [],
    },
    {
      backend: await openBackend(backend, { backendHome }),
      artifacts,
      evaluations: evaluationTools({ backend, backendHome, datasets, home, plugins, evaluationShare }),
      datasets,
      home,
      trainers,
      seconds: clock,
      share: sharedTime(clock).join(),
      date: () => new Date().toISOString(),
      checkpointMs: Number.POSITIVE_INFINITY,
      stopAsked,
      tell,
      turn: () => new Promise((resolve) => setImmediate(resolve)),
      lanes: () => 1,
    },
  );
}
