export { hypervolume } from './hypervolume.ts';
export { nonDominatedRanks, type Objectives } from './non-dominated-ranks.ts';
export { type PlacedTrial, proposePoint } from './propose-point.ts';
export { type StoppingState, stopTrials, type TrialAtRungs } from './stop-trials.ts';
export { type RungScore, rungsOf, type StoppingRule, scoringPoints } from './stopping-rule.ts';
