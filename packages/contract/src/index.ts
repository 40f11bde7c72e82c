export { type Client, type ClientOptions, createClient, type SpecText } from './client.ts';
export { messagesOf, type StreamMessage } from './event-stream.ts';
export { EVENT_ID, type FeedEvent, feedEvent } from './events.ts';
export type { GeneratorBesideAnswer, RegisteredGeneratorAnswer } from './generators.ts';
export type { ImportanceAnswer } from './importance.ts';
export { listOf, type Page, pageQuery } from './lists.ts';
export type { BaselineAnswer, NightAnswer, NightListItem, NightQuestionAnswer } from './nights.ts';
export { baseline, nightSettings } from './nights.ts';
export {
  ApiProblem,
  PROBLEM_CODES,
  PROBLEM_MEDIA_TYPE,
  type ProblemCode,
  type ProblemDetails,
  problemDetails,
  ServiceUnreachable,
} from './problem-details.ts';
export { type AnswerKind, API_PREFIX, BODY_BYTES, ROUTES, type Route, type RouteName } from './routes.ts';
export type {
  AttemptAnswer,
  CheckpointAnswer,
  Curve,
  Curves,
  EvaluationAnswer,
  FindingAnswer,
  LogLine,
  PanelAnswer,
  RunAnswer,
} from './runs.ts';
export type { ConfigurationFields } from './scalars.ts';
export type { StoppingAnswer, SubmittedSweep, SweepDetail, SweepListItem, SweepPreview } from './sweeps.ts';
export type { Comparison, MetricSummary, TrialAnswer } from './trials.ts';
export { WORKER_STATES, type WorkerAnswer } from './workers.ts';
