import type { ArtifactStore } from '@gansweep/orchestrator';
import type { TrainerCommands } from '@gansweep/runtime';
import type { TimeShare } from '../shared-time.ts';
import type { Backend } from './choose-executor.ts';
import type { EvaluationTools } from './evaluation/run-evaluations.ts';
import type { LaneNews } from './messages.ts';

/** What training an attempt needs of its process. */
export interface JobTools {
  readonly backend: Backend;
  readonly artifacts: ArtifactStore;
  readonly evaluations: EvaluationTools;
  /** Folder of the decoded image sets. */
  readonly datasets: string;
  /** `Config.home`, where extractors are registered. */
  readonly home: string;
  /** Programs that may train instead. */
  readonly trainers: TrainerCommands;
  /** Monotone, in seconds. */
  readonly seconds: () => number;
  /** The run's part of the trainer's time: what `runMinutes` limits. */
  readonly share: TimeShare;
  readonly date: () => string;
  readonly checkpointMs: number;
  /** True when the supervisor asked for an end. */
  readonly stopAsked: () => boolean;
  readonly tell: (news: LaneNews) => void;
  /** Resolves when the process has listened to others: messages, and the other lanes. */
  readonly turn: () => Promise<void>;
  /** Runs that this process trains at the moment. */
  readonly lanes: () => number;
}
