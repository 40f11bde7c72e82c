export { evaluationTargets, mergeEvaluationPlans } from './evaluation-plan.ts';
export type {
  ArtifactStore,
  BackendUse,
  CheckpointRecord,
  ClaimedRun,
  Doorbell,
  EvaluationPlan,
  EvaluationRecord,
  MetricPoint,
  NewRun,
  NewSweep,
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
  dispatchHints,
  EXPANSION_CHUNK,
  type Housekeeping,
  type ReconcilePeriods,
  startReconciling,
} from './reconcile.ts';
