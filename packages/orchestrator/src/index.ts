export {
  type ComparisonRefusal,
  compareSweep,
  describeSweep,
  listTrials,
  type SweepDetailRow,
  type TrialRow,
} from './compare-sweep.ts';
export { describeStopping, type StoppingView } from './describe-stopping.ts';
export { type GeneratorBeside, generatorsBeside } from './generators-beside.ts';
export { growSweep, type SweepGrowth } from './grow-sweep.ts';
export { keepHouse } from './keep-house.ts';
export { waitingBecause } from './lacking.ts';
export { beginNight, type NightRefusal } from './nights/begin-night.ts';
export { reportOfFault } from './nights/gather.ts';
export type {
  Baseline,
  Change,
  Circumstances,
  Look,
  Night,
  NightLedger,
  NightQuestion,
  NightReport,
  NightRequest,
  NightSettings,
  ServiceCircumstances,
  TrainedSweep,
} from './nights/night.ts';
export { keepSchedule } from './nights/schedule.ts';
export { keyOfPart, type NightTools, tendNights } from './nights/tend-nights.ts';
export type {
  ArtifactStore,
  AttemptStart,
  BackendUse,
  CheckpointRecord,
  ClaimedRun,
  Doorbell,
  EvaluationPlan,
  EvaluationRecord,
  FindingAction,
  FolderLedger,
  ForeignEvaluation,
  GeneratorLedger,
  MetricPoint,
  NewRun,
  NewSweep,
  NextInLine,
  PanelRecord,
  Passport,
  Reconciler,
  RegisteredFolder,
  RegisteredGenerator,
  ReportReply,
  RunLedger,
  RunReport,
  SampleRecord,
  ScorePoint,
  StoppingLedger,
  StoppingMember,
  StoppingSweep,
  StoredSweep,
  SweepLedger,
  SweepMembers,
  UnwellSlot,
} from './ports.ts';
export type { GrowthView } from './read-model.ts';
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
export { stoppingWatch } from './stop-sweep.ts';
export {
  previewSweep,
  type Registries,
  runsOfSpec,
  type SubmissionRefusal,
  type SubmittedSweepRow,
  type SweepPreviewRow,
  submitSweep,
  withRegistered,
} from './submit-sweep.ts';
export type { TrainerRegistry } from './trainer-registry.ts';
export { weighParameters } from './weigh-parameters.ts';
