export { type Advance, type LivePoint, type LiveTraining, openLiveTraining } from './live-training.ts';
