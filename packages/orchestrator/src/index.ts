export {
  type ComparisonRefusal,
  compareSweep,
  describeSweep,
  listTrials,
  type SweepDetailRow,
  type TrialRow,
} from './compare-sweep.ts';
export { endingFindings, evaluationTargets, mergeEvaluationPlans } from './evaluation-plan.ts';
export { keepHouse } from './keep-house.ts';
export type {
  ArtifactStore,
  BackendUse,
  CheckpointRecord,
  ClaimedRun,
  Doorbell,
  EvaluationPlan,
  EvaluationRecord,
  FindingAction,
  MetricPoint,
  NewRun,
  NewSweep,
  NextInLine,
  Passport,
  Reconciler,
  ReportReply,
  RunLedger,
  RunReport,
  SampleRecord,
  StoredSweep,
  SweepLedger,
} from './ports.ts';
export {
  type AttemptView,
  BadCursor,
  type CheckpointView,
  type CurveView,
  type EvaluationView,
  type ExportRow,
  type FeedPage,
  type FeedRow,
  type LogLineView,
  type LogPage,
  type Page,
  type PageRequest,
  type ReadModel,
  type RunScore,
  type RunView,
  type ScoreAt,
  type SweepView,
  type TrialView,
  type WorkerView,
} from './read-model.ts';
export { dispatchHints } from './reconcile.ts';
export {
  previewSweep,
  runsOfSpec,
  type SubmissionRefusal,
  type SubmittedSweepRow,
  type SweepPreviewRow,
  submitSweep,
} from './submit-sweep.ts';
export { type TrainerRegistry, withTrainerFiles } from './trainer-registry.ts';
