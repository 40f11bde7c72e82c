export { hypervolume } from './hypervolume.ts';
export { nonDominatedRanks, type Objectives } from './non-dominated-ranks.ts';
export { type PlacedTrial, proposePoint } from './propose-point.ts';
