export {
  bestTrial,
  type MarginalTable,
  marginalTable,
  type ParameterValue,
  type ScoredTrial,
} from './compare-trials.ts';
export {
  commonPassport,
  type EvaluatedScore,
  type Goal,
  type RunScore,
  type RunsSummary,
  type ScoreMoment,
  scoreOf,
  summariseRuns,
} from './run-scores.ts';
export { studentQuantile } from './student-t.ts';
export { type Summary, summarise } from './summarise.ts';
