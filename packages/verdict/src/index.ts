export {
  bestTrial,
  type MarginalTable,
  marginalTable,
  type ParameterValue,
  type ScoredTrial,
} from './compare-trials.ts';
export { furtherSeeds, type SeededTrial } from './further-seeds.ts';
export { type Importance, importanceOf, type NoImportance, type ScoreScale } from './importance/importance.ts';
export { type Answer, type DivergedRuns, judgeLook, LOOKS, type Question } from './night/judge-look.ts';
export {
  type EffectScale,
  marginOn,
  type PairedEffect,
  pairedEffect,
  type SeedPair,
  seedsNeeded,
} from './night/paired-effect.ts';
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
export { type PartAnswer, STUDY_VERDICTS, type StudyVerdict } from './study/answers.ts';
export { type Claim, type ClaimAnswer, judgeClaim, type SmallClaim, type TakenMeasure } from './study/claim.ts';
export { CLAIMS } from './study/claims.ts';
export { CONTRADICTIONS } from './study/contradictions.ts';
export { readStudyRecord, type Series, type StudyRecord, type StudyRun } from './study/study-record.ts';
export { type Summary, summarise } from './summarise.ts';
