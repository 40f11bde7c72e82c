import type { Configuration, CurveName, Epoch, FailureKind, Finding, FolderVersion, RunId } from '@gansweep/domain';
import type {
  BackendUse,
  CheckpointRecord,
  EvaluationPlan,
  EvaluationRecord,
  MetricPoint,
  PanelRecord,
  SampleRecord,
  ScorePoint,
} from '@gansweep/orchestrator';
import type { BackendName, TrainerCommands } from '@gansweep/runtime';
import type { PackInquiry } from '../packs/choose-pack.ts';
import type { PackChoice } from '../packs/pack-size.ts';

/** One attempt as a trainer gets it: everything it needs, and no right to write to the record. */
export interface TrainingJob {
  readonly runId: RunId;
  readonly epoch: Epoch;
  readonly configuration: Configuration;
  readonly seed: number;
  readonly dataHash: string;
  /** The registered version, where the data set is a folder. */
  readonly folder: FolderVersion | null;
  readonly plans: readonly EvaluationPlan[];
  readonly runMinutes: number | null;
  readonly secondsUsed: number;
  /** Full checkpoints, newest first. */
  readonly checkpoints: readonly CheckpointRecord[];
  /** Points of `DETECTED_CURVES` that stand before the newest of them, ascending. */
  readonly history: readonly MetricPoint[];
  /** Scores that stand before it, ascending, where a protocol of the plans looks at them. */
  readonly scores: readonly ScorePoint[];
}

/** What a trainer is told once, when it is made. */
export interface TrainerSettings {
  readonly backend: BackendName;
  /** Where backends that a user installed lie. */
  readonly backendHome: string;
  /** Folder of the artefacts. */
  readonly artifacts: string;
  /** Folder of the decoded image sets. */
  readonly datasets: string;
  /** `Config.home`, where extractors are registered. */
  readonly home: string;
  /** Folder of what was measured on this machine. */
  readonly probes: string;
  /** Trainers that share this machine. */
  readonly slots: number;
  /** Programs that may train instead. */
  readonly trainers: TrainerCommands;
  /** `Config.plugins` */
  readonly plugins: string | null;
  /** The one GPU that it sees, as CUDA_VISIBLE_DEVICES names it; null: whichever this process sees. */
  readonly gpu: string | null;
  /** Runs of one native call of the backend that was asked for; null: as the backend does it. */
  readonly fusedLanes: number | null;
  /** Whether it will be asked for packs; else nothing is measured. */
  readonly choosesPacks: boolean;
  readonly checkpointMs: number;
  /** `Config.evaluationShare` */
  readonly evaluationShare: number;
  /** Process that owns this trainer; when it is gone the trainer ends itself. */
  readonly parent: { readonly pid: number; readonly startTime: string | null };
}

/** From the supervisor to a trainer, which may train several runs at once, each called a lane. */
export type TrainerOrder =
  | { readonly kind: 'settings'; readonly settings: TrainerSettings }
  /** How many runs to claim; answered with `pack-chosen`. Asked one at a time. */
  | { readonly kind: 'choose-pack'; readonly inquiry: PackInquiry }
  | { readonly kind: 'train'; readonly job: TrainingJob }
  /** End a lane at the next border between calls, with a checkpoint. */
  | { readonly kind: 'stop'; readonly runId: RunId }
  /** Forget a lane: nothing of it is wanted any more. Answered with `dropped`. */
  | { readonly kind: 'drop'; readonly runId: RunId };

/** What a trainer says of itself. */
export type TrainerGreeting =
  | { readonly kind: 'ready'; readonly backend: BackendUse }
  | { readonly kind: 'unavailable'; readonly message: string };

/** What a trainer says of a lane; artefacts are on disk before they are named. */
export type LaneNews =
  /** The first word: how the trainer ends from now on may be this run's doing. */
  | { readonly kind: 'taken' }
  | { readonly kind: 'started'; readonly backend: BackendUse; readonly resumedAtImages: number }
  /** Between two calls, about once a second: the training moves. */
  | { readonly kind: 'alive' }
  /** Most that this process has had resident since it had no run. */
  | { readonly kind: 'memory'; readonly peakMib: number }
  | {
      readonly kind: 'points';
      readonly imagesSeen: number;
      readonly values: Readonly<Partial<Record<CurveName, number>>>;
    }
  | { readonly kind: 'sample'; readonly sample: SampleRecord }
  | { readonly kind: 'panel'; readonly panel: PanelRecord }
  | { readonly kind: 'evaluation'; readonly evaluation: EvaluationRecord }
  | { readonly kind: 'finding'; readonly finding: Finding }
  | { readonly kind: 'checkpoint'; readonly checkpoint: CheckpointRecord }
  | { readonly kind: 'log'; readonly line: string }
  | { readonly kind: 'ended'; readonly end: JobEnd };

/** News, and whose. */
export interface NewsOfLane {
  readonly runId: RunId;
  readonly news: LaneNews;
}

export type TrainerNews =
  | TrainerGreeting
  | { readonly kind: 'pack-chosen'; readonly choice: PackChoice }
  | { readonly kind: 'lanes'; readonly news: readonly NewsOfLane[] }
  | { readonly kind: 'dropped'; readonly runId: RunId };

/** How a job ended, as far as the trainer can see. */
export type JobEnd =
  | { readonly kind: 'succeeded'; readonly imagesSeen: number; readonly endedBy: 'images' | 'budget' }
  | { readonly kind: 'stopped'; readonly imagesSeen: number }
  /** Nobody wants more of it for now; scores and checkpoint are there. */
  | { readonly kind: 'at-rung'; readonly imagesSeen: number }
  /** A finding ended it. */
  | { readonly kind: 'pruned'; readonly imagesSeen: number }
  | { readonly kind: 'diverged'; readonly imagesSeen: number; readonly firstBadTensor: string }
  | { readonly kind: 'failed'; readonly failureKind: FailureKind; readonly message: string };
