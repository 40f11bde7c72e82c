export { nonDominatedRanks, type Objectives } from './non-dominated-ranks.ts';
