export type { Branded } from './branded.ts';
export {
  type AaeConfiguration,
  ADA_PIPES,
  type CdcganConfiguration,
  type CganConfiguration,
  type Configuration,
  type DcganConfiguration,
  type DcganLabConfiguration,
  type DcganMaxConfiguration,
  LANE_FIELDS,
  LOSSES,
  type LossName,
  LR_SCHEDULES,
  type Mlp2dConfiguration,
  NOISE_LAWS,
  type NoiseLaw,
  OPTIMIZERS,
  type OptimizerFields,
  type Stylegan2Configuration,
  type StyleganConfiguration,
  SWITCH_FIELDS,
  shapeKey,
  UPSAMPLINGS,
} from './configuration.ts';
export {
  ALL_CLASSES,
  type BuiltInId,
  CLASSES,
  DATA_HASHES,
  type DatasetId,
  dataHashOf,
  FOLDER_ID,
  type FolderId,
  type FolderVersion,
  FRACTAL_CONTENT,
  IMAGE_SETS,
  type ImageSet,
  isFolderId,
  isPlaneLaw,
  PLANE_LAWS,
  type PlaneLaw,
  TRAINING_VERSION,
  VECTOR_LENGTHS,
} from './datasets.ts';
export { FINDING_NAMES, type Finding, type FindingName } from './findings.ts';
export { type Epoch, isUuidV7, type RunId, type SweepId, type TrialId, uuidV7, type WorkerId } from './ids.ts';
export { identityOf, withLaterFields } from './later-fields.ts';
export { factsOf, MODELS, type ModelFacts, type ModelName, type Side, type SizeRule } from './models.ts';
export {
  CURVE_NAMES,
  type CurveName,
  defaultProtocolsFor,
  defaultScoreFor,
  EXTRACTOR_NAMES,
  type ExtractorName,
  extractorOf,
  FEATURE_SCORES,
  type FeatureFamily,
  FID_PROTOCOL,
  featureFamilyOf,
  INCEPTION_NAME,
  isDefinedOn,
  isProtocolId,
  isScoreName,
  MACHINE_CURVES,
  MODE_LAWS,
  type OwnProtocol,
  PROTOCOL_IDS,
  PROTOCOL_SCORES,
  type ProtocolId,
  protocolsFor,
  REGISTERED_NAME,
  RESERVED_NAMES,
  registeredExtractorOf,
  type ScoreName,
  scoresOf,
} from './names.ts';
export { PANEL_NAMES, PANELS, type PanelFacts, type PanelName } from './panels.ts';
export { type ExtractorFacts, type Passport, type PassportValue, passportKey, samePassport } from './passport.ts';
export { type LawBox, type LawModes, lawBox, lawModes } from './plane-law-geometry.ts';
export {
  addPluginLosses,
  type PluginLossFacts,
  type PluginName,
  pluginFiles,
  pluginLosses,
  pluginsOf,
} from './plugins.ts';
export { NORMAL_QUANTILE, normalQuantile } from './random/normal-quantile.ts';
export { type PointNumbers, philoxBlock, type RandomStream, randomStream } from './random/philox.ts';
export { EVALUATION_SEED, STREAMS } from './random/streams.ts';
export { assertNever, err, ok, type Result } from './result.ts';
export {
  FAILURE_KINDS,
  type Failure,
  type FailureKind,
  isTerminal,
  type Outcome,
  RUN_STATES,
  type RunEvent,
  type RunState,
  SWEEP_STATES,
  type SweepState,
  TERMINAL_RUN_STATES,
  type TerminalRunState,
  transition,
} from './run.ts';
export type {
  ImageReader,
  ImageReals,
  ImageSamples,
  PlaneReals,
  PointSamples,
  RealSource,
  Samples,
} from './samples.ts';
